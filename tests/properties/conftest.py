"""How many examples are tried: few, the same each time; more with PROPERTY_EXAMPLES=2000 or any other number."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "here",
    max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "25")),
    derandomize="PROPERTY_EXAMPLES" not in os.environ,  # a long run tries others each time
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("here")
