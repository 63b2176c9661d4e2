"""Charts as SVG that stands in the page itself: curves, reliability, errors of layers, confusion.

Colours and line widths are classes of report.css. Every chart bears its title and, for who doesn't see it, a sentence
with what it shows. Places in it are units of its viewBox, from the left top corner.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from invariance.number_words import number, percent
from invariance.report.summary import confidence, has_names, where_lost
from invariance.strangers_words import letters

WIDTH, HEIGHT = 440, 264  # of a chart, small enough that its texts can be read on a phone
LEFT, RIGHT, TOP, BOTTOM = 46, 20, 40, 44  # margins, for the axes' labels and above for what marks amounts
SIDE = 310  # of the square reliability diagram
STEPS = {"°": (1, 5, 15, 30, 45, 60, 90)}  # between ticks of a unit; of others 1, 2 or 5 times a power of ten
MOST_TICKS = 7
MOST_MARKS = 30  # amounts that are each marked by a dot
MOST_CLASSES = 20  # of a confusion matrix that is drawn
DIGIT = 9  # width of one in a chart
MOST_LETTERS = 14  # of a name in a chart


class Axis(NamedTuple):
    """low to high, drawn from start to end."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value; of the only one there is, the middle."""
        if self.low == self.high:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


SHARES = Axis(0, 1, HEIGHT - BOTTOM, TOP)  # upwards, always from 0 to 100 %


def ticks(low: float, high: float, unit: str = "", most: int = MOST_TICKS) -> list[float]:
    """Round numbers from low to high, at most so many and as many as there can be.

    >>> ticks(0, 355, "°"), ticks(-14, 14), ticks(0.1, 3)
    ([0, 60, 120, 180, 240, 300], [-10, -5, 0, 5, 10], [0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
    """
    if low == high:
        return [low]
    power = math.floor(math.log10((high - low) / most))
    decimal = [factor * 10.0**exponent for exponent in range(power, power + 3) for factor in (1, 2, 5)]
    for step in (*STEPS.get(unit, ()), *decimal):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    shown = [round(place * step, 10) for place in range(first, last + 1)]
    return [int(each) for each in shown] if step >= 1 else shown


def curve(
    found: Mapping[str, Any], ident: str, others: Mapping[float, Mapping[str, Any]], names: Sequence[str]
) -> Markup:
    """Accuracy over the amounts of one transform, with its 95 % interval.

    Amounts that have names of their own ("left ↔ right") stand side by side, as points that no line joins.

    Args:
        found: an entry of findings["transforms"].
        ident: that no other chart of the page has.
        others: by amount the accuracy (a share) of the model that it is compared with; empty if there is none.
        names: of the two models, for the legend.
    """
    order = sorted(range(len(found["amounts"])), key=found["amounts"].__getitem__)
    amounts = [found["amounts"][place] for place in order]
    labels = [found["labels"][place] for place in order]
    value, low, high = ([found["accuracy"][part][place] for place in order] for part in ("value", "low", "high"))
    if named := has_names(found):
        places = [LEFT + (WIDTH - LEFT - RIGHT) * (number + 0.5) / len(amounts) for number in range(len(amounts))]
        shown = list(zip(places, labels, strict=True))[:: math.ceil(len(labels) / MOST_TICKS)]
    else:
        axis = Axis(amounts[0], amounts[-1], LEFT, WIDTH - RIGHT)
        places = [axis.at(amount) for amount in amounts]
        shown = [(axis.at(each), f"{number(each, 'g')}") for each in ticks(amounts[0], amounts[-1], found["unit"])]
    by_amount = dict(zip(amounts, places, strict=True))
    drawn = [_share_axis("right answers"), _below(shown, _unit(found) if not named else "")]
    if found["neutral"] in by_amount:
        neutral = by_amount[found["neutral"]]
        drawn.append(_line("neutral", neutral, TOP, neutral, HEIGHT - BOTTOM))
        drawn.append(_text(neutral, TOP - 16, "unchanged", "end" if neutral > WIDTH / 2 else "start"))
    beside = sorted((by_amount[amount], share) for amount, share in others.items() if amount in by_amount)
    if named or len(amounts) == 1:
        drawn += [_span("model", x, *ends) for x, *ends in zip(places, low, high, strict=True)]
    else:
        drawn.append(_band("model", places, low, high))
        drawn.append(_path("line other", [(x, SHARES.at(share["value"])) for x, share in beside]))
        drawn.append(_path("line model", zip(places, map(SHARES.at, value), strict=True)))
    if named or len(amounts) <= MOST_MARKS:
        drawn += [
            _dot("model", x, SHARES.at(y), f"{label}: {percent(y)}")
            for x, y, label in zip(places, value, labels, strict=True)
        ]
    if len(beside) <= MOST_MARKS:
        drawn += [_square("other", x, SHARES.at(share["value"])) for x, share in beside]
    marked = [(by_amount[amount], rank) for rank, amount in enumerate(found["severities"], 1) if amount in by_amount]
    drawn += [_line("severity", x, TOP, x, HEIGHT - BOTTOM) for x, _ in marked]
    free = -math.inf  # from where on a number doesn't touch the one before
    for x, rank in sorted(marked):
        if x >= free:
            drawn.append(_text(x, TOP - 3, str(rank), "middle", "quiet"))
            free = x + DIGIT
    if beside:
        drawn.append(_legend(names))
    worst = found["worst"]
    described = (
        f"Right answers over {len(amounts)} amounts, {letters(labels[0])} to {letters(labels[-1])}; at worst "
        f"{percent(worst['value'])}, at {letters(worst['label'])}."
    )
    return _svg(ident, WIDTH, HEIGHT, f"{letters(found['title'])}: right answers", described, drawn)


