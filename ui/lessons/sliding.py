"""A kernel that slides over an image: what is chosen of both, what it says, and the size formula."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.images.pixels import grey
from invariance.number_words import number
from invariance.operators.convolution import convolve
from invariance.operators.kernels import KERNELS
from invariance.operators.shapes import checkerboard, vertical_line
from invariance.operators.windows import fit, padding_for
from ui.drawing.shown import offer_grids, table
from ui.picking.remembered import if_finite, one_of, whole_number
from ui.widgets.sliding_kernel import Knobs, Slid, sliding_kernel
from ui.words import escaped

DRAWN = {"a line, 7 × 8": vertical_line, "a checkerboard": lambda: checkerboard(8, 1)}
YOURS = "your picture"
OWN = "a kernel of your own"
PADDINGS = ("valid", "same", "full", "p =")
LARGEST_KERNEL, LARGEST_STRIDE, LARGEST_PADDING, LARGEST_BIAS = 7, 4, 7, 10.0
LARGEST_OUTPUT = 10_000  # cells, more than any image here has


class Chosen(NamedTuple):
    """What the person chose above the sliding window."""

    image: np.ndarray  # float32 (C, H, W)
    kernel: np.ndarray  # float32 (C, k1, k2), before edits
    knobs: Knobs
    name: str  # another one for any other image or kernel


def choose_image() -> str:
    """The name of what the kernel slides over: one of DRAWN, or YOURS."""
    return one_of("slid_image", "Image", [*DRAWN, YOURS], width=170)


def choose(image_name: str, picture: np.ndarray | None) -> Chosen:
    """The knobs beside the image; picture: float32 (C, H, W) of the person's, where that is what was chosen."""
    title = one_of("slid_kernel", "Kernel", [*(kernel.title for kernel in KERNELS.values()), OWN], width=230)
    if title == OWN:
        rows = whole_number("slid_rows", "Rows", 1, LARGEST_KERNEL, 3, 110)
        columns = whole_number("slid_columns", "Columns", 1, LARGEST_KERNEL, 3, 110)
        kernel = np.zeros((rows, columns), np.float32)
        kernel[rows // 2, columns // 2] = 1
    else:
        kernel = next(each.matrix for each in KERNELS.values() if each.title == title)
    stride = whole_number("slid_stride", "Stride", 1, LARGEST_STRIDE, 1, 110)
    name = one_of("slid_padding", "Padding", list(PADDINGS), "same", 110)
    if name == PADDINGS[-1]:
        pixels = whole_number("slid_p", "p, on each side", 0, LARGEST_PADDING, 1, 130)
        padding = ((pixels, pixels), (pixels, pixels))
    else:
        padding = (padding_for(name, kernel.shape[0]), padding_for(name, kernel.shape[1]))
    bias = st.number_input(
        "Bias",
        -LARGEST_BIAS,
        LARGEST_BIAS,
        0.0,
        0.5,
        key="slid_bias",
        bind=if_finite("slid_bias"),
        persist_state="session",
        width=120,
    )
    flip = st.toggle(
        "True convolution",
        key="slid_flip",
        bind="query-params",
        persist_state="session",
        help="Turn the kernel by 180° first, as mathematics does; networks do not.",
    )
    image = DRAWN[image_name]()[None] if picture is None else picture
    if len(image) > 1 and not st.toggle(
        "Three channels",
        True,
        key="slid_colour",
        bind="query-params",
        persist_state="session",
        help="Red, green and blue apart, or one grey.",
    ):
        image = grey(image)[None]
    name = f"{image_name} {title} {kernel.shape} {image.shape} {hash(image.tobytes())}"
    return Chosen(image, np.repeat(kernel[None], len(image), 0), Knobs(stride, padding, bias, flip), name)


def slide(name: str, chosen: Chosen) -> tuple[np.ndarray, str]:
    """The kernel sliding over the image.

    name: of what the page's address holds of it: NAME_at is where the window lies and how many cells are filled,
    NAME_numbers what the person made of the kernel.

    Returns:
        The kernel (C, k1, k2) with the person's edits, and what the kernel says where the window lies, in a sentence.
    """
    state, query = st.session_state, st.query_params
    kernel, knobs = chosen.kernel, chosen.knobs
    first = Slid(_typed(query.get(f"{name}_numbers"), kernel), *_place(query.get(f"{name}_at", "")))
    seen, moved_by, last = state.get(f"{name}_last", (chosen.name, knobs, first))
    if seen != chosen.name:
        last = Slid(kernel, -1, 0)
    elif moved_by != knobs:
        last = Slid(last.kernel, -1, 0)
    slid = sliding_kernel(f"{name}_window", chosen.image, kernel, knobs, name=chosen.name, start=last)
    state[f"{name}_last"] = chosen.name, knobs, slid
    for part, value in (
        ("at", "" if slid.at < 0 and not slid.filled else f"{slid.at},{slid.filled}"),
        ("numbers", "" if np.array_equal(slid.kernel, kernel) else _written(slid.kernel)),
    ):
        if value:
            query[f"{name}_{part}"] = value
        else:
            query.pop(f"{name}_{part}", None)
    try:
        padded = np.pad(chosen.image, ((0, 0), *knobs.padding))
        values = convolve(padded, slid.kernel, stride=knobs.stride, bias=knobs.bias, flip=knobs.flip)
    except UserError:
        return slid.kernel, "The kernel is larger than the image: no window fits. Add padding."
    _offer(name, padded, slid, values, knobs)
    return slid.kernel, finds(values, slid.at)


def _offer(name: str, padded: np.ndarray, slid: Slid, values: np.ndarray, knobs: Knobs) -> None:
    """Offer image (C, H, W) with its padding, kernel and output (H', W') in numbers; in a frame where it lies."""
    window, cell = [], []
    if 0 <= slid.at < values.size:
        row, column = divmod(slid.at, values.shape[1])
        window = [
            (row * knobs.stride + down, column * knobs.stride + across)
            for down, across in np.ndindex(slid.kernel.shape[1:])
        ]
        cell = [(row, column)]
    padding = ", with its padding" if any(map(any, knobs.padding)) else ""
    of = [f", {colour}" for colour in ("red", "green", "blue")] if len(padded) > 1 else [""]
    offer_grids(
        f"{name} kernel over an image",
        [
            *((f"the image{which}{padding}", each, window) for which, each in zip(of, padded, strict=True)),
            *((f"the kernel{which}", each, []) for which, each in zip(of, slid.kernel, strict=True)),
            ("the output", values, cell),
        ],
        f"A kernel slides over an image: stride {knobs.stride}, bias {number(knobs.bias)}, the kernel "
        f"{'turned by 180° first' if knobs.flip else 'as it is'}.",
    )


def _place(text: str) -> tuple[int, int]:
    """The window's cell and how many are filled, as the page's address names them, or none."""
    try:
        at, filled = map(int, text.split(","))
    except ValueError:
        return -1, 0
    return (at, filled) if 0 <= at < filled <= LARGEST_OUTPUT else (-1, 0)


def _written(kernel: np.ndarray) -> str:
    """A kernel (C, k1, k2) in the page's address."""
    return "|".join(";".join(",".join(f"{value:g}" for value in row) for row in channel) for channel in kernel)


def _typed(text: str | None, kernel: np.ndarray) -> np.ndarray:
    """A kernel as _written() gives it, or this kernel (C, k1, k2) where the text holds none of its shape."""
    try:
        numbers = [[row.split(",") for row in channel.split(";")] for channel in (text or "").split("|")]
        with np.errstate(over="ignore"):
            typed = np.array(numbers, kernel.dtype)
    except ValueError:
        return kernel
    return typed if typed.shape == kernel.shape and np.isfinite(typed).all() else kernel


def finds(values: np.ndarray, at: int) -> str:
    """What the kernel says at one cell of its output (H', W'), counted row by row; -1: where it says most."""
    chosen = 0 <= at < values.size
    row, column = divmod(at if chosen else int(values.argmax()), values.shape[1])
    value = values[row, column]
    near = 1e-6 * max(1.0, float(np.abs(values).max()))  # rounding of float32
    larger, smaller = int((values > value + near).sum()), int((values < value - near).sum())
    others = values.size - larger - smaller - 1
    if not larger and not smaller:
        rank = f", as in all {values.size:,} cells" if others else ", its only answer"
    elif larger and smaller:
        rank = f"; of {values.size:,} cells, {larger:,} hold{'s' * (larger == 1)} more and {smaller:,} less"
    else:
        rank = f", the {'smallest' if larger else 'largest'} of {values.size:,} cells"
        rank += f" ({others:,} more {'hold' if others > 1 else 'holds'} the same)" if others else ""
    place = f"row {row}, column {column}"
    said = f"At {place} the kernel answers" if chosen else f"The kernel answers most strongly at {place}:"
    return f"{said} {number(float(value))}{rank}."


def explain(chosen: Chosen, kernel: np.ndarray) -> None:
    """Whether flipping matters; folded: the output's size with the numbers put in, and what is left over."""
    turned = kernel[:, ::-1, ::-1]
    st.markdown(
        "This kernel is the same turned by 180°: convolution and cross-correlation agree."
        if np.array_equal(turned, kernel)
        else "This kernel changes when it is turned by 180°: true convolution and cross-correlation (what networks "
        "call convolution) give different outputs. Flip the switch to see it. A network learns its kernels, so it does "
        "not matter to it which of the two it uses."
    )
    if len(chosen.image) > 1:
        st.markdown("The kernel has one slice a channel; the products of all slices are added into one number.")
    with st.expander("How large the output is, and why"):
        _size(chosen, kernel)
        same_padding()


def _size(chosen: Chosen, kernel: np.ndarray) -> None:
    stride = chosen.knobs.stride
    lines = []
    sizes = zip(chosen.image.shape[1:], kernel.shape[1:], chosen.knobs.padding, strict=True)
    for (axis, letter), (size, window, (before, after)) in zip((("rows", "H"), ("columns", "W")), sizes, strict=True):
        try:
            fitted = fit(size, window, (before, after), stride)
        except UserError as error:
            st.info(escaped(error))
            return
        padding = f"2 \\cdot {before}" if before == after else f"{before} + {after}"
        quotient = rf"\frac{{{size} + {padding} - {window}}}{{{stride}}}"
        whole = quotient if fitted.exact else rf"\left\lfloor {quotient} \right\rfloor"
        lines.append(rf"{letter}' = {whole} + 1 = {fitted.outputs}")
        if not fitted.exact:
            st.markdown(
                "The division leaves a rest: the last window cannot step on, and so many of the image's "
                f"{axis} at the end are seen by no window: **{fitted.unseen}**."
            )
    for line in lines:
        st.latex(line)
    step = "the next one, and the next" if stride == 1 else f"{stride} further on, and again {stride} further"
    st.markdown(
        f"Why: in a row of {size + before + after} numbers, a window {window} wide can begin at the first, at {step}, "
        f"as long as it ends inside: {fitted.outputs} places."
    )


def same_padding() -> None:
    """For each kernel size the p that keeps an image's size."""
    st.markdown(
        "**“Same” padding is not always p = 1.** To keep the size at stride 1, $2p = k - 1$: half of that on each "
        "side. The source's $p = 1$ is right for $k = 3$ only; an even $k$ needs one more pixel on one side."
    )
    what = "Padding before and after that keeps the size, for each kernel size"
    with st.container(width=420):
        table(
            "same padding",
            [
                {"kernel size k": size, "zeros before": pair[0], "zeros after": pair[1]}
                for size in range(1, LARGEST_KERNEL + 1)
                for pair in [padding_for("same", size)]
            ],
            alt=what,
            caption=f"{what}; stride 1.",
        )
