"""Where a symmetry breaks: layer by layer, whether changing the image only moves what the layer gives."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from invariance import UserError
from invariance.inside.architecture import IMAGE, Layer, from_the_image_on
from invariance.inside.orientations import TURNS, oriented_values
from invariance.inside.values import Inside
from invariance.measures import Mean, equivariance_error, mean
from invariance.transforms import Transform
from invariance.transforms.action import Maps, Parts, Undefined

BATCH_VALUES = 8_000_000  # numbers between layers kept at a time, for a batch and its changed copy
SAME = 1e-5  # of the largest number: how far values may be from each other that were computed twice


class LayerError(NamedTuple):
    """How far one layer is from following a change of the image."""

    layer: str
    # "equivariance", ||f(Tx) - T f(x)|| / ||f(x)||, of layers with places;
    # "invariance", ||f(Tx) - f(x)|| / ||f(x)||, of those without.
    measure: str
    error: Mean | None  # the measure's mean over the images, with its 95 % interval
    why: str  # why there is no error, or what T does here beside moving places, or ""


def layer_errors(inside: Inside, images: np.ndarray, transform: Transform, amount: float) -> list[LayerError]:
    """The error of every layer, from the image to the logits.

    An error of at most SAME counts as 0: so far from each other may values be that were computed twice.

    T does to a map what it did to the image; how, or why it can't, is the action of the transform. Maps are followed
    through transpositions, to channels that come last, and from there back; of what has several axes and no places that
    can be told from the file (tokens, sequences), there is no error, but a reason.

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
    stages = from_the_image_on(inside)
    oriented = oriented_values(inside)
    changed_images = transform.apply(images, amount)
    orders = _orders(inside, stages, transform, amount)
    errors: dict[str, list[np.ndarray]] = {layer.name: [] for layer in stages}
    whys: dict[str, str] = {}
    undefined: dict[str, str] = {}
    for still, changed in _batches(inside, stages, images, changed_images):
        for layer in stages:
            turning = layer.name in oriented
            try:
                before, after = (_arranged(inside, layer, values) for values in (still, changed))
                parts, whys[layer.name] = _moved(
                    layer, before, after, orders[layer.copies], turning, transform, amount, images.shape[2:]
                )
            except Undefined as reason:
                undefined[layer.name] = str(reason)
            else:
                by_image = [part.swapaxes(0, 1) for part in (*parts, before)]
                errors[layer.name].append(equivariance_error(*by_image))
    return [
        LayerError(layer.name, _measure(layer, whys.get(layer.name, "")), None, undefined[layer.name])
        if layer.name in undefined
        else _result(layer, np.concatenate(errors[layer.name]), whys[layer.name])
        for layer in stages
    ]


class Lost(NamedTuple):
    """Where a symmetry is lost."""

    layer: str  # from here on no layer with places follows
    error: float  # its error
    unknown: int  # layers right before it of which nothing is known: it may be lost in one of them
    followed: bool  # whether a layer before them follows, and not the image alone


def lost_at(errors: Sequence[LayerError]) -> Lost | None:
    """Where a symmetry is lost for good, of what layer_errors() found; None if the logits keep it or nothing is known.

    A layer on the way may fail, and what is made of it follow again, as where maps are padded one side after the other.
    """
    if errors[-1].error is not None and errors[-1].error.value == 0:
        return None
    follow = [
        place
        for place, each in enumerate(errors)
        if each.error is not None and each.error.value == 0 and (place == 0 or each.measure == "equivariance")
    ]
    last = max(follow, default=-1)
    for place, each in enumerate(errors[last + 1 :]):
        if each.error is not None:
            return Lost(each.layer, each.error.value, place, last > 0)
    return None


def _has_places(layer: Layer) -> bool:
    return layer.places is not None and layer.shape[layer.places[0]] * layer.shape[layer.places[1]] > 1


def _measure(layer: Layer, why: str) -> str:
    return "equivariance" if why or sum(size > 1 for size in layer.shape) > 1 else "invariance"


def _result(layer: Layer, errors: np.ndarray, why: str) -> LayerError:
    if endless := int(np.isinf(errors).sum()):
        reason = f"For {endless} of {len(errors)} images all its values are 0."
        return LayerError(layer.name, _measure(layer, why), None, reason)
    return LayerError(layer.name, _measure(layer, why), mean(np.where(errors > SAME, errors, 0)), why)


