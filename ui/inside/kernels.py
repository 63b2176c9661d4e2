"""The kernels of a network: all of a convolution, one in numbers, and the first ones before and after training."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.evaluation import records
from invariance.inside.architecture import convolutions
from invariance.inside.values import Inside
from ui.drawing.download import download
from ui.drawing.pictures import maps_of, show, signed
from ui.networks import Shown, inside_of
from ui.widgets.atlas import atlas
from ui.words import escaped

ONE_SIDE = 194  # screen pixels of the enlarged kernel
NUMBERS = 360  # screen pixels of its numbers
BESIDE_SIDE = 66  # and of one before and after training
BESIDE = 12  # kernels that are shown before and after training


def coloured(filters: np.ndarray, *, shared: bool) -> np.ndarray:
    """float (outputs, inputs, h, w) -> uint8 (outputs, inputs, 3, h, w): blue below zero, white at zero, red above."""
    flat = filters.reshape(-1, *filters.shape[2:])
    pictures = maps_of(flat, shared=shared)
    if pictures.shape[1] == 1:  # a layer without negative weights is drawn like the others
        full = float(flat.max()) if shared else None
        pictures = np.stack([signed(each, full) for each in flat])
    return pictures.reshape(*filters.shape[:2], *pictures.shape[1:])


def kernels(inside: Inside) -> None:
    """All kernels of a convolution in one picture; the one that is picked large and in numbers."""
    names = convolutions(inside)
    card = inside.model.card
    if not names:
        st.info("This network has no convolution of images.")
        return
    name = st.selectbox("Convolution", names, key=f"convolution_{card.name}")
    filters, biases = inside.kernels(name)
    outputs, inputs, height, width = filters.shape
    shared = st.toggle("One scale for all kernels", value=True, help="Off: each by its own largest weight.")
    pictures = coloured(filters, shared=shared)
    largest = float(np.abs(filters).max())
    many = "one slice" if inputs == 1 else f"{inputs} slices, one below the other"
    st.markdown(
        f"**{outputs} kernels**, side by side, of {many}, {height} × {width} each. Blue is below zero, white is zero, "
        + (f"red above, up to ±{largest:.3g}." if shared else "red above, each up to its own largest weight.")
    )
    state = f"kernel_{card.name}_{name}"
    chosen = min(st.session_state.get(state, 0), outputs * inputs - 1)
    atlas(
        "atlas",
        pictures,
        names="kernel {output}, slice {slice}",
        chosen=chosen,
        hint=f"The {outputs} kernels of {name}, each of {inputs} slices.",
        on_click=lambda index: st.session_state.update({state: index}),
    )
    caption = f"{card.title}, {name}: {outputs} kernels of {many}, {height} × {width} each."
    below = filters.swapaxes(0, 1).reshape(-1, height, width)  # a column a kernel, a row a slice
    download(
        f"{card.name} {name} kernels",
        caption,
        lambda figures: figures.maps_side_by_side(below, None, outputs, signed=True, shared=shared),
    )

    output, part = divmod(chosen, inputs)
    one = filters[output, part]
    text = f"Kernel {output + 1}, slice {part + 1} of {name}"
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width=ONE_SIDE + 10):
            show(pictures[output, part], ONE_SIDE, caption=text, alt=f"{text}, enlarged")
        with st.container(width=NUMBERS):
            rows = [" & ".join(f"{value:.3f}" for value in row) for row in one]
            st.latex(r"\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}")
            st.caption(
                f"Sum {one.sum():.3g}, root of the sum of squares {np.linalg.norm(one):.3g}; the kernel's bias "
                f"is {biases[output]:.3g}."
            )
    download(
        f"{card.name} {name} kernel {output + 1}.{part + 1}",
        f"{card.title}: {text}.",
        lambda figures: figures.table_of_kernel(one),
    )


def before_and_after(shown: Shown) -> None:
    """The kernels of the first convolution as training found them and as it left them."""
    inside, path = inside_of(shown.model), shown.path
    try:
        record = {} if shown.own else records.read(path)
    except UserError as error:
        st.warning(escaped(error))
        return
    started = record.get("training", {}).get("first_filters")
    if started is None or record.get("sha256") != inside.model.sha256:
        known = not shown.own
        st.info(
            "How this network's first kernels looked before training is not recorded beside its file."
            + (f" Training it anew records it: python -m training {escaped(path.stem)}" if known else "")
        )
        return
    name = started["layer"]
    before = np.reshape(started["values"], started["shape"]).astype(np.float32)
    after = inside.kernels(name)[0] if name in convolutions(inside) else np.empty(0)
    if after.shape != before.shape:
        st.warning(escaped(f"{path.stem}.json is damaged: its first filters are not of a convolution of this network."))
        return
    change = float(np.linalg.norm(after - before) / np.linalg.norm(before))
    st.markdown(
        f"Training starts from random numbers. The kernels of **{escaped(name)}** moved by **{change:.2f}** times "
        r"their own size ($\lVert \text{after} - \text{before} \rVert / \lVert \text{before} \rVert$). Look for "
        "edges, blobs and colours that were not there before."
    )
    count = min(BESIDE, len(before))
    full = float(max(np.abs(before).max(), np.abs(after).max()))
    for said, filters in (("Before training", before), ("After training", after)):
        st.markdown(said)
        with st.container(horizontal=True):
            for number, kernel in enumerate(filters[:count], 1):
                show(_seen(kernel, full), BESIDE_SIDE, caption="", alt=f"kernel {number} of {name}, {said.lower()}")
    if len(before) > count:
        st.caption(f"The first {count} of {len(before)} kernels, all on one scale.")

    both = np.concatenate([before[:count].mean(1), after[:count].mean(1)])
    title = inside.model.card.title
    download(
        f"{path.stem} before and after",
        f"{title}, {name}: kernels before and after training; the mean over their slices.",
        lambda figures: figures.maps_side_by_side(both, ["before", "after"], count, signed=True, shared=True),
    )


def _seen(kernel: np.ndarray, full: float) -> np.ndarray:
    """float (inputs, h, w) -> uint8 (3, h, w): three slices as red, green and blue, grey at zero; else blue to red."""
    if len(kernel) == 3:
        return np.clip((kernel / full + 1) * 127.5, 0, 255).round().astype(np.uint8)
    return signed(kernel.mean(0), full)