def bar(share: float, still: float | None) -> Markup:
    """A share as a small bar for a table, with a line where it is of unchanged images; all in 0..1."""
    drawn = [_bar("track", 0, 0, 100, 10, ""), _bar("model", 0, 0, 100 * share, 10, "")]
    if still is not None:
        drawn.append(_line("span", 100 * still, 0, 100 * still, 10))
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    ).format(Markup("").join(drawn))


def reliability(bins: Sequence[Mapping[str, Any]], ident: str, title: str) -> Markup:
    """How many answers of each probability are right, beside the diagonal on which both are equal.

    Bars are the share of right answers; the cross in each is the mean probability; below, how many images there are.

    Args:
        bins: of findings["calibration"].
        ident: see curve().
        title: of the chart.
    """
    room, end = 34, SIDE - BOTTOM  # for the number of images
    across, up = Axis(0, 1, LEFT, SIDE - RIGHT), Axis(0, 1, end - room, TOP)
    most = max((each["n"] for each in bins), default=0)
    drawn = [
        _share_axis("right answers", up, SIDE),
        _below(
            [(across.at(share), f"{100 * share:.0f} %") for share in (0, 0.5, 1)], "probability of the answer", SIDE
        ),
    ]
    for each in bins:
        if not each["n"]:
            continue
        left, width = across.at(each["low"]) + 0.5, across.at(each["high"]) - across.at(each["low"]) - 1
        said = f"{each['n']:,} images, {percent(each['confidence'])} sure, {percent(each['accuracy'])} right"
        drawn.append(_bar("model", left, up.at(each["accuracy"]), width, up.at(0), said))
        drawn.append(_bar("count", left, end - (room - 6) * each["n"] / most, width, end, said))
    drawn.append(_line("diagonal", across.at(0), up.at(0), across.at(1), up.at(1)))
    drawn += [
        _cross(across.at((each["low"] + each["high"]) / 2), up.at(each["confidence"])) for each in bins if each["n"]
    ]
    known = confidence(bins)
    described = (
        f"Answers with a mean probability of {percent(known[0])}, of which {percent(known[1])} are right."
        if known
        else "No images."
    )
    return _svg(ident, SIDE, SIDE, title, described, drawn)


