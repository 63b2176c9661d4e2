"""Which pixels of the image each value of a map depends on, worked out from the graph alone."""

from collections.abc import Callable

import onnx

from invariance.inside.map_placement import Axis, MapPlacement, joined
from invariance.inside.nodes import argument, attributes, reduced, window
from invariance.inside.onnx_operators import Places, about
from invariance.inside.values import Inside


def placements(inside: Inside) -> dict[str, MapPlacement]:
    """How every value that has two axes of places lies on the image; others are left out.

    A window of size k with stride s, over units that see r pixels and lie j apart, gives units that see r + (k - 1) j
    pixels and lie s j apart; a sum sees what its terms see. Padding is padding, whatever it is filled with: where it
    repeats pixels of the image, units at the border see those too, wherever they lie.

    Source: A. Araujo, W. Norris, J. Sim, "Computing receptive fields of convolutional neural networks" (2019).
    """
    placed = {inside.input: MapPlacement(Axis(0, 1, 1), Axis(0, 1, 1))}
    folded: dict[str, tuple[MapPlacement, tuple[int, ...]]] = {}  # maps as rows of numbers, and their shape as maps
    for node in inside.nodes:
        names, places = inside.changing(node), about(node).places
        if places in (Places.RESHAPED, Places.MIXED) and names[0] in folded:
            placement, shape = folded[names[0]]
            if places is Places.MIXED:
                folded[node.output[0]] = placement.everywhere(shape), shape
            elif inside.shape(node.output[0]) == shape:
                placed[node.output[0]] = placement
        elif all(name in placed for name in names):
            for name in filter(inside.shapes.__contains__, node.output):
                placement = _placement(inside, node, [placed[each] for each in names], name)
                if placement is not None:
                    placed[name] = placement
            if places is Places.RESHAPED and node.output[0] not in placed:
                folded[node.output[0]] = placed[names[0]], inside.shape(names[0])
        elif places is Places.SAME and (placement := _weighted(inside, names, placed)) is not None:
            placed[node.output[0]] = placement
    return placed


def _placement(inside: Inside, node: onnx.NodeProto, placed: list[MapPlacement], name: str) -> MapPlacement | None:
    """Of a node's output called name; placed: what changes among its inputs."""
    places = about(node).places
    if places is Places.SAME:
        return joined(placed, [inside.shape(each) for each in inside.changing(node)])
    if places is Places.JOINED:
        return _concatenated(inside, node, placed, name)
    return RULES[places](inside, node, placed[0], name) if places in RULES and len(placed) == 1 else None


def _before(inside: Inside, node: onnx.NodeProto) -> tuple[int, ...]:
    return inside.shape(inside.changing(node)[0])


def _channels_first(inside: Inside, node: onnx.NodeProto, placement: MapPlacement) -> bool:
    """Whether maps lie as those operators take them that know places from channels: (N, C, H, W)."""
    return len(_before(inside, node)) == 4 and sorted(placement.axes) == [-2, -1]


def _axis(inside: Inside, node: onnx.NodeProto, default: int) -> int:
    """The axis that a node names, counted from the end."""
    count = len(_before(inside, node))
    return attributes(node).get("axis", default) % count - count


