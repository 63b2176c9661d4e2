"""What `make results` writes from exported/*.json, the claims and benchmarks/results.json: the README's short table,
docs/results.md, and the table of docs/deploy.md."""

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from invariance import UserError
from invariance.claims import CLAIMS
from invariance.claims.claim import accuracy, at, card, consistency, data, figure, mean_over
from invariance.evaluation import records
from invariance.measures import Share
from invariance.model import Model
from invariance.number_words import counted, with_interval

BENCHMARKS = records.ROOT / "benchmarks" / "results.json"
BEGIN, END = "<!-- results: written by make results -->", "<!-- end of results -->"
CROWD = re.compile(r"(\d+) people, (.+): (.+)")  # how benchmarks/load.py names what many people met
MEASURED: dict[str, Callable[[str], Share | None]] = {  # what is measured of a network, by name
    "as they are": accuracy,
    "turned by 90°": lambda name: at(name, "accuracy", 90),
    "mean over all angles": lambda name: mean_over(name, "rotation"),
    "same answer to two circular shifts": lambda name: consistency(name, "circular"),
}
ABOUT = """# Results

Written by `make results` from the records in `exported/`. Right answers on the 10,000 test images, with 95 % intervals,
measured through onnxruntime on the exported files. The angles are 0, 5, …, 355°; CIFAR-10's networks are measured at
them on the first 1,000 test images. In the last column every test image is shifted twice at random, by up to 4 pixels
each way and around the edges, and counts if both answers are the same, right or wrong."""


BORNE = ("load", "soak", "bad_input")  # benchmarks whose figures the README shows


class Headline(NamedTuple):
    """One figure of the README's table."""

    network: str  # its file's name
    idea: str  # in words
    measured: str  # a key of MEASURED


HEADLINES = (  # one network an idea, at what the idea is about; the first also at what it is not
    Headline("lenet5", "plain", "as they are"),
    Headline("lenet5", "plain", "turned by 90°"),
    Headline("lenet5-rotated", "trained on turned images", "mean over all angles"),
    Headline("p4cnn", "built to turn, trained upright", "turned by 90°"),
    Headline("p4cnn-rotated", "built to turn, trained on turned images", "mean over all angles"),
    Headline("cifar-shift-plain", "plain, pools the maximum", "same answer to two circular shifts"),
    Headline("cifar-shift-polyphase", "built to shift", "same answer to two circular shifts"),
    Headline("mnist-invariant", "built to turn and to shift", "turned by 90°"),
    Headline("cifar-best", "plain, with residual blocks", "as they are"),
    Headline("scratch", "trained in numpy alone", "as they are"),
)


def headlines() -> str:
    """The figures that matter, as a Markdown table."""
    rows = []
    for network, idea, measured in HEADLINES:
        title = shown.title if (shown := card(network)) else network
        rows.append((title, idea, data(network), measured, _share(MEASURED[measured](network))))
    return _table(("network", "idea", "test images", "measured", "share of them"), rows)


def networks() -> str:
    """Every measured network in a row of a Markdown table: upright, turned by 90°, over all angles, and shifted."""
    cards = sorted((Model(path).card for path in records.models()), key=lambda card: (card.order, card.name))
    rows = [
        (each.title, counted(each.parameters), data(each.name), *(_share(of(each.name)) for of in MEASURED.values()))
        for each in cards
        if accuracy(each.name)
    ]
    return _table(("network", "parameters", "test images", *MEASURED), rows)


def claims() -> str:
    """Every claim of a source, theirs beside ours, as a Markdown table."""
    rows = []
    for claim in CLAIMS.values():
        author = claim.source.split(",")[0].split(". ")[-1]
        theirs, ours = figure(claim, claim.theirs), figure(claim, claim.ours())
        rows.append((f"{author}, {claim.where}", claim.says, theirs, ours, claim.data(), claim.verdict()))
    return _table(("source", "it says", "theirs", "ours", "measured on", "verdict"), rows)


def page() -> str:
    """docs/results.md: every network and every claim."""
    return f"{ABOUT}\n\n{networks()}\n\n## The sources' figures beside ours\n\n{claims()}\n"


def people() -> str:
    """What benchmarks/load.py measured of many people at once: a Markdown table, a row for each page and crowd."""
    measured = json.loads(BENCHMARKS.read_text("utf-8"))
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in measured["rows"]:
        if crowd := CROWD.fullmatch(row["what"]):
            number, page, what = crowd.groups()
            found.setdefault((page, number), {})[what] = f"{row['value']:g} {row['unit']}".rstrip()
    columns = list(dict.fromkeys(what for cells in found.values() for what in cells))
    rows = [(*crowd, *(cells.get(what, "") for what in columns)) for crowd, cells in found.items()]
    table = _table(("page", "people", *columns), rows)
    return f"{table}\n\nMeasured on {measured['stamp']['hardware']}, {measured['stamp']['provider']}."


def borne() -> str:
    """What the app bears: many people, a long day, and bad input, with each figure's budget; Markdown tables."""
    measured = json.loads(BENCHMARKS.read_text("utf-8"))["rows"]
    rows = [
        (row["what"], f"{row['value']:g} {row['unit']}".rstrip(), row["budget"])
        for row in measured
        if row["budget"] and row["benchmark"] in BORNE and not CROWD.fullmatch(row["what"])
    ]
    return f"{people()}\n\n{_table(('what', 'measured', 'budget'), rows)}"


def with_headlines(readme: str) -> str:
    """The README's text with the table of what was measured between its marks."""
    return _between(readme, headlines(), "README.md")


def with_people(guide: str) -> str:
    """The text of docs/deploy.md with its tables between their marks; see _between()."""
    return _between(guide, borne(), "docs/deploy.md")


def _between(text: str, table: str, name: str) -> str:
    """A file's text with a table between its two marks.

    Raises:
        UserError: the marks are not there.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(f"{name} has lost its marks {BEGIN} and {END}; put them back.")
    return f"{before}{begin}\n{table}\n{end}{after}"


def _share(value: Share | None) -> str:
    return with_interval(value) if value else "not measured"


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ("---",) * len(header), *rows))
