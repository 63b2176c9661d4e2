"""What the sources hold and claim, figure by figure, beside what is shown and was measured here."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl

import streamlit as st

from invariance import UserError
from invariance.claims import CLAIMS, SOURCES, STATES, Claim, Source
from invariance.claims import claim as claims
from invariance.claims.verdict import NOT_MEASURED, SEEDS, VERDICTS
from ui.drawing.shown import offer_table
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.picking.remembered import remembered
from ui.words import escaped

TIED = "\u00a0"  # a space at which no line ends
MARKS = dict(zip(VERDICTS, "=✓≈▲∼✗–…", strict=True))
HOLDS = ("equal", "reproduced", "same finding, other figure", "surpassed")
ROW = (6, 8, 5)  # how wide a row's link is, and the texts beside it
SECTIONS = {"index": "Figure by figure", "figures": "Theirs beside ours"}


def tied(figure: str) -> str:
    """A figure that is not parted from its per cent sign at the end of a line."""
    return figure.replace(" %", f"{TIED}%")


class Ours(NamedTuple):
    """What was measured here of a claim."""

    verdict: str
    text: str  # our figure, and what it was measured on
    problem: str = ""  # why that can't be told


def ours(claim: Claim) -> Ours:
    try:
        found, images = tied(claims.figure(claim, claim.ours())), claim.data()
        text = f"{found}, measured on {images}." if images else f"{found}."
        return Ours(claim.verdict(), " ".join(filter(None, (text, claim.apart(), claim.beside()))))
    except UserError as error:
        return Ours(NOT_MEASURED, claims.figure(claim, None), str(error))


def counted(claims: Iterable[Claim]) -> dict[str, int]:
    """How many of some claims have each verdict."""
    counts = Counter(measured[claim.name].verdict for claim in claims)
    return {verdict: counts[verdict] for verdict in MARKS if counts[verdict]}


def tally(claims: Iterable[Claim]) -> str:
    """How many of some claims have each verdict: "30 reproduced; 1 same finding, other figure; 9 refuted"."""
    return "; ".join(f"{number} {verdict}" for verdict, number in counted(claims).items())


def said(claims: Iterable[Claim]) -> str:
    """The same with the verdicts' marks: "✓ 2 reproduced"."""
    return "; ".join(f"{MARKS[verdict]}{TIED}{number}{TIED}{verdict}" for verdict, number in counted(claims).items())


def row(where: str, place: str, what: str, beside: str) -> None:
    """A link to a place in the app, called as the source calls what is there, and two texts beside it."""
    link, text, end = st.columns(ROW, vertical_alignment="center", gap="small")
    label = f"{where[0].upper()}{where[1:]}"
    if place:
        page, _, query = place.partition("?")
        link.page_link(f"{page}.py", label=label, query_params=parse_qsl(query))
    else:
        link.markdown(label)
    text.markdown(what)
    end.caption(beside)


def listed(meanings: dict[str, str]) -> str:
    """A list of words with what each says, as Markdown."""
    return "\n".join(f"- *{word}*: {meaning}." for word, meaning in meanings.items())


def index(source: Source) -> None:
    """Every item of a source, as a link to the place that shows it, and what that place shows of it."""
    verdicts = {name: each.verdict for name, each in measured.items()}
    rows = []
    for item in source.items:
        state, why = source.state(item, verdicts), said(source.claims_of(item)) or item.lacks
        shown = f"{state[0].upper()}{state[1:]}" + (f": {why}" if why else "")
        row(item.where, item.page, item.what, shown)
        rows.append({"in the source": item.where, "what": item.what, "here": shown})
    offer_table(
        f"{source.author} figure by figure",
        rows,
        f"{source.reference}: every figure, table and formula, and its state.",
    )


def figures(source: Source) -> None:
    """Every figure of a source beside ours, with a link to the place that shows it."""
    rows = []
    for claim in source.claims:
        verdict, text, _ = measured[claim.name]
        theirs = tied(claims.theirs(claim))
        notes = [claim.inferred and f"Our inference: {claim.inferred}", claim.untold and f"Not told: {claim.untold}"]
        row(
            claim.where,
            claim.page,
            f"{claim.says[0].upper()}{claim.says[1:]}: {theirs}. **Ours: {text}** {' '.join(filter(None, notes))}",
            f"{MARKS[verdict]}{TIED}{verdict}",
        )
        rows.append({"in the source": claim.where, "says": claim.says, "theirs": theirs, "ours": text, "so": verdict})
    offer_table(
        f"{source.author} theirs beside ours", rows, f"{source.reference}: its figures beside what was measured here."
    )


head(
    "Do the sources' claims hold?",
    "Four texts that this app grew from. Choose one: every figure, table and formula of it leads to where you can "
    "see it here, and try it.",
)
verdict = st.container()
measured = {claim.name: ours(claim) for claim in CLAIMS.values()}
for problem in dict.fromkeys(each.problem for each in measured.values() if each.problem):
    st.warning(escaped(problem))
if missing := [name for name, each in measured.items() if each.verdict == NOT_MEASURED]:
    st.info(
        f"{len(missing)} of {len(CLAIMS)} claims are not measured yet on the files that are here, or on fewer than "
        f"{SEEDS} seeds. Run: python -m training all --seeds {SEEDS}, and then: python -m invariance evaluate all"
    )

source = SOURCES[remembered("paper", list(SOURCES), lambda name: SOURCES[name].author, "Source", quiet=True)]
held = sum(counted(CLAIMS.values()).get(kind, 0) for kind in HOLDS)
with verdict:
    say_verdict(
        f"Of {len(CLAIMS)} claims of the four sources, {held} hold here. All: {tally(CLAIMS.values())}. "
        f"{source.author}'s {len(source.claims)}: {tally(source.claims)}."
    )
section = remembered("beside", list(SECTIONS), SECTIONS.get, "Look at", quiet=True)
st.caption(f"{source.reference}. Click an entry, and its place in the app opens.")
{"index": index, "figures": figures}[section](source)

how_it_works("sources", "How states and verdicts are made", states=listed(STATES), verdicts=listed(VERDICTS))
