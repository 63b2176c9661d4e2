"""What the sources claim, beside what was measured here."""

from typing import NamedTuple

import streamlit as st

from invariance import UserError
from invariance.claims import CLAIMS, Claim
from invariance.claims.claim import figure
from ui.explanation import how_it_works
from ui.frame import head
from ui.words import escaped

TIED = "\u00a0"  # a space at which no line ends
MARKS = {
    "surpassed": f"▲{TIED}surpassed",
    "reproduced": f"✓{TIED}reproduced",
    "corrected": f"✎{TIED}corrected",
    "not measured": f"…{TIED}not{TIED}yet",
}


def tied(figure: str) -> str:
    """A figure that is not parted from its per cent sign at the end of a line."""
    return figure.replace(" %", f"{TIED}%")


class Ours(NamedTuple):
    """What was measured here of a claim."""

    verdict: str
    text: str  # our figure, as a link to the page that shows it, and what it was measured on
    problem: str = ""  # why that can't be told


def ours(claim: Claim) -> Ours:
    try:
        linked = f"[{tied(figure(claim, claim.ours()))}]({claim.page})"
        return Ours(claim.verdict(), ", ".join(filter(None, (linked, claim.data()))))
    except UserError as error:
        return Ours("not measured", figure(claim, None), str(error))


head(
    "Do the sources' figures hold?",
    "Every figure of a source that can be measured was measured again, on the network files that come with this. "
    "Click one of ours: the page that shows it opens in a new tab.",
)

measured = {claim.name: ours(claim) for claim in CLAIMS.values()}
for problem in dict.fromkeys(each.problem for each in measured.values() if each.problem):
    st.warning(escaped(problem))
if missing := [name for name, each in measured.items() if each.verdict == "not measured"]:
    st.info(f"{len(missing)} of {len(CLAIMS)} figures are not measured yet on the files that are here. Run: make train")

for source in dict.fromkeys(claim.source for claim in CLAIMS.values()):
    st.header(source)
    st.table(
        [
            {
                "verdict": MARKS[measured[claim.name].verdict],
                "it says": f"{claim.says} ({claim.where})",
                "theirs": tied(figure(claim, claim.theirs)),
                "ours": measured[claim.name].text,
            }
            for claim in CLAIMS.values()
            if claim.source == source
        ],
        border="horizontal",
        alt=f"The claims of {source}, theirs beside ours, with a verdict",
    )

how_it_works("sources", "How the verdicts are made")
