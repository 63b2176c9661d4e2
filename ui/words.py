"""Numbers -> sentences."""

import re

import numpy as np


def percent(value: float) -> str:
    """0..1 -> per cent with two decimals, never rounded up to 100 or down to 0."""
    if 0 < value < 0.00005:
        return "under 0.01 %"
    if 0.99995 <= value < 1:
        return "over 99.99 %"
    return f"{value:.2%}".replace("%", " %")


def margin(probabilities: np.ndarray, labels: tuple[str, ...]) -> str:
    """How far the answer leads, in plain words; probabilities: (classes,)."""
    second, first = np.argsort(probabilities)[-2:]
    lead = probabilities[first] - probabilities[second]
    word = "Sure" if lead > 0.9 else "Fairly sure" if lead > 0.5 else "Unsure" if lead > 0.1 else "Torn"
    ratio = probabilities[first] / max(probabilities[second], 1e-12)
    times = f"{ratio:,.0f} times" if ratio < 1e6 else "over a million times"
    if ratio < 2:
        return f"{word}: **{labels[second]}** is nearly as likely, {percent(probabilities[second])}."
    if ratio < 10:
        times = f"{ratio:.1f} times"
    return f"{word}: {times} likelier than the runner-up, **{labels[second]}**."


def verdict(answer: str, label: str) -> str:
    """Whether an answer is right, by a mark and a word."""
    return f"✓ right: it is {one(label)}" if answer == label else f"✗ wrong: it is {one(label)}"


def one(label: str) -> str:
    """A class with its article: "a 3", "an 8", "an airplane"."""
    return f"an {label}" if label[0] in "aeio8" else f"a {label}"


def escaped(text: str) -> str:
    """A file's own names as Markdown shows them letter by letter."""
    return re.sub(r"([\\`*_{}\[\]<>()#$:|~])", r"\\\1", text)


def milliseconds(seconds: float) -> str:
    """Seconds -> milliseconds with three figures."""
    value = f"{seconds * 1000:#.3g}".rstrip(".")
    return f"{value} ms"


def share(found: dict[str, float]) -> str:
    """value, low, high, n -> "99.38 % (95 % interval 99.21 to 99.52 %, n = 10,000)"."""
    return (
        f"{found['value']:.2%}".replace("%", " %")
        + f" (95 % interval {found['low'] * 100:.2f} to {found['high'] * 100:.2f} %, n = {found['n']:,})"
    )
