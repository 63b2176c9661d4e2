"""What every layer makes of the person's image, the whole network at once; the picked map large, with its numbers and
the kernel behind it."""

import math
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from invariance.inside.architecture import Layer, convolutions, from_the_image_on, layers
from invariance.inside.sizes import size_sum
from invariance.inside.values import Inside
from invariance.model.card import Card
from invariance.number_words import number as written
from invariance.number_words import percent
from invariance.strangers_words import letters
from ui.caching import keeping
from ui.drawing.download import download
from ui.drawing.pictures import enlarged, maps_of, show, signed
from ui.inside.values_seen import as_rows, seen, shrunk
from ui.widgets.gallery import gallery
from ui.widgets.network_view import Column, network_view
from ui.words import escaped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS = (1, 2)  # the axes of rows and columns in maps (C, H, W)
MANY = 40  # layers from which on fewer maps of each are shown
FIRST, FEWER = 8, 4  # maps of a layer that are shown at once
NUMBERS = 256  # numbers of a layer that are shown at once
BARS = 10  # classes that are shown
THUMBNAIL = 56  # pixels that a small map has at most
SIDE = 28  # pixels that a map has at least in the gallery, which shows each as two of the screen's
GALLERY = 256  # maps of a layer that are shown at most
LARGE = 226  # screen pixels of an enlarged map
SLICE = 66  # screen pixels of a slice of its kernel
SLICES = 16  # that are shown at most
RUN_VALUES = 8_000_000  # numbers between layers that one run gives; of larger networks there are several runs


class _Seen(NamedTuple):
    """What a layer gave, as much of it as is shown at once."""

    few: np.ndarray  # maps (n, h, w), made smaller, or numbers (n,)
    count: int  # of all


def mapped(inside: Inside) -> dict[str, Layer]:
    """The layers whose result is maps (C, H, W), by name."""
    there = set(inside.maps)
    return {layer.name: layer for layer in layers(inside) if layer.name in there and layer.places in (None, ROWS)}


@keeping(4_000_000)
def stages_of(inside: Inside) -> list[Layer]:
    """See from_the_image_on(); worked out once, not at every stroke."""
    return from_the_image_on(inside)


@keeping(1_000_000)
def _convolutions(inside: Inside) -> list[str]:
    return convolutions(inside)


def first_convolution(stages: list[Layer]) -> int:
    """Its place among layers; 0 if there is none."""
    return next((place for place, layer in enumerate(stages) if "convolution" in layer.kind.lower()), 0)


def whole_network(inside: Inside, image: np.ndarray, probabilities: np.ndarray) -> None:
    """All layers at once for an image (C, H, W); the picked map large. probabilities: the answer, (classes,)."""
    stages = stages_of(inside)
    at, number = _picked(stages)
    first = FIRST if len(stages) <= MANY else FEWER
    given, whole = _given(inside, stages, image, stages[at].name, first)
    number = min(number, given[at].count - 1) if whole.ndim == 3 else 0
    above = st.container()
    shared = st.toggle(
        "One scale for all maps of a layer",
        key="one_scale",
        bind="query-params",
        persist_state="session",
        help="Off: each up to its own largest number, so that faint ones are seen.",
    )
    places = {layer.name: place for place, layer in enumerate(stages)}
    columns = [_column(layer, each, places, shared) for layer, each in zip(stages, given, strict=True)]
    bars = _bars(probabilities, inside.model.card.labels)
    with above:
        network_view(
            "network",
            columns,
            bars,
            chosen=(at, number),
            hint=f"The {len(stages)} steps from the image to the answer of {inside.model.card.title}. Arrow keys lead "
            "from map to map, Enter picks one.",
            on_click=lambda column, place: _pick(stages[column].name, place),
        )
        _offer(inside.model.card, columns, bars, first)
    _one_layer(inside, stages[at], whole, number, first, shared)


