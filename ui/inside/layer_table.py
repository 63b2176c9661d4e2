"""A network as a drawing and a table, and what its convolutions save against fully connected layers."""

from types import ModuleType

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from invariance.inside.architecture import Layer, Summary, convolutions, layers, sharing, summary
from invariance.inside.sizes import UNKNOWN, size_sum, window_words
from invariance.inside.values import Inside
from invariance.number_words import percent
from ui.caching import keeping
from ui.drawing.download import download
from ui.drawing.shown import table
from ui.words import escaped


def layer_table(inside: Inside, beside: DeltaGenerator, below: DeltaGenerator) -> None:
    """The network as volumes in proportion and its totals in one place, its layers as a table in another."""
    network_layers, total = layers(inside), summary(inside)
    with beside:
        _drawn(inside, network_layers, total)
    with below:
        _table(network_layers, total, inside.model.card.title)


def _drawn(inside: Inside, network_layers: list[Layer], total: Summary) -> None:
    card = inside.model.card
    shapes = [("image", card.shape), *((layer.name, layer.shape) for layer in network_layers)]
    st.image(
        _volumes(tuple(shapes)),
        width="stretch",
        alt=f"The {len(network_layers)} layers as volumes; the table has their sizes",
    )
    download(
        f"{card.name} architecture",
        f"{card.title}: {len(network_layers)} layers, {total.parameters:,} parameters. Boxes are as high as the maps "
        "and as thick as the square root of their number.",
        lambda figures: figures.volumes(shapes),
    )
    row = st.container(horizontal=True)
    row.metric("Parameters", f"{total.parameters:,}", border=True)
    row.metric("Trainable", f"{total.trainable:,}", border=True)
    row.metric("Multiply-adds, one image", f"{total.multiply_adds:,}", border=True)
    row.metric("Input, MB", f"{total.input_mb:.3f}", border=True)
    row.metric("Forward pass, MB", f"{total.forward_mb:.2f}", border=True)
    row.metric("Parameters, MB", f"{total.parameters_mb:.2f}", border=True)


def _table(network_layers: list[Layer], total: Summary, title: str) -> None:
    windows = [window_words(layer) for layer in network_layers]
    table(
        f"{title} layers",
        [
            {
                "layer": layer.name,
                "type": layer.kind,
                "output shape": " × ".join(map(str, layer.shape)),
                "kernel": kernel,
                "stride": stride,
                "padding": padding,
                "parameters": _counted(layer.parameters),
                "multiply-adds": _counted(layer.multiply_adds),
                "sees, pixels": " × ".join(map(str, layer.receptive_field)) if layer.receptive_field else "",
            }
            for layer, (kernel, stride, padding) in zip(network_layers, windows, strict=True)
        ],
        alt="Every layer with its type, output shape, kernel, stride, padding, parameters, multiply-adds and receptive "
        "field",
        caption=f"The layers of {title}.",
    )
    if sums := [(layer.name, text) for layer in network_layers if (text := size_sum(layer))]:
        name, text = sums[0]
        st.markdown(
            f"**Why is a map as large as it is?** (What the layer gets + padding − kernel) / stride + 1. "
            f"For {escaped(name)}: {text}. A padding of 1 is a row or column of zeros at each side."
        )
    if total.uncounted:
        st.caption(f"The totals leave out what can't be told: {escaped(', '.join(total.uncounted))}.")
    st.caption(
        "1 MB is 2²⁰ bytes; a number takes 4. “Sees, pixels” is the receptive field: the patch of the image that one "
        "number depends on."
    )


def _counted(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


def shared(inside: Inside) -> None:
    """Every convolution against a fully connected layer of the same input and output, as numbers and one picture."""
    rows = []
    for name in convolutions(inside):
        counts = sharing(inside, name)
        rows.append(
            {
                "convolution": name,
                "connections": f"{counts.connections:,}",
                "fully connected": f"{counts.full_connections:,}",
                "share of the connections": percent(counts.connections / counts.full_connections),
                "parameters": f"{counts.parameters:,}",
                "parameters if fully connected": f"{counts.full_parameters:,}",
                "a parameter is used": f"{counts.connections / counts.parameters:,.0f} times",
            }
        )
    if not rows:
        st.info("This network has no convolution of images.")
        return
    first = rows[0]["convolution"]
    filters, _ = inside.kernels(first)
    width = filters.shape[3]
    caption = (
        f"One row of {first}'s kernel, {width} wide, and a fully connected layer between as many inputs (below) and "
        "outputs (above). A colour is one weight: the convolution uses the same few everywhere; the fully connected "
        "layer has one of its own for each line."
    )

    st.image(_connections(width), width="stretch", alt=caption)
    st.caption(escaped(caption))
    download(f"{inside.model.card.name} {first} connections", caption, lambda figures: figures.connections(width))
    table(
        f"{inside.model.card.name} sparse and shared",
        rows,
        alt="Connections and parameters of each convolution and of a full layer",
        caption=f"{inside.model.card.title}: connections and parameters of each convolution and of a full layer.",
    )


def _figures() -> ModuleType:
    from ui.drawing import figures  # late: matplotlib takes a while to load

    return figures


@keeping(2_000_000)
def _volumes(shapes: tuple[tuple[str, tuple[int, ...]], ...]) -> str:
    return _figures().as_svg(_figures().volumes(list(shapes)))


@keeping(2_000_000)
def _connections(width: int) -> str:
    return _figures().as_svg(_figures().connections(width))
