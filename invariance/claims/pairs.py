"""Two networks beside each other: whether one is better, and by how much."""

from invariance.claims.verdict import SEEDS, Measured, differ, difference
from invariance.number_words import number, percent


def more(one: Measured | None, other: Measured | None) -> float | None:
    """1 if one figure is higher than another by more than chance gives, else 0; None while one has too few seeds."""
    if any(each is None or len(each.values) < SEEDS for each in (one, other)):
        return None
    return float(differ(one, other) == 1)


def apart_by(first: str, one: Measured | None, second: str, other: Measured | None) -> str:
    """Two shares by name and how far they are apart, in a sentence; "" while one is not measured."""
    if one is None or other is None:
        return ""
    by, most = (100 * value for value in difference(one, other))
    return f"{first} {percent(one.value)}, {second} {percent(other.value)}: {number(by, '+.2f')} ± {most:.2f} points."