def _offer(card: Card, columns: list[Column], bars: list[tuple[str, float]], first: int) -> None:
    """Offer all layers at once as one picture; first: maps of each."""
    layers = [(letters(column.name), column.size, column.pictures) for column in columns]
    answer = [(letters(label), share) for label, share in bars]
    download(
        f"{card.name} layer by layer",
        f"{card.title}, from the image to the answer: the first {first} maps of each of {len(layers)} layers, and of "
        f"numbers the first {NUMBERS}.",
        lambda figures: figures.whole_network(layers, answer),
    )


def _picked(stages: list[Layer]) -> tuple[int, int]:
    """The layer and the map that the page's address names or the person picked last; else of the first convolution."""
    names = [layer.name for layer in stages]
    last_name, last_map = st.session_state.get("looked_at", ("", "1"))
    name = st.query_params.get("layer", last_name)
    number = st.query_params.get("map", last_map) if "layer" in st.query_params else last_map
    if name not in names:
        at, number = first_convolution(stages), "1"
    else:
        at = names.index(name)
    at_map = int(number) - 1 if number.isascii() and number.isdecimal() and 0 < len(number) < 9 else 0
    _pick(names[at], max(0, at_map))
    return at, max(0, at_map)


def _pick(name: str, number: int) -> None:
    """Remember a layer and a map of it, counted from 0, in the address and for the next visit of the page."""
    st.session_state.looked_at = name, str(number + 1)
    st.query_params.update(layer=name, map=str(number + 1))


def _given(
    inside: Inside, stages: list[Layer], image: np.ndarray, name: str, first: int
) -> tuple[list[_Seen], np.ndarray]:
    """What every layer gave, and all that the one of that name did."""
    given: list[_Seen] = []
    whole = np.empty(0, np.float32)
    start = 0
    while start < len(stages):
        end, room = start, RUN_VALUES
        while end < len(stages) and (end == start or room > 0):
            room -= math.prod(stages[end].shape) * stages[end].copies
            end += 1
        values = inside.values([layer.name for layer in stages[start:end]], image[None])
        for layer in stages[start:end]:
            one = seen(inside, layer, values[layer.name])
            whole = one if layer.name == name else whole
            given.append(_Seen(shrunk(one[:first], THUMBNAIL) if one.ndim == 3 else one[:NUMBERS], len(one)))
        start = end
    return given, whole


def _column(layer: Layer, given: _Seen, places: dict[str, int], shared: bool) -> Column:
    maps = given.few.ndim == 3
    last = places[layer.name] == len(places) - 1
    return Column(
        name=layer.name,
        kind=layer.kind,
        size="×".join(map(str, layer.shape)),
        sort="maps" if maps else "answer" if last else "numbers",
        pictures=maps_of(given.few if maps else given.few[None, :, None], shared=shared),
        count=given.count,
        takes=tuple(places[name] for name in layer.takes if name in places),
        mixes=layer.multiply_adds != 0 and "epthwise" not in layer.kind,
    )


def _bars(probabilities: np.ndarray, labels: tuple[str, ...]) -> list[tuple[str, float]]:
    """The likeliest classes in their own order, with their probabilities; none where these are no numbers."""
    if not np.isfinite(probabilities).all():
        return []
    likeliest = np.sort(np.argsort(-probabilities, kind="stable")[:BARS])
    return [(labels[each], float(probabilities[each])) for each in likeliest]


def _one_layer(inside: Inside, layer: Layer, values: np.ndarray, number: int, first: int, shared: bool) -> None:
    """What a layer is and why its maps have their size, all of its maps if there are many, and one of them large."""
    card = inside.model.card
    st.markdown(_layer_words(layer, values))
    if values.ndim == 1:
        rows = as_rows(values)
        _large(f"{card.name} {layer.name}", card.title, f"{layer.name}: {_count(values)}, row by row", rows, "number")
        return
    one = values[number]
    text = f"Map {number + 1} of {layer.name}, {one.shape[0]} × {one.shape[1]}"
    with _large(f"{card.name} {layer.name} map {number + 1}", card.title, text, one, "pixel"):
        _kernel(inside, layer, number, len(values))
    if len(values) > first:
        few = values[:GALLERY]
        gallery(
            "maps",
            enlarged(maps_of(shrunk(few, THUMBNAIL), shared=shared), SIDE),
            [f"map {place} of {layer.name}" for place in range(1, len(few) + 1)],
            chosen=number,
            hint=f"The {len(few)} maps of {layer.name}",
            on_click=lambda index: _pick(layer.name, index),
        )
    if len(values) > 1:
        download(
            f"{card.name} {layer.name} maps",
            f"{card.title}: the {len(values)} maps of {layer.name}, {' × '.join(map(str, values.shape[1:]))} each.",
            lambda figures: _figure(figures, values[:GALLERY], shared),
        )


