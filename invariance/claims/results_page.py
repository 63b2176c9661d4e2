"""What `make results` writes from exported/*.json, the claims and benchmarks/results.json: the README's short table,
docs/results.md, and the table of docs/deploy.md."""

import json
import re
from typing import NamedTuple

from invariance import UserError
from invariance.claims import CLAIMS, published, verdict
from invariance.claims.claim import card, data, figure, record, theirs
from invariance.evaluation import records
from invariance.evaluation.consistency import SHIFTS
from invariance.evaluation.ideas import ALL_ANGLES, AS_THEY_ARE, IDEAS, MEASURES, SHIFTED, TURNED, Measure
from invariance.measures import Share
from invariance.model import Model
from invariance.number_words import counted, with_interval

BENCHMARKS = records.ROOT / "benchmarks" / "results.json"
BEGIN, END = "<!-- results: written by make results -->", "<!-- end of results -->"
CROWD = re.compile(r"(\d+) people, (.+): (.+)")  # how benchmarks/load.py names what many people met
ABOUT = """# Results

Written by `make results` from the records in `exported/`. Right answers on the 10,000 test images, with 95 % intervals,
measured through onnxruntime on the exported files. The angles are 0, 5, …, 355°; CIFAR-10's networks are measured at
them on {angles} of the test images, drawn at random with a fixed seed, as many of each class. In the last column every
test image is shifted twice at random, by up to {reach} pixels each way and around the edges, and counts if both answers
are the same, right or wrong."""


OTHERS = f"""Right answers on test images; ± is the standard deviation over seeds, not a margin. Theirs and ours are
compared only where both were measured alike, and ours with {verdict.SEEDS} seeds or more: “{verdict.HIGHER}” and
“{verdict.LOWER}” if the two are further apart than chance over seeds and over images makes them in 19 of 20 cases, else
“{verdict.AS_CHANCE}”. Test images that both share make that interval too wide rather than too narrow, since chance over
images then counts twice. How each was trained is another matter: of ours it stands in `exported/NAME.json`."""
SOURCES = """± is half the 95 % interval, over seeds and over test images, but for training losses and for pairs of
trainings, which are over seeds alone; it is not the standard deviation as in the tables above. Rows are readings: a
sentence of a source that can be read in two ways, or that holds for one formula and not for another, has two. A figure
is compared however the networks were trained; what a word such as “overfits” says hangs on that. For a verdict theirs'
own chance, over as many images and one seed, is added to ours; the formula stands on the page Sources, and in
[pages/sources.md](../pages/sources.md). The verdicts:

""" + "\n".join(f"- *{word}*: {rule}." for word, rule in verdict.VERDICTS.items())
STANDS = (
    "What others report beside it. Where that was read, and by which rule it is compared, says "
    "[docs/results.md](docs/results.md)."
)


BORNE = ("load", "soak", "bad_input")  # benchmarks whose figures the README shows


class Headline(NamedTuple):
    """One figure of the README's table."""

    network: str  # its file's name
    measured: Measure


HEADLINES = (  # a network or two an idea, at what the idea is about; plain ones also at what they are not made for
    Headline("lenet5", AS_THEY_ARE),
    Headline("lenet5", TURNED),
    Headline("lenet5-rotated", ALL_ANGLES),
    Headline("p4cnn", TURNED),
    Headline("mnist-any-angle", ALL_ANGLES),
    Headline("cifar-shift-plain", SHIFTED),
    Headline("cifar-shift-polyphase", SHIFTED),
    Headline("mnist-invariant", TURNED),
    Headline("mnist-best", AS_THEY_ARE),
    Headline("cifar-best", AS_THEY_ARE),
    Headline("scratch", AS_THEY_ARE),
)


def headlines() -> str:
    """The figures that matter, as a Markdown table."""
    rows = []
    for network, measure in HEADLINES:
        shown, measurement = card(network), record(network)
        idea = IDEAS[shown.idea].title if shown else ""
        rows.append(
            (_title(network), idea, data(network), measure.title, _share(measurement and measure.of(measurement)))
        )
    return _table(("network", "idea", "test images", "measured", "share of them"), rows)


def networks() -> str:
    """Every measured network in a row of a Markdown table: upright, turned by 90°, over all angles, and shifted."""
    cards = sorted((Model(path).card for path in records.models()), key=lambda card: (card.order, card.name))
    rows = [
        (each.title, counted(each.parameters), data(each.name), *(_share(measure.of(found)) for measure in MEASURES))
        for each in cards
        if (found := record(each.name))
    ]
    return _table(("network", "parameters", "test images", *(measure.title for measure in MEASURES)), rows)


def claims() -> str:
    """Every claim of a source, theirs beside ours, as a Markdown table."""
    rows = []
    for claim in CLAIMS.values():
        author = claim.source.split(",")[0].split(". ")[-1]
        told = " ".join(filter(None, (claim.apart(), claim.beside())))
        ours = f"{figure(claim, claim.ours())}. {told}".removesuffix(". ")
        says = claim.says + (f" (our inference: {claim.inferred})" if claim.inferred else "")
        says += f" (not told: {claim.untold})" if claim.untold else ""
        rows.append((f"{author}, {claim.where}", says, theirs(claim), ours, claim.data(), claim.verdict()))
    return _table(("source", "it says", "theirs", "ours", "measured on", "verdict"), rows)


def beside_others() -> str:
    """What others report, each setting with a Markdown table of theirs beside ours."""
    parts, of = [], published.measured()
    for setting in dict.fromkeys(one.setting for one in of):
        rows = [
            (one.theirs, one.theirs_in_words(), _title(one.network), one.ours_in_words(), one.verdict(), one.source)
            for one in of
            if one.setting is setting
        ]
        table = _table(("theirs", "right", "ours", "right", "ours beside theirs", "where theirs was read"), rows)
        parts.append(f"### {setting.title}\n\n{setting.about}\n\n{table}")
    return "\n\n".join([OTHERS, *parts])


def where_it_stands() -> str:
    """The README's few of them, as a Markdown table."""
    rows = [
        (one.setting.title, one.theirs, one.theirs_in_words(), _title(one.network), one.ours_in_words(), one.verdict())
        for one in published.measured()
        if one.headline
    ]
    return _table(("tested on", "theirs", "right", "ours", "right", "ours beside theirs"), rows)


def tables() -> str:
    """What the README shows of what was measured."""
    return f"{headlines()}\n\n{STANDS}\n\n{where_it_stands()}"


def _title(network: str) -> str:
    shown = card(network)
    return shown.title if shown else network


def page() -> str:
    """docs/results.md: every network, what others report, and every claim."""
    found = [record(each.stem) for each in records.models() if Model(each).card.dataset == "cifar10"]
    counts = {
        each["transforms"]["rotation"]["n"] for each in found if each and "rotation" in each.get("transforms", {})
    }
    about = ABOUT.format(
        reach=SHIFTS["circular"].reach, angles=" or ".join(f"{count:,}" for count in sorted(counts)) or "none"
    )
    others = f"## Beside what others report\n\n{beside_others()}"
    return f"{about}\n\n{networks()}\n\n{others}\n\n## The sources' figures beside ours\n\n{SOURCES}\n\n{claims()}\n"


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
    """The README's text with its tables() between its marks."""
    return _between(readme, tables(), "README.md")


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
