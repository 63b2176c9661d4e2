"""Where a symmetry breaks: layer by layer, whether changing the image only moves what the layer gives."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from invariance import UserError
from invariance.architecture import POOLS, Layer, layers
from invariance.inside import Inside
from invariance.measures import Mean, equivariance_error, mean
from invariance.receptive_field import SAME_PLACE
from invariance.transforms import TRANSFORMS, Transform
from invariance.transforms.reflection import AXES

BATCH_VALUES = 8_000_000  # numbers between layers kept at a time, for a batch and its changed copy
IMAGE = "Image"
TURNS = 4
SAME = 1e-5  # of the largest number: filters that were copied, values that were computed twice
LIGHT = ("gain", "offset", "gamma", "gradient")


class LayerError(NamedTuple):
    """How far one layer is from following a change of the image.

    measure: "equivariance", ||f(Tx) - T f(x)|| / ||f(x)||, for layers with places, or "invariance",
    ||f(Tx) - f(x)|| / ||f(x)||, for those without; error: its mean over the images with its 95 % interval, or None;
    why: why there is none, or what T does here beside moving places, or "".
    """

    layer: str
    measure: str
    error: Mean | None
    why: str


class _Undefined(Exception):  # noqa: N818 - no error: it carries the reason
    """T can't be done to what a layer gives; says why, as a sentence."""


class _Parts(NamedTuple):
    """What is compared of a layer: f(Tx) and T f(x), the places that both have."""

    changed: np.ndarray
    moved: np.ndarray


def layer_errors(inside: Inside, images: np.ndarray, transform: Transform, amount: float) -> list[LayerError]:
    """The error of every layer, from the image to the logits.

    T does to a map what it did to the image: a quarter turn or a mirror image does so to every square map; a shift by
    d pixels moves a map by d / s places where s, the layer's total stride, divides d. Of a shift that lets black come
    in, only the places are compared that were on the map before: what comes in has no place there.

    T acts on places alone, with two exceptions, both said in why. A convolution whose filters are four turned copies of
    one set, orientation by orientation (a network on the group p4), answers a turn by 90° with maps that are turned and
    exchanged: those of each orientation become those of the next. That is so of the filters, whatever the images. And a
    network that looks at several versions of the image in one batch exchanges the versions if the change does.

    Args:
        inside: the model.
        images: float32 (N, C, H, W) in [0, 1], N at least 1.
        transform: one of TRANSFORMS.
        amount: in its unit.

    Raises:
        UserError: there are no images, or they are not the model's.
        TransformError: see Transform.apply().

    Source: T. Cohen, M. Welling, "Group equivariant convolutional networks" (2016), equation 1, for the law whose
    violation this measures.
    """
    if len(images) == 0:
        raise UserError("The errors of layers are a mean over images: give at least one.")
    found = [_image(inside), *layers(inside)]
    oriented = _oriented(inside)
    changed_images = transform.apply(images, amount)
    orders = _orders(inside, found, transform, amount)
    errors: dict[str, list[np.ndarray]] = {layer.name: [] for layer in found}
    whys: dict[str, str] = {}
    for still, changed in _batches(inside, found, images, changed_images):
        for layer in found:
            try:
                parts, whys[layer.name] = _moved(
                    layer,
                    still[layer.name],
                    changed[layer.name],
                    orders[layer.copies],
                    layer.name in oriented,
                    transform,
                    amount,
                    images.shape[2:],
                )
            except _Undefined as reason:
                whys[layer.name] = str(reason)
            else:
                each = [_by_image(part, layer.copies) for part in (*parts, still[layer.name])]
                errors[layer.name].append(equivariance_error(*each))
    return [_result(layer, errors[layer.name], whys[layer.name]) for layer in found]


def _image(inside: Inside) -> Layer:
    return Layer(inside.input, IMAGE, inside.model.card.shape, 0, 0, 0, (1, 1), (1, 1), 1)


def _has_places(layer: Layer) -> bool:
    return len(layer.shape) == 3 and math.prod(layer.shape[1:]) > 1


def _result(layer: Layer, errors: list[np.ndarray], why: str) -> LayerError:
    measure = "equivariance" if _has_places(layer) or (errors and why) else "invariance"
    values = np.concatenate(errors) if errors else np.empty(0)
    if endless := int(np.isinf(values).sum()):
        return LayerError(layer.name, measure, None, f"For {endless} of {len(values)} images all its values are 0.")
    return LayerError(layer.name, measure, mean(values) if len(values) else None, why)


