"""How a map lies on the image, and where that goes when the map is cut, padded, turned over or laid out otherwise."""

import math
from typing import NamedTuple


class Axis(NamedTuple):
    """How one axis of a map lies on the image: unit i sees the pixels first + i step up to size further."""

    first: int  # may lie before the image, and the end behind it, in the padding
    size: int
    step: int  # negative where the axis runs backward

    def window(self, size: int, stride: int, before: int, dilation: int = 1) -> "Axis":
        """The axis of a window that slides over this one; before: the padding in front."""
        reach = (size - 1) * dilation
        start = -before if self.step > 0 else reach - before
        return Axis(self.first + start * self.step, self.size + reach * abs(self.step), self.step * stride)

    def join(self, other: "Axis") -> "Axis":
        """What units see that use this axis and another."""
        first = min(self.first, other.first)
        return Axis(first, max(self.first + self.size, other.first + other.size) - first, self.step)


class MapPlacement(NamedTuple):
    """How a map lies on the image's rows and columns. Shapes are those of the value that holds it, axes and all."""

    rows: Axis
    columns: Axis
    # The value's axes that lie on them, counted from the end: (-2, -1) in maps (N, C, H, W), (-3, -2) in (N, H, W, C),
    # (-1, -2) in transposed maps.
    axes: tuple[int, int] = (-2, -1)

    @property
    def field(self) -> tuple[int, int]:
        """Rows and columns of the image that a unit sees, those in the padding counted."""
        return self.rows.size, self.columns.size

    @property
    def stride(self) -> tuple[int, int]:
        """Pixels from a unit to the next, down and to the right; negative if the next lies above or on the left."""
        return self.rows.step, self.columns.step

    def join(self, other: "MapPlacement") -> "MapPlacement":
        """The same places, each of which sees what the other's see too."""
        return MapPlacement(self.rows.join(other.rows), self.columns.join(other.columns), self.axes)

    def whole(self, shape: tuple[int, ...]) -> "MapPlacement":
        """All places as one."""
        rows, columns = (axis.window(shape[at], shape[at], 0) for axis, at in zip(self[:2], self.axes, strict=True))
        return MapPlacement(rows, columns, self.axes)

    def everywhere(self, shape: tuple[int, ...]) -> "MapPlacement":
        """The same places, each of which sees what all see."""
        return self.join(self.whole(shape))

    def reduced(self, axes: set[int], shape: tuple[int, ...], keep: bool) -> "MapPlacement | None":
        """Without axes, counted from the end, which are made one number; keep: they stay, of length 1."""
        if axes.issuperset(self.axes):
            return self.whole(shape) if keep else None
        if axes.intersection(self.axes):
            return None
        rows, columns = (at + (0 if keep else sum(axis > at for axis in axes)) for at in self.axes)
        return self._replace(axes=(rows, columns))

    def moved(self, axis: int, ahead: int, step: int = 1) -> "MapPlacement":
        """What an axis, counted from the end, gives from place ahead on, every step-th; others stay."""
        rows, columns = (
            Axis(old.first + ahead * old.step, old.size, old.step * step) if at == axis else old
            for old, at in zip(self[:2], self.axes, strict=True)
        )
        return MapPlacement(rows, columns, self.axes)

    def reshaped(self, before: tuple[int, ...], after: tuple[int, ...], images: int | None) -> "MapPlacement | None":
        """An axis is still there if it is as long as it was, behind as many numbers as before. images: not this one."""
        axes: list[int] = []
        free = [at for at in range(-len(after), 0) if at + len(after) != images]
        for axis in self.axes:
            ahead = math.prod(before[:axis])
            fits = [at for at in free if after[at] == before[axis] and math.prod(after[:at]) == ahead]
            if not fits:
                return None
            axes.append(axis if axis in fits else fits[-1])
            free.remove(axes[-1])
        return self._replace(axes=(axes[0], axes[1]))


def joined(placed: list[MapPlacement], shapes: list[tuple[int, ...]]) -> MapPlacement | None:
    """Of several values side by side or summed; a value with fewer places counts for all that it meets."""
    sizes = [
        tuple(shape[at] if len(shape) >= -at else 1 for at in one.axes)
        for one, shape in zip(placed, shapes, strict=True)
    ]
    first = max(range(len(placed)), key=lambda index: math.prod(sizes[index]))
    together = placed[first]
    for one, size in zip(placed, sizes, strict=True):
        if one.axes != together.axes or (size == sizes[first] and one.stride != together.stride):
            return None
        together = together.join(one)
    return together
