"""Arrays and recorded figures -> Altair charts. Import it late: Altair takes half a second."""

# Altair asks whether pandas is loaded and trips over one that another session's thread is still loading: load it first.
import pandas  # noqa: F401
