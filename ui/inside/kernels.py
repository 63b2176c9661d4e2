"""The kernels of a network: all of a convolution, one in numbers, and the first ones before and after training."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.evaluation import records
from invariance.inside.architecture import convolutions
from invariance.inside.values import Inside
from invariance.number_words import number
from ui.drawing.download import download
from ui.drawing.pictures import kernel_picture, maps_of, show, signed
from ui.networks import Shown, inside_of
from ui.picking.remembered import one_of
from ui.widgets.atlas import atlas
from ui.words import as_html, escaped

ONE_SIDE = 194  # screen pixels of the enlarged kernel
NUMBERS = 300  # and of its numbers
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
    name = one_of("kernels_of", "Convolution", names)
    filters, biases = inside.kernels(name)
    outputs, inputs, height, width = filters.shape
    shared = st.toggle(
        "One scale for all kernels",
        True,
        key="kernel_scale",
        bind="query-params",
        persist_state="session",
        help="Off: each by its own largest weight.",
    )
    pictures = coloured(filters, shared=shared)
    largest = float(np.abs(filters).max())
    many = "one slice" if inputs == 1 else f"{inputs} slices, one below the other"
    st.markdown(
        f"**{outputs} kernels**, side by side, of {many}, {height} × {width} each. Blue is below zero, white is zero, "
        + (f"red above, up to ±{largest:.3g}." if shared else "red above, each up to its own largest weight.")
    )
    chosen = _picked(outputs, inputs)
    atlas(
        "atlas",
        pictures,
        names="kernel {output}, slice {slice}",
        chosen=chosen,
        hint=f"The {outputs} kernels of {name}, each of {inputs} slices.",
        on_click=lambda index: _pick(*divmod(index, inputs)),
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
            st.html(table_of_numbers(one, text))
            st.caption(
                f"Sum {number(one.sum())}, root of the sum of squares {number(np.linalg.norm(one))}; the kernel's bias "
                f"is {number(biases[output])}."
            )
    download(
        f"{card.name} {name} kernel {output + 1}.{part + 1}",
        f"{card.title}: {text}.",
        lambda figures: figures.table_of_kernel(one),
    )


def table_of_numbers(kernel: np.ndarray, name: str) -> str:
    """A kernel (H, W) as a table in HTML, a row a row; what is wider than the place for it can be scrolled."""
    rows = "".join(
        "<tr>" + "".join(f"<td style='padding:1px 6px'>{value:.3f}</td>" for value in row) + "</tr>" for row in kernel
    )
    return (
        f"<div style='overflow-x:auto' tabindex='0' role='group' aria-label='{as_html(name)}, in numbers'>"
        "<table style='font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap;border-inline:1px solid'>"
        f"{rows}</table></div>"
    ).replace(">-", ">−")


def _picked(outputs: int, inputs: int) -> int:
    """Index of the kernel and slice that the page's address names, or the last visit: kernel by kernel."""
    state = st.session_state
    words = st.query_params.get("kernel", state.get("kernel_looked_at", "1.1")).split(".")
    numbers = [int(word) if word.isascii() and word.isdecimal() and len(word) < 9 else 0 for word in words]
    output, part = numbers if len(numbers) == 2 else (0, 0)
    if not (0 < output <= outputs and 0 < part <= inputs):
        output, part = 1, 1
    _pick(output - 1, part - 1)
    return (output - 1) * inputs + part - 1


def _pick(output: int, part: int) -> None:
    """Remember a kernel and a slice of it, counted from 0, in the address and for the next visit of the page."""
    st.session_state.kernel_looked_at = st.query_params["kernel"] = f"{output + 1}.{part + 1}"


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
    moved = (
        f"moved by **{change:.2f}** times their own size "
        r"($\lVert \text{after} - \text{before} \rVert / \lVert \text{before} \rVert$)."
    )
    if "begin" in inside.model.card.recipe:
        st.markdown(
            f"The kernels of **{escaped(name)}** were computed from patches of training images before the training, "
            f"and are not learned: they {moved}"
        )
    else:
        st.markdown(
            f"Training starts from random numbers. The kernels of **{escaped(name)}** {moved} Look for edges "
            f"and blobs{', and colours,' if before.shape[1] == 3 else ''} that were not there before."
        )
    count = min(BESIDE, len(before))
    full = float(max(np.abs(before).max(), np.abs(after).max()))
    for said, filters in (("Before training", before), ("After training", after)):
        st.markdown(said)
        with st.container(horizontal=True):
            for number, kernel in enumerate(filters[:count], 1):
                text = f"kernel {number} of {name}, {said.lower()}"
                show(kernel_picture(kernel, full), BESIDE_SIDE, caption="", alt=text)
    if len(before) > count:
        st.caption(f"The first {count} of {len(before)} kernels, all on one scale.")

    both = np.concatenate([before[:count].mean(1), after[:count].mean(1)])
    title = inside.model.card.title
    download(
        f"{path.stem} before and after",
        f"{title}, {name}: kernels before and after training; the mean over their slices.",
        lambda figures: figures.maps_side_by_side(both, ["before", "after"], count, signed=True, shared=True),
    )
