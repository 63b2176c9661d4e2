"""What the page Convolution asks and says: image, kernel and knobs, the size formula, and three stages on a photo."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.images.pixels import grey
from invariance.number_words import percent
from invariance.operators.activations import relu
from invariance.operators.convolution import convolve
from invariance.operators.kernels import KERNELS
from invariance.operators.pooling import max_pool
from invariance.operators.shapes import checkerboard, vertical_line
from invariance.operators.windows import fit, padding_for
from ui.drawing.pictures import brightness, show, signed
from ui.drawing.shown import table
from ui.networks import Shown, inside_of
from ui.widgets.sliding_kernel import Knobs, sliding_kernel
from ui.words import escaped

DRAWN = {"a line, 7 × 8": vertical_line, "a checkerboard": lambda: checkerboard(8, 1)}
YOURS = "your picture"
OWN = "a kernel of your own"
PADDINGS = ("valid", "same", "full", "p =")
LARGEST_KERNEL, LARGEST_STRIDE, LARGEST_PADDING = 7, 4, 7
STAGE_SIDE = 256  # screen pixels, without a border
STAGE_PIXELS = 256  # a photo is reduced to at most so many a side before it goes through the stages


class Chosen(NamedTuple):
    """What the person chose above the sliding window."""

    image: np.ndarray  # float32 (C, H, W)
    kernel: np.ndarray  # float32 (C, k1, k2), before edits
    knobs: Knobs
    name: str  # another one for any other image or kernel


def choose(picture: np.ndarray | None) -> Chosen:
    """The knobs above the sliding window; picture: float32 (C, H, W) of the person's, None if there is none."""
    images = list(DRAWN) + ([YOURS] if picture is not None else [])
    row = st.container(horizontal=True, vertical_alignment="bottom")
    image_name = row.selectbox("Image", images, key="slid_image", width=170)
    titles = [kernel.title for kernel in KERNELS.values()]
    title = row.selectbox("Kernel", [*titles, OWN], key="slid_kernel", width=230)
    if title == OWN:
        rows = row.number_input("Rows", 1, LARGEST_KERNEL, 3, width=110)
        columns = row.number_input("Columns", 1, LARGEST_KERNEL, 3, width=110)
        kernel = np.zeros((rows, columns), np.float32)
        kernel[rows // 2, columns // 2] = 1
    else:
        kernel = next(each.matrix for each in KERNELS.values() if each.title == title)
    stride = row.number_input("Stride", 1, LARGEST_STRIDE, 1, width=110)
    name = row.selectbox("Padding", PADDINGS, index=1, width=110)
    if name == PADDINGS[-1]:
        pixels = row.number_input("p, on each side", 0, LARGEST_PADDING, 1, width=130)
        padding = ((pixels, pixels), (pixels, pixels))
    else:
        padding = (padding_for(name, kernel.shape[0]), padding_for(name, kernel.shape[1]))
    bias = row.number_input("Bias", -10.0, 10.0, 0.0, 0.5, width=120)
    flip = row.toggle("True convolution", help="Turn the kernel by 180° first, as mathematics does; networks do not.")
    image = DRAWN[image_name]()[None] if image_name in DRAWN else picture
    if len(image) > 1 and not row.toggle("Three channels", value=True, help="Red, green and blue apart, or one grey."):
        image = grey(image)[None]
    name = f"{image_name} {title} {kernel.shape} {image.shape} {hash(image.tobytes())}"
    return Chosen(image, np.repeat(kernel[None], len(image), 0), Knobs(stride, padding, bias, flip), name)


def explain(chosen: Chosen, kernel: np.ndarray) -> None:
    """The output's size with the numbers put in, what is left over, and whether flipping matters."""
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


def stages(photo: np.ndarray, caption: str) -> None:
    """Convolution with a bottom Sobel, ReLU and max pooling on a picture (C, H, W), each with its size and range."""
    page = grey(photo)
    step = -(-max(page.shape) // STAGE_PIXELS)
    height, width = (size // step * step for size in page.shape)
    page = page[:height, :width].reshape(height // step, step, width // step, step).mean((1, 3))
    kernel = KERNELS["sobel_bottom"]
    convolved = convolve(page, kernel.matrix, padding="same")
    rectified = relu(convolved)
    pooled = max_pool(rectified, padding=(0, 1) if 1 in (rectified.shape[0] % 2, rectified.shape[1] % 2) else 0)
    removed = float((convolved < 0).mean())
    pictures = (
        (brightness(page), page, f"{caption}, in grey"),
        (signed(convolved), convolved, f"Detect: convolved with {kernel.title}. Red above zero, blue below"),
        (
            brightness(-np.minimum(convolved, 0)),
            np.minimum(convolved, 0),
            "What ReLU takes away, as bright as it is negative",
        ),
        (brightness(rectified), rectified, f"Isolate: ReLU sets the negative {percent(removed, 0)} to 0"),
        (brightness(pooled), pooled, "Condense: the largest of every 2 × 2"),
    )
    side = max(page.shape) * max(1, STAGE_SIDE // max(page.shape)) + 2  # all stages are shown equally large
    with st.container(horizontal=True):
        for picture, values, text in pictures:
            rows, columns = values.shape
            span = f"{rows} × {columns}, from {values.min():.2f} to {values.max():.2f}"
            show(picture, side, caption=f"{text}. {span}", alt=f"{text}; {span}")
    st.markdown(
        "The Sobel kernel answers strongly where the picture grows brighter downwards. ReLU keeps those places and "
        "drops the opposite ones. Pooling keeps of every 2 × 2 pixels the strongest answer: a quarter of the numbers, "
        "the same edges, a little less sure where."
    )


def learned(shown: Shown, image: np.ndarray, layer: str) -> None:
    """The same window with a network's own kernel on the digit that it is given, against the network's own map."""
    inside = inside_of(shown.model)
    filters, biases = inside.kernels(layer)
    number = st.segmented_control("Kernel", range(1, len(filters) + 1), default=1, required=True, key="learned_kernel")
    index = (number or 1) - 1
    inner = inside.values(["normalise", layer], image[None])
    normalised, own_map = inner["normalise"][0], inner[layer][0, index]
    bias = float(biases[index])
    padding = (padding_for("same", filters.shape[2]), padding_for("same", filters.shape[3]))
    knobs = Knobs(padding=padding, bias=round(bias, 6))
    sliding_kernel(
        "learned", normalised, filters[index], knobs, name=f"{shown.model.sha256} {index} {hash(image.tobytes())}"
    )
    ours = convolve(normalised, filters[index], padding="same", bias=bias)
    st.markdown(
        f"The input is the digit as the network sees it, less its mean and divided by its spread. All {own_map.size} "
        f"sums together are the network's own map {index + 1} of its layer {layer}: they differ by at most "
        f"**{np.abs(ours - own_map).max():.1e}**, rounding."
    )
