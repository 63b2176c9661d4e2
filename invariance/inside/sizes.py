"""Why a layer's maps have the size they have: its window, stride and padding in words, and the sum worked out."""

from collections.abc import Sequence

from invariance.inside.architecture import Layer, Sliding

UNKNOWN = "can't be told"


def window_words(layer: Layer) -> tuple[str, str, str]:
    """A layer's kernel, stride and padding: ("5×5", "1", "2"), "" where it has none; UNKNOWN where it may have one.

    Padding that differs from side to side is written before + after: "0+1 × 0+1", rows first.
    """
    if layer.sliding is None:
        return ("", "", "") if layer.parameters is not None and "ransposed" not in layer.kind else (UNKNOWN,) * 3
    slid = layer.sliding.window
    kernel = "×".join(map(str, slid.size))
    if max(slid.dilations) > 1:
        kernel += f", dilation {_alike(slid.dilations)}"
    sides = list(zip(slid.before, slid.after, strict=True))
    if slid.before == slid.after:
        padding = _alike(slid.before)
    else:
        padding = " × ".join(f"{before}+{after}" for before, after in sides)
    return kernel, _alike(slid.strides), padding


def size_sum(layer: Layer) -> str:
    """How many places a layer gives, worked out: "(28 + 2·2 − 5)/1 + 1 = 28"; rows and columns if they differ.

    "" for a layer without a window, and where the sum doesn't tell it.
    """
    if layer.sliding is None:
        return ""
    sums = [_sum(layer.sliding, axis) for axis in range(len(layer.sliding.gives))]
    if not all(sums):
        return ""
    if len(set(sums)) == 1:
        return sums[0]
    names = ("rows", "columns") if len(sums) == 2 else [f"axis {axis}" for axis in range(1, len(sums) + 1)]
    return "; ".join(f"{name}: {text}" for name, text in zip(names, sums, strict=True))


def _sum(sliding: Sliding, axis: int) -> str:
    size, stride, dilation, before, after = (each[axis] for each in sliding.window)
    given, gives = sliding.given[axis], sliding.gives[axis]
    reach = (size - 1) * dilation + 1
    covered = str(size) if dilation == 1 else f"({dilation}·({size} − 1) + 1)"
    padded = f"2·{before}" if before == after else f"{before} + {after}"
    if sliding.backwards:
        rest = gives - ((given - 1) * stride + reach - before - after)
        taken = f"2·{before}" if before == after else f"{before} − {after}"
        more = f" + {rest}" if rest else ""
        return f"({given} − 1)·{stride} + {covered} − {taken}{more} = {gives}" if 0 <= rest < stride else ""
    steps, left = divmod(given + before + after - reach, stride)
    text = f"({given} + {padded} − {covered})/{stride} + 1 = "
    if left == 0:
        return f"{text}{gives}" if gives == steps + 1 else ""
    exact = (given + before + after - reach) / stride + 1
    rounded = {steps + 1: "down", steps + 2: "up"}.get(gives)
    return f"{text}{exact:.4g}, rounded {rounded}: {gives}" if rounded else ""


def _alike(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else "×".join(map(str, numbers))