def _count(values: np.ndarray) -> str:
    many = f"{len(values):,}"
    if values.ndim == 1:
        return f"{many} numbers" if len(values) != 1 else "1 number"
    size = " × ".join(map(str, values.shape[1:]))
    return f"{many} maps of {size}" if len(values) != 1 else f"1 map of {size}"


def _layer_words(layer: Layer, values: np.ndarray) -> str:
    """What a layer is, why its maps have their size, and what one number of it sees."""
    words = f"**{escaped(layer.name)}**, {escaped(layer.kind)}: {_count(values)}."
    if size := size_sum(layer):
        words += f" Why that size: {size}, which is (what it gets + padding − kernel) / stride + 1."
    if layer.receptive_field and layer.receptive_field != (1, 1):
        words += f" One number of it sees {' × '.join(map(str, layer.receptive_field))} pixels of the image."
    if layer.copies > 1:
        words += f" The network looks at {layer.copies} versions of the image; these are of the first."
    return words


def _figure(figures: ModuleType, values: np.ndarray, shared: bool) -> "Figure":
    return figures.maps_side_by_side(values, None, min(len(values), 16), signed=bool(values.min() < 0), shared=shared)


def _large(name: str, title: str, text: str, one: np.ndarray, unit: str) -> st.delta_generator.DeltaGenerator:
    """A map, or numbers in rows, large with its statistics; the place beside it for more."""
    row = st.container(horizontal=True, vertical_alignment="top")
    with row.container(width=LARGE + 10):
        show(maps_of(one[None], shared=True)[0], LARGE, caption=text, alt=text)
        download(name, f"{title}: {text}.", lambda figures: _figure(figures, one[None], shared=True))
    beside = row.container()
    with beside:
        colours = "Red is above zero, blue below." if one.min() < 0 else "Black is 0."
        zero = percent((one == 0).mean(), 0)
        st.markdown(
            f"From **{written(one.min())}** to **{written(one.max())}**, mean {written(one.mean())}, standard "
            f"deviation {one.std():.3g}; {zero} of its {unit}s are exactly 0. {colours}"
        )
    return beside


def _kernel(inside: Inside, layer: Layer, number: int, count: int) -> None:
    """The kernel that made a map."""
    convolution = _maker(inside, layer.name, count)
    if not convolution:
        return
    filters, biases = inside.kernels(convolution)
    st.markdown(f"Made by kernel {number + 1} of {escaped(convolution)}, bias {written(biases[number])}:")
    with st.container(horizontal=True):
        for place, part in enumerate(filters[number][:SLICES], 1):
            show(signed(part), SLICE, caption="", alt=f"slice {place} of the kernel")
    if filters.shape[1] > SLICES:
        st.caption(f"The first {SLICES} of its {filters.shape[1]} slices, one for each map that it reads.")


def _maker(inside: Inside, name: str, count: int) -> str:
    """The convolution that a layer's maps come from, if only ReLU, pooling or the like lie between; else ""."""
    by_name, known = {layer.name: layer for layer in stages_of(inside)}, set(_convolutions(inside))
    while name not in known:
        layer = by_name.get(name)
        if layer is None or len(layer.takes) != 1 or layer.multiply_adds != 0:
            return ""
        name = layer.takes[0]
    return name if len(inside.kernels(name)[0]) == count else ""
