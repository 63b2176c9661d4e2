"""What the source documents claim, and what was measured here: theirs, ours, verdict.

Ours is read from exported/*.json or computed from the exported files, never typed in; it is None while it is missing.
"""

from invariance.claims import doshi, halbreich, jaloli, krishnan
from invariance.claims.claim import Claim

CLAIMS: dict[str, Claim] = {
    claim.name: claim for source in (jaloli, krishnan, doshi, halbreich) for claim in source.CLAIMS
}

__all__ = ["CLAIMS", "Claim"]
