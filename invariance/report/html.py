"""The report as one HTML file that needs nothing else: no script, no outside address, pictures and charts in itself.

Nothing that a stranger chose is taken for more than text. Every text goes through letters() and is escaped, pictures
are shown only where they are PNGs inside a data: address, and the page forbids whatever it does not hold.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from invariance.number_words import counted, number, percent, with_interval
from invariance.report import charts
from invariance.report.comparison import at
from invariance.report.summary import NOTICED, mildest_loss, summary, verdict, where_lost
from invariance.strangers_words import letters

HERE = Path(__file__).parent
PNG = re.compile(r"data:image/png;base64,([A-Za-z0-9+/]+={0,2})")
PNG_START = b"\x89PNG\r\n\x1a\n"
MOST_CONFUSIONS = 10  # pairs of classes that are listed
MOST_MEASURES = 12  # of a comparison that are shown at once
MOST_CLASSES = 20  # that are shown at once; the rest is folded
MOST_AMOUNTS = 6  # whose labels are written one by one
ACCURACY = "accuracy"  # the name of a comparison's first measure
HEADINGS = ("Accuracy", "What hurts most", "Shifts", "Symmetry", "Confidence")  # of the five sentences
TOGETHER = re.compile(r"(?<=[\d.]) (?=%|px\b)")  # a number and its unit stand in one line
VERDICTS = {"exactly": "✓ exactly", "within rounding": "≈ within rounding", "no": "✗ no"}


def html(findings: Mapping[str, Any]) -> str:
    """The page.

    Args:
        findings: as invariance/report/schema.json says; parts may be empty, as they are while a report is made.

    Returns:
        a whole HTML document as text that UTF-8 can hold.
    """
    return _template().render(
        found=findings,
        verdict=verdict(findings),
        summary=list(zip(HEADINGS, summary(findings), strict=True)),
        awaited=[name for name in findings["measures"] if not (name in findings["transforms"] or findings.get(name))],
        points=number(100 * NOTICED),
        curves=_curves(findings),
        measures=_measures(findings["comparison"]),
        most_measures=MOST_MEASURES,
        symmetries=symmetries(findings["symmetry"]),
        layers=[(each, charts.layer_errors(each, f"layers-{place}")) for place, each in enumerate(findings["layers"])],
        diagrams=_diagrams(findings["calibration"]),
        classes=sorted(findings["per_class"], key=lambda each: each["value"]),
        most_classes=MOST_CLASSES,
        matrix=_matrix(findings),
        confusions=_confusions(findings),
    )


def _curves(findings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of each transform: what was found, an id for the page, its chart, and the mildest amount that costs something."""
    compared = findings["comparison"]
    right = findings["accuracy"]
    names = (findings["model"]["name"], compared["model"]["name"]) if compared else ()
    there = {measure["name"]: measure for measure in compared["measures"]} if compared else {}
    curves = []
    for place, (name, found) in enumerate(findings["transforms"].items()):
        others = {amount: measure["there"] for amount in found["amounts"] if (measure := there.get(at(name, amount)))}
        mildest = mildest_loss(found)
        still = next((each for each in found["examples"] if each["amount"] == found["neutral"]), None)
        curves.append(
            {
                "found": found,
                "ident": f"change-{place}",
                "bar": charts.bar(found["worst"]["value"], None if right is None else right["value"]),
                "chart": charts.curve(found, f"curve-{place}", others, names),
                "mildest": None if mildest is None else found["labels"][mildest],
                "answer": still and still["answer"],  # to the example unchanged
            }
        )
    return curves


def _measures(compared: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """What is compared: accuracy, then what differs beyond chance, the most different first, then the rest."""
    if not compared:
        return []
    return sorted(
        compared["measures"],
        key=lambda each: (each["name"] != ACCURACY, not each["beyond_chance"], -abs(each["difference"])),
    )


def symmetries(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each transform and verdict: its amounts, and the largest change of a logit at any of them."""
    rows = []
    for (title, said), group in groupby(found, lambda each: (each["title"], each["verdict"])):
        each = list(group)
        labels = [one["label"] for one in each]
        few = (
            ", ".join(labels) if len(labels) <= MOST_AMOUNTS else f"{len(labels)} amounts, {labels[0]} to {labels[-1]}"
        )
        change = max(one["change"] for one in each)
        rows.append({"title": title, "amounts": few, "change": change, "verdict": VERDICTS[said], "name": said})
    return rows


def _diagrams(found: Mapping[str, Any] | None) -> list[tuple[str, Markup]]:
    """Reliability as it is, and where calibration is worst: title and chart."""
    if not found:
        return []
    shown = [("Images as they are", found["bins"])]
    if found["transformed"]:
        worst = max(found["transformed"], key=lambda each: each["ece"]["value"])
        shown.append((f"Where it is worst: {worst['title']} ({worst['label']})", worst["bins"]))
    return [
        (title, charts.reliability(bins, f"reliability-{place}", title)) for place, (title, bins) in enumerate(shown)
    ]


def _matrix(findings: Mapping[str, Any]) -> Markup | None:
    labels = findings["model"]["labels"]
    if not findings["confusion"] or len(labels) > charts.MOST_CLASSES:
        return None
    return charts.confusion_matrix(findings["confusion"], labels, "confusion")


def _confusions(findings: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Label, wrong answer and number of images, the most frequent first."""
    labels = findings["model"]["labels"]
    wrong = sorted((each for each in findings["confusion"] if each[0] != each[1]), key=lambda each: -each[2])
    return [(labels[label], labels[answer], count) for label, answer, count in wrong[:MOST_CONFUSIONS]]


def _picture(address: str) -> str | None:
    """The address of a picture, if it is a PNG that it holds itself."""
    if not (found := PNG.fullmatch(address)):
        return None
    try:
        data = base64.b64decode(found[1], validate=True)
    except binascii.Error:
        return None
    return address if data.startswith(PNG_START) else None


def _written(value: Any) -> Any:
    """What stands for a value on the page; markup is ours, text may be a stranger's."""
    return value if isinstance(value, Markup) else TOGETHER.sub("\u00a0", letters(value))


def _share(share: Mapping[str, Any]) -> Markup:
    """A share with its 95 % interval, as with_interval(); the interval isn't broken."""
    value, _, interval = with_interval(share).partition(" (")
    return Markup('{} <span class="interval">({}</span>').format(_written(value), interval)


def _points(each: Mapping[str, Any]) -> Markup:
    """A difference of two shares with its interval, in points."""
    value, low, high = (number(100 * each[part], "+.2f") for part in ("difference", "low", "high"))
    return Markup('{} <span class="interval">({} to {})</span>').format(value, low, high)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_written,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "with_interval": _share,
        "number": number,
        "counted": counted,
        "picture": _picture,
        "points": _points,
        "where_lost": where_lost,
        "share_at": lambda columns, place: {end: columns[end][place] for end in ("value", "low", "high")},
    }
    environment.globals["style"] = Markup((HERE / "report.css").read_text("utf-8"))
    return environment.get_template("report.html.jinja")