def _slid(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    if not _channels_first(inside, node, placement) or inside.changing(node)[0] != node.input[0]:
        return None
    slid = window(inside, node)
    rows, columns = (
        axis.window(slid.size[at], slid.strides[at], slid.before[at], slid.dilations[at])
        for axis, at in zip(placement[:2], placement.axes, strict=True)
    )
    return MapPlacement(rows, columns, placement.axes)


def _whole(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    return placement.whole(_before(inside, node)) if _channels_first(inside, node, placement) else None


def _mixed(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    return placement.everywhere(_before(inside, node)) if _channels_first(inside, node, placement) else None


def _reduced(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    shape = _before(inside, node)
    axes = {axis - len(shape) for axis in reduced(inside, node)}
    return placement.reduced(axes, shape, attributes(node).get("keepdims", 1))


def _padded(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    pads, axes = argument(inside, node, "pads", 1), argument(inside, node, "axes", 3)
    if pads is None:
        return None
    count = len(_before(inside, node))
    for axis, front in zip(range(count) if axes is None else axes, pads, strict=False):
        placement = placement.moved(axis % count - count, -front)
    return placement


def _sliced(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    starts, shape = argument(inside, node, "starts", 1), _before(inside, node)
    if starts is None:
        return None
    axes = argument(inside, node, "axes", 3) or list(range(len(starts)))
    steps = argument(inside, node, "steps", 4) or [1] * len(starts)
    for start, axis, step in zip(starts, axes, steps, strict=True):
        size = shape[axis]
        start = min(max(start + size * (start < 0), 0), size - (step < 0))
        placement = placement.moved(axis % len(shape) - len(shape), start, step)
    return placement


def _split(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    axis = _axis(inside, node, 0)
    ahead = (inside.shape(each)[axis] for each in node.output[: list(node.output).index(name)])
    return placement.moved(axis, sum(ahead)) if axis in placement.axes else placement


def _gathered(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    return placement if _axis(inside, node, 0) < min(placement.axes) else None


def _expanded(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    before, after = _before(inside, node), inside.shape(name)
    return placement if all(before[at] == after[at] for at in placement.axes) else None


def _transposed(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    count = len(_before(inside, node))
    order = list(attributes(node).get("perm", range(count)[::-1]))
    rows, columns = (order.index(axis + count) - count for axis in placement.axes)
    return placement._replace(axes=(rows, columns))


def _reshaped(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    return placement.reshaped(_before(inside, node), inside.shape(name), inside.images_axis(name))


def _along(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    return None if _axis(inside, node, -1) in placement.axes else placement


def _from_axis(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    behind = _axis(inside, node, -1) > max(placement.axes)
    return placement if behind else placement.everywhere(_before(inside, node))


def _multiplied(inside: Inside, node: onnx.NodeProto, placement: MapPlacement, name: str) -> MapPlacement | None:
    """Each place's channels times a matrix."""
    first = inside.changing(node)[0] == node.input[0]
    same = len(_before(inside, node)) == len(inside.shape(name))
    return placement if first and same and -1 not in placement.axes else None


def _weighted(inside: Inside, names: list[str], placed: dict[str, MapPlacement]) -> MapPlacement | None:
    """Of maps and of numbers, one for all places, that may depend on all of the image."""
    maps = [name for name in names if name in placed]
    together = joined([placed[name] for name in maps], [inside.shape(name) for name in maps]) if maps else None
    shapes = [inside.shape(name) for name in names if name not in placed]
    if together is None or any(len(shape) >= -at and shape[at] != 1 for shape in shapes for at in together.axes):
        return None
    _, height, width = inside.model.card.shape
    return together.join(MapPlacement(Axis(0, height, 1), Axis(0, width, 1)))


def _concatenated(inside: Inside, node: onnx.NodeProto, placed: list[MapPlacement], name: str) -> MapPlacement | None:
    names, count = inside.changing(node), len(inside.shape(name))
    axis = attributes(node)["axis"] % count
    alike = len({(one.field, one.stride, one.axes) for one in placed}) == 1
    if axis == inside.images_axis(name):  # several images in one batch: that of the first stands for all
        return placed[0] if alike else None
    if axis - count not in placed[0].axes:
        return joined(placed, [inside.shape(each) for each in names])
    if not alike or about(node).whole_numbers:
        return None
    # One behind the other: the longest is the map, and what stands before and behind it is its padding.
    longest = max(range(len(names)), key=lambda index: inside.shape(names[index])[axis])
    ahead = list(node.input)[: list(node.input).index(names[longest])]
    return placed[longest].moved(axis - count, -sum(inside.shape(each)[axis] for each in ahead))


RULES: dict[Places, Callable[[Inside, onnx.NodeProto, MapPlacement, str], MapPlacement | None]] = {
    Places.WINDOW: _slid,
    Places.POOLED: _slid,
    Places.ONE: _whole,
    Places.REDUCED: _reduced,
    Places.MIXED: _mixed,
    Places.FROM_AXIS: _from_axis,
    Places.ALONG_AXIS: _along,
    Places.PADDED: _padded,
    Places.RESHAPED: _reshaped,
    Places.TRANSPOSED: _transposed,
    Places.SLICED: _sliced,
    Places.SPLIT: _split,
    Places.GATHERED: _gathered,
    Places.EXPANDED: _expanded,
    Places.MULTIPLIED: _multiplied,
}
