"""Tables on the console."""

from collections.abc import Iterable


def printable(text: str) -> str:
    """A text in one line that can't command the terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def columns(rows: list[tuple[str, ...]], numbers: Iterable[int] = ()) -> list[str]:
    """Lines with every column as wide as its widest cell. What a file says of itself can't command the terminal.

    numbers: the places of columns whose cells end under one another.
    """
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at in numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
