"""What the page Convolution shows beside a sliding kernel: an image in numbers, three stages, a learned kernel."""

import numpy as np
import streamlit as st

from invariance.images.pixels import grey, to_uint8
from invariance.number_words import number, percent
from invariance.operators.activations import relu
from invariance.operators.convolution import convolve
from invariance.operators.kernels import KERNELS
from invariance.operators.pooling import max_pool
from invariance.operators.windows import padding_for
from ui.drawing.pictures import brightness, signed
from ui.drawing.shown import offer_grids, pictures
from ui.lessons.sliding import Chosen, slide
from ui.networks import Shown, inside_of
from ui.picking.remembered import remembered
from ui.widgets.pixels import pixels
from ui.widgets.sliding_kernel import Knobs

STAGE_SIDE = 256  # screen pixels, without a border
STAGE_PIXELS = 256  # a photo is reduced to at most so many a side before it goes through the stages


def as_numbers(image: np.ndarray) -> str:
    """An image (C, H, W) as the numbers that it is.

    Returns:
        How many there are, in a sentence.
    """
    st.markdown(
        "A grey pixel is one number, 8 bits: 0 is black, 255 is white."
        if len(image) == 1
        else "A colour pixel is three numbers, how much red, green and blue: 3 × 8 = 24 bits."
    )
    pixels("pixels", image)
    colours = ("red", "green", "blue") if len(image) > 1 else ("grey",)
    offer_grids(
        "image in numbers",
        [(colour, values, []) for colour, values in zip(colours, to_uint8(image), strict=True)],
        "An image as the numbers that it is: 0 is black, 255 all the light that there is.",
        signed=False,
    )
    channels, height, width = image.shape
    colours = f" and {channels} colours" if channels > 1 else ""
    return (
        f"To a computer, {height} × {width} pixels{colours} are {image.size:,} numbers, {8 * image.size:,} bits; "
        f"{percent(float((to_uint8(image) == 0).mean()), 0)} of them are 0."
    )


def stages(photo: np.ndarray, caption: str) -> str:
    """Convolution with a bottom Sobel, ReLU and max pooling on a picture (C, H, W), each with its size and range.

    Returns:
        What is left, in a sentence.
    """
    page = grey(photo)
    step = -(-max(page.shape) // STAGE_PIXELS)
    height, width = (size // step * step for size in page.shape)
    page = page[:height, :width].reshape(height // step, step, width // step, step).mean((1, 3))
    kernel = KERNELS["sobel_bottom"]
    convolved = convolve(page, kernel.matrix, padding="same")
    rectified = relu(convolved)
    pooled = max_pool(rectified, padding=(0, 1) if 1 in (rectified.shape[0] % 2, rectified.shape[1] % 2) else 0)
    removed = float((convolved < 0).mean())
    parts = (
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
    pictures(
        "stages",
        [(picture, f"{text}. {_size_and_range(values)}") for picture, values, text in parts],
        side,
        caption=f"Detect, isolate, condense: {kernel.title}, ReLU and max pooling, one after the other.",
    )
    st.markdown(
        "The Sobel kernel answers strongly where the picture grows brighter downwards. ReLU keeps those places and "
        "drops the opposite ones. Pooling keeps of every 2 × 2 pixels the strongest answer: a quarter of the numbers, "
        "the same edges, a little less sure where."
    )
    rows, columns = pooled.shape
    return (
        f"From {page.size:,} pixels to {pooled.size:,} numbers that say where it grows brighter downwards: ReLU drops "
        f"the {percent(removed, 0)} that grow darker, pooling keeps {rows} × {columns}."
    )


def _size_and_range(values: np.ndarray) -> str:
    rows, columns = values.shape
    return f"{rows} × {columns}, from {number(values.min(), '.2f')} to {number(values.max(), '.2f')}"


def learned(shown: Shown, image: np.ndarray, layer: str) -> str:
    """The same window with a network's own kernel on the digit that it is given, against the network's own map.

    Returns:
        What the kernel says where the window lies, in a sentence.
    """
    inside = inside_of(shown.model)
    filters, biases = inside.kernels(layer)
    which = [str(place) for place in range(1, len(filters) + 1)]
    index = which.index(remembered("learned_kernel", which, str, "Kernel"))
    inner = inside.values(["normalise", layer], image[None])
    normalised, own_map = inner["normalise"][0], inner[layer][0, index]
    bias = float(biases[index])
    padding = (padding_for("same", filters.shape[2]), padding_for("same", filters.shape[3]))
    name = f"{shown.model.sha256} {index} {hash(image.tobytes())}"
    _, said = slide("learned", Chosen(normalised, filters[index], Knobs(padding=padding, bias=round(bias, 6)), name))
    ours = convolve(normalised, filters[index], padding="same", bias=bias)
    st.markdown(
        "The input is the digit as the network prepares it: less the mean of all digits' pixels, and divided by their "
        f"spread. All {own_map.size} sums together are the network's own map {index + 1} of its layer {layer}: they "
        f"differ by at most **{np.abs(ours - own_map).max():.1e}**, which is rounding."
    )
    return said
