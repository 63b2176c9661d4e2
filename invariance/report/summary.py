"""The findings in words: a verdict of one line, and five plain sentences with the numbers in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from invariance.number_words import counted, number, percent, with_interval
from invariance.strangers_words import letters

NOTICED = 0.05  # accuracy that a change has to cost until it is said to cost something, in 0..1
ROUNDING = 1e-9  # so that 0.9 - 0.85 is not more than 0.05
MOST_NAMED = 3  # transforms that a sentence lists


def verdict(findings: Mapping[str, Any]) -> str:
    """The answer in one line: whether what is required holds, how often it is right as it is and at worst.

    Args:
        findings: as invariance/report/schema.json says; parts may be missing, as they are while a report is made.
    """
    said = []
    if asked := findings["requirements"]:
        failing = sum(not each["holds"] for each in asked)
        said.append(
            f"✗ {failing} of {len(asked)} requirements {'fails' if failing == 1 else 'fail'}."
            if failing
            else f"✓ All that is required holds ({len(asked)} of {len(asked)})."
        )
    if right := findings["accuracy"]:
        said.append(f"Right on {percent(right['value'])} of the images as they are.")
    if curve := hardest(findings):
        worst = curve["worst"]
        said.append(f"At worst, {_named(curve['title'], worst['label'])}, right on {percent(worst['value'])}.")
    return " ".join(said) or f"Nothing was measured{_yet(findings)}."


def summary(findings: Mapping[str, Any]) -> list[str]:
    """Five sentences: how often it is right; what hurts most; shifts; symmetry; how sure it is.

    Each is true of all findings: of what was not measured it says so.

    Args:
        findings: see verdict().
    """
    return [part(findings) for part in (_accuracy, _worst, _shifts, _symmetry, _calibration)]


def hardest(findings: Mapping[str, Any]) -> dict[str, Any] | None:
    """The curve of the transform that leaves the fewest answers right at its worst amount; None if there is none."""
    return next(iter(_by_harm(findings)), None)


def mildest_loss(curve: Mapping[str, Any]) -> int | None:
    """The place of the amount nearest to the neutral one at which accuracy has fallen by more than NOTICED.

    Of two as near it is the smaller number (20° before 340°), then the one where it has fallen farther. None where it
    has at no amount, or where the neutral amount was not measured.
    """
    values, distance, amounts = curve["accuracy"]["value"], curve["distance"], curve["amounts"]
    if curve["neutral"] not in amounts:
        return None
    still = values[amounts.index(curve["neutral"])]
    lost = [place for place, value in enumerate(values) if still - value > NOTICED + ROUNDING]
    return min(lost, key=lambda place: (distance[place], abs(amounts[place]), values[place]), default=None)


def has_names(curve: Mapping[str, Any]) -> bool:
    """Whether a curve's amounts have names, such as "left ↔ right", between which there is nothing.

    In reports that were kept from older versions a minus sign is a hyphen.
    """
    return any(
        label.replace("-", "−") != f"{number(amount, 'g')}{curve['unit']}"
        for amount, label in zip(curve["amounts"], curve["labels"], strict=True)
    )


def where_lost(found: Mapping[str, Any]) -> str:
    """Where a symmetry is lost, of an entry of findings["layers"], in a sentence: no more than is known.

    Names in it are as the file has them.
    """
    layers = found["layers"][1:]  # after the image
    unknown = [each for each in layers if each["value"] is None]
    if found["lost_at"] is not None:
        names = [each["layer"] for each in layers]
        first = names.index(found["lost_at"]) if found["lost_at"] in names else 0
        before = sum(each["value"] is None for each in layers[:first])
        rest = f"; of {counted(before)} before it none is defined" if before else ""
        return f"Lost at {found['lost_at']}: from there on no layer follows{rest}."
    if any(each["value"] for each in layers):
        return "Where a layer has an error, a later one follows again."
    if not unknown:
        return "No layer has an error."
    if len(unknown) < len(layers):
        return f"No layer has an error, as far as one is defined: for {counted(len(unknown))} of them it isn't."
    return f"Where it is lost can't be told. {unknown[0]['why']}"


def confidence(bins: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    """The mean probability of the answers and the share of right ones, from bins of images; None without images."""
    full = [each for each in bins if each["n"]]
    count = sum(each["n"] for each in full)
    if not count:
        return None
    sure, right = (sum(each["n"] * each[part] for each in full) / count for part in ("confidence", "accuracy"))
    return sure, right


def _by_harm(findings: Mapping[str, Any]) -> list[dict[str, Any]]:
    return sorted(findings["transforms"].values(), key=lambda curve: curve["worst"]["value"])


def _accuracy(findings: Mapping[str, Any]) -> str:
    right, data = findings["accuracy"], findings["data"]
    if not right:
        return f"How often it is right was not measured{_yet(findings)}."
    whole = f" of {counted(data['of'])}" if right["n"] < data["of"] else ""
    return (
        f"It is right on {percent(right['value'])} of the images (95 % interval {100 * right['low']:.2f} to "
        f"{100 * right['high']:.2f} %, n = {counted(right['n'])}{whole}; {letters(data['title'])})."
    )


def _worst(findings: Mapping[str, Any]) -> str:
    curve = hardest(findings)
    if not curve:
        return f"What changes of the image do to it was not measured{_yet(findings)}."
    worst, title = curve["worst"], letters(curve["title"])
    points, right = f"{number(100 * NOTICED)} points", with_interval(worst)
    place = mildest_loss(curve)
    if curve["neutral"] in curve["amounts"] and place is None:
        return f"No change tried costs it more than {points}: at worst, {_named(title, worst['label'])}, {right} right."
    mildest = (
        f"; the mildest amount that costs it more than {points} is {letters(curve['labels'][place])}, with "
        f"{percent(curve['accuracy']['value'][place])}"
        if place is not None
        else ""
    )
    others = [
        f"{letters(each['title'])} ({percent(each['worst']['value'])} at {letters(each['worst']['label'])})"
        for each in _by_harm(findings)[1:MOST_NAMED]
        if mildest_loss(each) is not None
    ]
    then = f"; next {'comes' if len(others) == 1 else 'come'} {_listed(others)}" if others else ""
    return f"Of the changes tried, {title} hurts most: {right} are right at {letters(worst['label'])}{mildest}{then}."


def _shifts(findings: Mapping[str, Any]) -> str:
    shifts = findings["consistency"]
    if not shifts:
        return f"How steady it is when images are shifted by chance was not measured{_yet(findings)}."
    least = min(shifts, key=lambda each: each["value"])
    others = f", the least steady of {len(shifts)} kinds tried" if len(shifts) > 1 else ""
    return (
        f"Two shifts drawn by chance, up to {least['reach']} px each way ({_lower(least['title'])}), get the same "
        f"answer for {with_interval(least)} of the images{others}."
    )


def _symmetry(findings: Mapping[str, Any]) -> str:
    if not findings["symmetry"]:
        return f"Whether a change leaves its logits as they are was not measured{_yet(findings)}."
    said = []
    for verdict, words in (("exactly", "are exactly the same"), ("within rounding", "are the same within rounding")):
        labels: dict[str, list[str]] = {}
        for each in findings["symmetry"]:
            if each["verdict"] == verdict:
                labels.setdefault(letters(each["title"]), []).append(letters(each["label"]))
        if labels:
            said.append(f"{words} under {_listed([f'{title} ({_few(at)})' for title, at in labels.items()])}")
    if changed := [letters(each["title"]) for each in findings["symmetry"] if each["verdict"] == "no"]:
        said.append(f"change at every amount tried of {_listed(changed)}")
    lost = next((each for each in findings["layers"] if each["lost_at"] is not None), None)
    where = (
        f" Its layers stop following {_named(lost['title'], lost['label'])} at {letters(lost['lost_at'])}."
        if lost
        else ""
    )
    return f"Its logits, one number for each class, {'; '.join(said)}.{where}"


def _calibration(findings: Mapping[str, Any]) -> str:
    found = findings["calibration"]
    known = found and confidence(found["bins"])
    if not known:
        return f"Whether it is as sure as it is right was not measured{_yet(findings)}."
    sure, right = known
    said = (
        f"Its answers have a probability of {percent(sure)} on average and {percent(right)} of them are right: "
        f"a calibration error of {with_interval(found['ece'])}"
    )
    if not found["transformed"]:
        return f"{said}."
    worst = max(found["transformed"], key=lambda each: each["ece"]["value"])
    return f"{said}, and of {with_interval(worst['ece'])} where it is worst, {_named(worst['title'], worst['label'])}."


def _yet(findings: Mapping[str, Any]) -> str:
    return "" if findings["run"]["complete"] else " yet"


def _named(title: str, label: str) -> str:
    """A transform at an amount: "Rotation (90°)"."""
    return f"{letters(title)} ({letters(label)})"


def _lower(title: str) -> str:
    return letters(title[:1].lower() + title[1:])


def _few(labels: Sequence[str]) -> str:
    return _listed(labels) if len(labels) <= MOST_NAMED + 1 else f"{len(labels)} amounts"


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are: "a, b and 4 more"."""
    if len(names) == 1:
        return names[0]
    if len(names) > MOST_NAMED + 1:
        names = [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} more"]
    return f"{', '.join(names[:-1])} and {names[-1]}"
