"""A source document: what it holds, figure by figure, and what it claims."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from invariance.claims.claim import Claim

STATES = {  # what the index says of an item, by what has to be true for it
    "measured again": "figures of it were measured again, every one on the network files that are here",
    "worked out again": "its figures are counts, proofs or sums of printed figures, and were worked out again",
    "not measured": "a figure of it is not measured yet on the files that are here",
    "shown": "the place shows the same thing: nothing in it is the author's alone",
    "shown in ours": "something in it is the author's alone, such as trained weights: the place shows the same of ours",
    "not here": "no place in the app shows it",
}


@dataclass(frozen=True)
class Item:
    """A figure, table, array, formula, experiment or question of a source."""

    where: str  # in the source, such as "figure 5"; its claims have the same
    what: str  # what it shows, in a few words
    page: str = ""  # the place in the app that shows it, such as "inside?look=Kernels"; "" if none does
    shows: str = ""  # words that stand at that place
    lacks: str = ""  # what in it is the author's alone, or why no place shows it


def in_order(claims: Iterable[Claim], items: Sequence[Item]) -> tuple[Claim, ...]:
    """Claims in the order in which the source has what they are about."""
    places = [item.where for item in items]
    return tuple(sorted(claims, key=lambda claim: places.index(claim.where)))


@dataclass(frozen=True)
class Source:
    """A source document."""

    name: str
    author: str
    reference: str
    about: str  # what it is about, in a few words
    items: tuple[Item, ...]  # in the order of the document
    claims: tuple[Claim, ...]

    def claims_of(self, item: Item) -> list[Claim]:
        """The figures that an item holds."""
        return [claim for claim in self.claims if claim.where == item.where]

    def state(self, item: Item, verdicts: Mapping[str, str]) -> str:
        """A key of STATES: what its place shows of an item; verdicts: of the claims, by name, see Claim.verdict()."""
        if not item.page:
            return "not here"
        if claims := [claim for claim in self.claims_of(item) if not claim.untold]:
            if any(verdicts[claim.name] == "not measured" for claim in claims):
                return "not measured"
            return "worked out again" if all(claim.rule == "exact" for claim in claims) else "measured again"
        return "shown in ours" if item.lacks else "shown"