def layer_errors(found: Mapping[str, Any], ident: str) -> Markup:
    """The error of every layer, from the image at the left to the answer at the right.

    Args:
        found: an entry of findings["layers"].
        ident: see curve().
    """
    layers = found["layers"]
    top = max((each["high"] for each in layers if each["value"] is not None), default=0) or 1.0
    up = Axis(0, top, HEIGHT - BOTTOM, TOP)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(layers))
    width = min(26.0, max(1.0, 0.7 * step))
    drawn = [_left([(up.at(each), number(each)) for each in ticks(0, top, most=5)], "relative error")]
    drawn.append(_below([], "layers, from the image to the answer"))
    for place, each in enumerate(layers):
        middle = LEFT + (place + 0.5) * step
        if each["value"] is None:
            drawn.append(_text(middle, up.at(0) - 4, "?", "middle", "quiet"))
            continue
        bar = _bar(
            "model",
            middle - width / 2,
            up.at(each["value"]),
            width,
            up.at(0),
            f"{each['layer']}: {number(each['value'])}",
        )
        drawn += [bar, _line("span", middle, up.at(each["low"]), middle, up.at(each["high"]))]
    names = [each["layer"] for each in layers]
    lost = found["lost_at"]
    if lost in names:
        middle = LEFT + (names.index(lost) + 0.5) * step
        drawn.append(_text(middle, HEIGHT - BOTTOM + 14, "▲", "middle"))
        anchor = "start" if middle < WIDTH / 3 else "end" if middle > 2 * WIDTH / 3 else "middle"
        drawn.append(_text(middle, TOP - 14, f"lost at {_short(lost)}", anchor))
        drawn.append(_line("neutral", middle, TOP - 10, middle, HEIGHT - BOTTOM))
    said = letters(where_lost(found))
    title = f"{letters(found['title'])} ({letters(found['label'])}): error of every layer"
    return _svg(ident, WIDTH, HEIGHT, title, said, drawn)


def confusion_matrix(counts: Iterable[Sequence[int]], labels: Sequence[str], ident: str) -> Markup:
    """How often each class (row) was answered as which (column), with a frame around what is right.

    Args:
        counts: index of the label, index of the answer, images.
        labels: of the classes; at most MOST_CLASSES.
        ident: see curve().
    """
    cells = {(row, column): count for row, column, count in counts}
    sums = {row: sum(count for (each, _), count in cells.items() if each == row) for row in range(len(labels))}
    longest = max(min(len(letters(label)), MOST_LETTERS) for label in labels)
    start = 46 + 6.0 * longest
    size = (WIDTH - start - RIGHT) / len(labels)
    height = start + size * len(labels) + 6
    drawn = [
        _text(2, start - 6, "label ↓", "start", "quiet"),
        _text(start, 12, "model's answer →", "start", "quiet"),
    ]
    for place, label in enumerate(labels):
        middle = start + (place + 0.5) * size
        drawn.append(_text(start - 6, middle + 4, _short(label), "end"))
        drawn.append(_text(middle + 4, start - 6, _short(label, 10), "start", turn=-60 if len(str(label)) > 2 else 0))
    for row in range(len(labels)):
        for column in range(len(labels)):
            count = cells.get((row, column), 0)
            share = count / sums[row] if sums[row] else 0.0
            x, y = start + column * size, start + row * size
            said = f"{labels[row]} answered as {labels[column]}: {count:,}"
            drawn.append(_cell(x, y, size, share, row == column, said))
            if count:
                # A number takes about half of its size in width for each digit.
                small = min(12.0, 1.6 * size / len(str(count)))
                style = "full" if share > 0.5 else ""
                drawn.append(_text(x + size / 2, y + size / 2 + small / 3, str(count), "middle", style, size=small))
    right = sum(count for (row, column), count in cells.items() if row == column)
    described = f"{right:,} of {sum(sums.values()):,} answers lie on the diagonal, where answer and label are the same."
    return _svg(ident, WIDTH, height, "Confusion: labels and answers", described, drawn)


def _svg(ident: str, width: float, height: float, title: str, described: str, drawn: Iterable[Markup]) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {0} {1:.0f}" role="img" aria-labelledby="{2}-title {2}-desc">'
        '<title id="{2}-title">{3}</title><desc id="{2}-desc">{4}</desc>{5}</svg>'
    ).format(width, height, ident, letters(title), letters(described), Markup("").join(drawn))


def _share_axis(title: str, up: Axis = SHARES, width: float = WIDTH) -> Markup:
    return _left([(up.at(share), f"{100 * share:.0f} %") for share in (0, 0.25, 0.5, 0.75, 1)], title, width)


