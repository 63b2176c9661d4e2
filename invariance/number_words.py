"""Numbers as people read them: per cent, intervals, minus signs, times; for pages, tables and messages alike."""

from typing import Any

import numpy as np

from invariance.measures import Share

NEARLY = 1e-9  # of all, or nothing


def percent(value: float, decimals: int = 2) -> str:
    """0..1 -> per cent: "99.38 %". What is less than all never reads 100, what is more than nothing never 0.

    >>> percent(0.9938), percent(0.99999), percent(0.00001), percent(0.5, 0)
    ('99.38 %', 'over 99.99 %', 'under 0.01 %', '50 %')
    """
    step = 10.0**-decimals  # the smallest that is shown, in per cent
    if 0 < value < 1 and f"{value:.{decimals}%}" == f"{0:.{decimals}%}":
        return f"under {step:.{decimals}f} %"
    if 0 < value < 1 and f"{value:.{decimals}%}" == f"{1:.{decimals}%}":
        return f"over {100 - step:.{decimals}f} %"
    return f"{value:.{decimals}%}".replace("%", " %")


def probability(value: float, decimals: int = 2) -> str:
    """A class's probability as percent() has it: softmax never gives all or nothing, float32 only rounds to it.

    >>> probability(1.0), probability(0.0)
    ('over 99.99 %', 'under 0.01 %')
    """
    return percent(min(max(value, NEARLY), 1 - NEARLY), decimals)


def probabilities(values: np.ndarray, decimals: int = 2) -> tuple[list[str], np.ndarray]:
    """What probability() makes of many: each text once, and which of them each value has, in the shape of values."""
    least = 10.0 ** -(decimals + 3)  # less than what is shown
    shown = np.clip(np.round(values.astype(np.float64), decimals + 2), least, 1 - least)
    distinct, which = np.unique(shown, return_inverse=True)
    return [percent(value, decimals) for value in distinct.tolist()], which.reshape(values.shape)


def with_interval(share: Share | dict[str, Any]) -> str:
    """A share with its 95 % interval: "99.38 % (99.21 to 99.52)".

    share: value, low and high in 0..1, as a Share or as a record has them.
    """
    value, low, high = share[:3] if isinstance(share, Share) else (share["value"], share["low"], share["high"])
    return f"{percent(value)} ({100 * low:.2f} to {100 * high:.2f})"


def with_interval_and_n(share: dict[str, float]) -> str:
    """A recorded share in full: "99.38 % (95 % interval 99.21 to 99.52 %, n = 10,000)"."""
    low, high = 100 * share["low"], 100 * share["high"]
    return f"{percent(share['value'])} (95 % interval {low:.2f} to {high:.2f} %, n = {share['n']:,})"


def number(value: float, form: str = ".3g") -> str:
    """A number with a true minus sign, three figures unless form says otherwise; form: as format() takes it.

    >>> number(-0.5)
    '−0.5'
    """
    return f"{value:{form}}".replace("-", "−")


def counted(value: int | None) -> str:
    """A whole number with commas; None is one that isn't known.

    >>> counted(61706), counted(None)
    ('61,706', 'not known')
    """
    return "not known" if value is None else f"{value:,}"


def milliseconds(seconds: float) -> str:
    """Seconds -> milliseconds with three figures.

    >>> milliseconds(0.01234)
    '12.3 ms'
    """
    value = f"{seconds * 1000:#.3g}".rstrip(".")
    return f"{value} ms"


def time_left(begun: float, now: float, done: int, total: int) -> str:
    """How long the rest takes at the speed so far: "about 12 s left". begun, now: on one clock, s.

    >>> time_left(0, 10, 5, 15)
    'about 20 s left'
    """
    return f"about {(now - begun) * (total - done) / done:.0f} s left"
