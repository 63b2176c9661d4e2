"""The maps of one layer for the person's image; the clicked one large, with its numbers and the kernel behind it."""

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from invariance.inside.architecture import Layer, convolutions, layers
from invariance.inside.values import Inside
from invariance.number_words import percent
from ui.drawing.download import download
from ui.drawing.pictures import enlarged, maps_of, show, signed
from ui.widgets.gallery import gallery
from ui.words import escaped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS = (1, 2)  # the axes of rows and columns; maps of networks that count channels last are not shown
SIDE = 28  # pixels that a map has at least in the gallery, which shows each as two of the screen's
LARGE = 226  # screen pixels of an enlarged map
SLICE = 66  # screen pixels of a slice of its kernel
SLICES = 16  # that are shown at most


def mapped(inside: Inside) -> dict[str, Layer]:
    """The layers whose result is maps (C, H, W), by name."""
    there = set(inside.maps)
    return {layer.name: layer for layer in layers(inside) if layer.name in there and layer.places in (None, ROWS)}


def first_convolution(mapped_layers: dict[str, Layer]) -> int:
    """Its place among layers; 0 if there is none."""
    return next((place for place, layer in enumerate(mapped_layers.values()) if "convolution" in layer.kind.lower()), 0)


def choose_layer(label: str, inside: Inside, mapped_layers: dict[str, Layer], key: str) -> str:
    """Ask for one of a network's layers that have maps; the first convolution until the person chooses."""
    return st.selectbox(
        label,
        list(mapped_layers),
        index=first_convolution(mapped_layers),
        format_func=lambda name: (
            f"{name}: {mapped_layers[name].kind}, {' × '.join(map(str, mapped_layers[name].shape))}"
        ),
        key=f"{key}_{inside.model.card.name}",
    )


def maps(inside: Inside, image: np.ndarray) -> None:
    """All maps of a layer for an image (C, H, W); the clicked one large."""
    mapped_layers = mapped(inside)
    if not mapped_layers:
        st.info("This network has no maps: it takes the image as a row of numbers from the start.")
        return
    name = choose_layer("Layer", inside, mapped_layers, "layer")
    values = inside.values([name], image[None])[name][0].astype(np.float32)
    shared = st.toggle("One scale for all maps", help="Off: each by its own largest value.")
    pictures = maps_of(values, shared=shared)
    state = f"map_{inside.model.card.name}_{name}"
    chosen = min(st.session_state.get(state, 0), len(values) - 1)
    gallery(
        "maps",
        enlarged(pictures, SIDE),
        [f"map {number} of {name}" for number in range(1, len(values) + 1)],
        chosen=chosen,
        hint=f"The {len(values)} maps of {name}",
        on_click=lambda index: st.session_state.update({state: index}),
    )
    title = inside.model.card.title
    download(
        f"{inside.model.card.name} {name} maps",
        f"{title}: the {len(values)} maps of {name}, {' × '.join(map(str, values.shape[1:]))} each.",
        lambda figures: _figure(figures, values, shared),
    )
    _one(inside, name, values, pictures, chosen)


def _figure(figures: ModuleType, values: np.ndarray, shared: bool) -> "Figure":
    return figures.maps_side_by_side(values, None, min(len(values), 16), signed=bool(values.min() < 0), shared=shared)


def _one(inside: Inside, name: str, values: np.ndarray, pictures: np.ndarray, chosen: int) -> None:
    """A map large, with its statistics and the kernel that made it."""
    one = values[chosen]
    row = st.container(horizontal=True, vertical_alignment="top")
    text = f"Map {chosen + 1} of {name}, {one.shape[0]} × {one.shape[1]}"
    with row.container(width=LARGE + 10):
        show(pictures[chosen], LARGE, caption=text, alt=text)
        card = inside.model.card
        download(
            f"{card.name} {name} map {chosen + 1}",
            f"{card.title}: {text}.",
            lambda figures: _figure(figures, one[None], shared=True),
        )
    with row.container():
        colours = "Red is above zero, blue below." if values.min() < 0 else "Black is 0."
        zero = percent((one == 0).mean(), 0)
        st.markdown(
            f"From **{one.min():.3g}** to **{one.max():.3g}**, mean {one.mean():.3g}, standard deviation "
            f"{one.std():.3g}; {zero} of it is exactly 0. {colours}"
        )
        convolution = _maker(inside, name, len(values))
        if convolution:
            filters, biases = inside.kernels(convolution)
            st.markdown(f"Made by kernel {chosen + 1} of {escaped(convolution)}, bias {biases[chosen]:.3g}:")
            with st.container(horizontal=True):
                for number, part in enumerate(filters[chosen][:SLICES], 1):
                    show(signed(part), SLICE, caption="", alt=f"slice {number} of the kernel")
            if filters.shape[1] > SLICES:
                st.caption(f"The first {SLICES} of its {filters.shape[1]} slices, one for each map below.")


def _maker(inside: Inside, name: str, count: int) -> str:
    """The convolution that a layer's maps come from, if only ReLU, pooling or the like lie between; else ""."""
    maker, known = "", convolutions(inside)
    for layer in layers(inside):
        if layer.name in known:
            maker = layer.name
        elif layer.kind in ("Sum", "Side by side") or "convolution" in layer.kind.lower():
            maker = ""
        if layer.name == name:
            break
    return maker if maker and len(inside.kernels(maker)[0]) == count else ""
