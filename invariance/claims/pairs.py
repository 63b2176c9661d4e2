"""Two networks beside each other, in words."""

from invariance.claims.verdict import Measured, difference, more
from invariance.number_words import number, percent


def apart_by(first: str, one: Measured | None, second: str, other: Measured | None) -> str:
    """Two shares by name and how far they are apart, in a sentence; "" while one has too few seeds."""
    if more(one, other) is None:
        return ""
    by, most = (100 * value for value in difference(one, other))
    return f"{first} {percent(one.value)}, {second} {percent(other.value)}: {number(by, '+.2f')} ± {most:.2f} points."
