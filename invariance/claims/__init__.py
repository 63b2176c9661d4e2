"""What the source documents hold and claim, and what was measured here: theirs, ours, verdict.

Ours is read from exported/*.json or computed from the exported files, never typed in; it is None while it is missing.
"""

from invariance.claims import doshi, halbreich, jaloli, krishnan
from invariance.claims.claim import Claim
from invariance.claims.source import STATES, Item, Source

SOURCES: dict[str, Source] = {module.SOURCE.name: module.SOURCE for module in (jaloli, krishnan, doshi, halbreich)}
CLAIMS: dict[str, Claim] = {claim.name: claim for source in SOURCES.values() for claim in source.claims}

__all__ = ["CLAIMS", "SOURCES", "STATES", "Claim", "Item", "Source"]