def _left(marks: Iterable[tuple[float, str]], title: str, width: float = WIDTH) -> Markup:
    """An axis at the left with lines across, and its title above it."""
    lines = Markup("").join(
        _line("grid", LEFT, y, width - RIGHT, y) + _text(LEFT - 6, y + 4, label, "end", "quiet") for y, label in marks
    )
    return lines + _text(2, 12, title, "start", "quiet")


def _below(marks: Iterable[tuple[float, str]], title: str, width: float = WIDTH) -> Markup:
    """An axis at the bottom and its title below it."""
    height = SIDE if width == SIDE else HEIGHT
    drawn = [_line("axis", LEFT, height - BOTTOM, width - RIGHT, height - BOTTOM)]
    for x, label in marks:
        drawn.append(_line("axis", x, height - BOTTOM, x, height - BOTTOM + 4))
        drawn.append(_text(x, height - BOTTOM + 18, _short(label), "middle", "quiet"))
    return Markup("").join(drawn) + _text((LEFT + width - RIGHT) / 2, height - 6, title, "middle", "quiet")


def _unit(found: Mapping[str, Any]) -> str:
    unit = str(found["unit"]).strip()
    return f"{_short(found['title'], 40)}, {unit}" if unit else _short(found["title"], 40)


def _legend(names: Sequence[str]) -> Markup:
    """What the two lines are, above the chart."""
    drawn = []
    for x, style, name in zip((130, 290), ("model", "other"), names, strict=True):
        drawn += [_line(f"line {style}", x, 8, x + 24, 8), _text(x + 30, 12, _short(name, 17), "start")]
    return Markup("").join(drawn)


def _path(style: str, points: Iterable[tuple[float, float]]) -> Markup:
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup('<polyline class="{}" points="{}"/>').format(style, joined) if joined else Markup("")


def _band(style: str, places: Sequence[float], low: Sequence[float], high: Sequence[float]) -> Markup:
    edge = [*zip(places, map(SHARES.at, high), strict=True), *zip(places[::-1], map(SHARES.at, low[::-1]), strict=True)]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in edge)
    return Markup('<polygon class="band {}" points="{}"/>').format(style, joined)


def _line(style: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(style, x1, y1, x2, y2)


def _span(style: str, x: float, low: float, high: float) -> Markup:
    return _line(f"span {style}", x, SHARES.at(low), x, SHARES.at(high))


def _dot(style: str, x: float, y: float, said: str) -> Markup:
    form = '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}</title></circle>'
    return Markup(form).format(style, x, y, letters(said))


def _square(style: str, x: float, y: float) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="6" height="6"/>').format(style, x - 3, y - 3)


def _bar(style: str, x: float, top: float, width: float, bottom: float, said: str) -> Markup:
    form = '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
    return Markup(form).format(style, x, top, width, bottom - top, letters(said))


def _cell(x: float, y: float, size: float, share: float, right: bool, said: str) -> Markup:
    form = (
        '<rect class="cell{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill-opacity="{:.2f}">'
        "<title>{}</title></rect>"
    )
    inner = 1.0  # between cells
    style = " right" if right else ""
    return Markup(form).format(style, x + inner, y + inner, size - 2 * inner, size - 2 * inner, share, letters(said))


def _cross(x: float, y: float) -> Markup:
    return _line("cross", x - 3, y - 3, x + 3, y + 3) + _line("cross", x - 3, y + 3, x + 3, y - 3)


def _text(x: float, y: float, text: str, anchor: str, style: str = "", turn: float = 0, size: float = 12) -> Markup:
    more = Markup(' class="{}"').format(style) if style else Markup("")
    more += Markup(' transform="rotate({:.0f} {:.1f} {:.1f})"').format(turn, x, y) if turn else Markup("")
    more += Markup(' font-size="{:.1f}"').format(size) if size != 12 else Markup("")
    form = '<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}>{}</text>'
    return Markup(form).format(x, y, anchor, more, letters(text))


def _short(text: str, most: int = MOST_LETTERS) -> str:
    line = letters(text)
    return line if len(line) <= most else f"{line[: most - 1]}…"