def _batches(inside: Inside, found: list[Layer], images: np.ndarray, changed: np.ndarray) -> Iterator[tuple]:
    """The values of all layers for some images and for their changed copies, in batches of bounded size."""
    values = sum(math.prod(layer.shape) * layer.copies for layer in found)
    size = max(1, BATCH_VALUES // (2 * values))
    names = [layer.name for layer in found]
    for start in range(0, len(images), size):
        part = slice(start, start + size)
        yield inside.values(names, images[part]), inside.values(names, changed[part])


def _by_image(values: np.ndarray, copies: int) -> np.ndarray:
    """(copies N, ...), version by version -> (N, copies, ...)."""
    return values.reshape(copies, -1, *values.shape[1:]).swapaxes(0, 1)


def _orders(inside: Inside, found: list[Layer], transform: Transform, amount: float) -> dict[int, list[int] | None]:
    """For each number of versions: which version of an image each version of the changed image is, None if none is.

    Seen on noise, whose versions all differ, where so many versions first appear.
    """
    noise = np.random.default_rng(0).random((1, *inside.model.card.shape), np.float32)
    sources = {layer.copies: layer.name for layer in reversed(found)}
    still, changed = (
        inside.values(list(sources.values()), images) for images in (noise, transform.apply(noise, amount))
    )
    return {copies: _order(still[name], changed[name]) for copies, name in sources.items()}


def _order(still: np.ndarray, changed: np.ndarray) -> list[int] | None:
    limit = SAME * np.abs(still).max(initial=0)
    found = [next((i for i, old in enumerate(still) if np.abs(old - new).max() <= limit), None) for new in changed]
    return None if None in found else found


def _oriented(inside: Inside) -> set[str]:
    """Values whose channels are four orientations, one after the other, that a turn by 90° moves on by one."""
    found: set[str] = set()
    for node in inside.nodes:
        names = inside.changing(node)
        has = [name in found for name in names]
        if node.op_type == "Conv":
            _, biases = inside.kernels(node.output[0])
            oriented = _same_for_all(biases) and _turned(inside.kernels(node.output[0])[0], has[0])
        elif node.op_type in (*SAME_PLACE, *POOLS) and all(has) and node.op_type != "Concat":
            constants = (inside.constant(name) for name in node.input if name not in names)
            oriented = all(value is None or value.size == 1 or _same_for_all(value.reshape(-1)) for value in constants)
        else:
            oriented = False
        if oriented and len(inside.shapes.get(node.output[0], ())) == 4:
            found.add(node.output[0])
    return found


def _same_for_all(numbers: np.ndarray) -> bool:
    """Whether (4 C,) numbers are those of C channels, once for each orientation."""
    if len(numbers) % TURNS:
        return False
    parts = numbers.reshape(TURNS, -1)
    return bool(np.abs(parts - parts[0]).max(initial=0) <= SAME * np.abs(parts).max(initial=0))


def _turned(filters: np.ndarray, oriented: bool) -> bool:
    """Whether filters (4 C', C, k, k) are one set in four orientations: turned, their inputs' orientations moved on.

    w_s[c', t, c] = rot90^s(w_0[c', t - s mod 4, c]), t the orientation of the input if it has them.
    """
    outs, ins, height, width = filters.shape if filters.ndim == 4 else (1, 1, 1, 1)
    count = TURNS if oriented else 1
    if outs % TURNS or ins % count or height != width:
        return False
    parts = filters.reshape(TURNS, outs // TURNS, count, ins // count, height, width)
    expected = np.stack([np.rot90(np.roll(parts[0], s, 1) if oriented else parts[0], s, (3, 4)) for s in range(TURNS)])
    return bool(np.abs(parts - expected).max() <= SAME * np.abs(filters).max())


def _moved(
    layer: Layer,
    still: np.ndarray,
    changed: np.ndarray,
    order: list[int] | None,
    oriented: bool,
    transform: Transform,
    amount: float,
    size: tuple[int, int],
) -> tuple[_Parts, str]:
    """f(Tx) and T f(x) of one layer, and what T does beside moving places; raises _Undefined."""
    if layer.kind == IMAGE:
        return _Parts(changed, changed), ""
    if layer.copies > 1:
        if order is None:
            raise _Undefined(f"It holds {layer.copies} versions of the image, which the change doesn't exchange.")
        versions = still.reshape(layer.copies, -1, *still.shape[1:])[order]
        return _Parts(changed, versions.reshape(still.shape)), "The versions of the image change places."
    quarters = int(amount % 360 // 90) if transform is TRANSFORMS["rotation"] and amount % 90 == 0 else 0
    why = ""
    if oriented and quarters:
        still = np.roll(still, quarters * (still.shape[1] // TURNS), 1)
        why = f"Its maps of each orientation become those of the orientation {90 * quarters}° on."
    if not _has_places(layer) or amount == transform.neutral:
        return _Parts(changed, still), why
    return _places(still, changed, layer, transform, amount, size), why


def _places(
    still: np.ndarray, changed: np.ndarray, layer: Layer, transform: Transform, amount: float, size: tuple[int, int]
) -> _Parts:
    """T on places: f(Tx) and T f(x), where both are defined."""
    height, width = layer.shape[1:]
    label = transform.label(amount)
    if transform is TRANSFORMS["rotation"] and amount % 90 == 0:
        quarters = int(amount % 360 // 90)
        if quarters % 2 and (height != width or size[0] != size[1]):
            raise _Undefined(f"A map of {height}×{width} isn't the same grid after a turn by {label}.")
        return _Parts(changed, np.rot90(still, quarters, (2, 3)))
    if transform is TRANSFORMS["reflection"]:
        return _Parts(changed, np.flip(still, AXES[int(amount)]))
    if transform.name in LIGHT:
        raise _Undefined(f"{transform.title} changes the light and moves nothing: there is no such change of a map.")
    if transform not in (TRANSFORMS["translation"], TRANSFORMS["circular"]):
        raise _Undefined(f"{transform.title} by {label} takes places of a map between its places.")
    if layer.total_stride is None:
        raise _Undefined("How its places lie on the image can't be told from the file.")
    stride = layer.total_stride[1]
    if amount % stride:
        raise _Undefined(f"Its places lie {stride} px apart: a shift by {label} isn't a whole number of them.")
    places = int(amount) // stride
    if transform is TRANSFORMS["circular"]:
        if width * stride != size[1]:
            raise _Undefined(f"Its {width} columns, {stride} px apart, don't go once around {size[1]} px.")
        return _Parts(changed, np.roll(still, places, 3))
    if abs(places) >= width:
        raise _Undefined(f"A shift by {label} moves all of its {width} columns out.")
    if places < 0:
        return _Parts(changed[..., :places], still[..., -places:])
    return _Parts(changed[..., places:], still[..., : width - places])