def _batches(inside: Inside, stages: list[Layer], images: np.ndarray, changed: np.ndarray) -> Iterator[tuple]:
    """The values of all layers for some images and for their changed copies, in batches of bounded size."""
    values = sum(math.prod(layer.shape) * layer.copies for layer in stages)
    size = max(1, BATCH_VALUES // (2 * values))
    names = [layer.name for layer in stages]
    for start in range(0, len(images), size):
        part = slice(start, start + size)
        yield inside.values(names, images[part]), inside.values(names, changed[part])


def _arranged(inside: Inside, layer: Layer, run: dict[str, np.ndarray]) -> np.ndarray:
    """What a layer gave in a run as (copies, N, ...), maps as (copies, N, ..., H, W) that lie as the image does."""
    if not inside.real(layer.name):
        raise Undefined("It holds whole numbers, and not what they stand for.")
    try:
        values = inside.versions(layer.name, run[layer.name])
    except UserError as error:
        raise Undefined(str(error)) from error
    if not np.isfinite(values).all():
        raise Undefined("Some of its values are infinite or no numbers.")
    if layer.places is None:
        return values
    values = np.moveaxis(values, [2 + place for place in layer.places], (-2, -1))
    down, right = (int(math.copysign(1, step)) for step in layer.total_stride)
    return values[..., ::down, ::right]


def _orders(inside: Inside, stages: list[Layer], transform: Transform, amount: float) -> dict[int, list[int] | None]:
    """For each number of versions: which version of an image each version of the changed image is, None if none is.

    Seen on noise, whose versions all differ, where so many versions first appear.
    """
    noise = np.random.default_rng(0).random((2, *inside.model.card.shape), np.float32)
    sources = {layer.copies: layer for layer in reversed(stages) if layer.copies > 1}
    names = [inside.input, *(layer.name for layer in sources.values())]
    still, changed = (inside.values(names, images) for images in (noise, transform.apply(noise, amount)))
    orders: dict[int, list[int] | None] = {1: [0]}
    for copies, layer in sources.items():
        try:
            versions = (_arranged(inside, layer, values) for values in (still, changed))
            orders[copies] = _order(*(each.reshape(copies, -1) for each in versions))
        except Undefined:
            orders[copies] = None
    return orders


def _order(still: np.ndarray, changed: np.ndarray) -> list[int] | None:
    """Which row of still (copies, numbers) each row of changed is; None if one is none of them."""
    limit = SAME * np.abs(still).max(initial=0)
    directions = np.random.default_rng(0).random(still.shape[1])
    shadows = still @ directions  # of equal rows they are equal: few rows are left to compare
    places = np.argsort(shadows)
    reach = limit * directions.sum()
    order = []
    for new in changed:
        low, high = np.searchsorted(shadows[places], new @ directions + reach * np.array([-1, 1]), "left")
        place = next((int(i) for i in places[low : high + 1] if np.abs(still[i] - new).max(initial=0) <= limit), None)
        if place is None:
            return None
        order.append(place)
    return order


def _moved(
    layer: Layer,
    still: np.ndarray,
    changed: np.ndarray,
    order: list[int] | None,
    oriented: bool,
    transform: Transform,
    amount: float,
    size: tuple[int, int],
) -> tuple[Parts, str]:
    """f(Tx) and T f(x) of one layer, and what T does beside moving places; raises Undefined."""
    if layer.kind == IMAGE or amount == transform.neutral:
        return Parts(changed, changed if layer.kind == IMAGE else still), ""
    if layer.copies > 1:
        if order is None:
            raise Undefined(
                f"It holds {layer.copies} versions or parts of the image, which the change doesn't exchange."
            )
        return Parts(changed, still[order]), "The versions of the image change places."
    if layer.places is None and sum(size > 1 for size in layer.shape) > 1:
        raise Undefined("How its places lie on the image can't be told from the file.")
    quarters = transform.quarters(amount)
    why = ""
    if oriented and quarters:
        still = np.roll(still, quarters * (still.shape[2] // TURNS), 2)
        why = f"Its maps of each orientation become those of the orientation {90 * quarters}° on."
    if not _has_places(layer):
        return Parts(changed, still), why
    down, right = map(abs, layer.total_stride)
    return transform.action(transform, Maps(still, changed, (down, right), size), amount), why
