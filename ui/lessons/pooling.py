"""What the page Pooling shows: rounds of pooling, every operator under a shift, numbers on a small grid, all shifts."""

import numpy as np
import streamlit as st

from invariance.bench.shift_errors import shift_errors
from invariance.images.pixels import grey, to_uint8
from invariance.images.resizing import area_resize
from invariance.number_words import percent
from invariance.operators import OPERATORS
from invariance.operators.pooling import average_pool, max_pool
from invariance.operators.shapes import SHAPES
from invariance.transforms.translation import roll
from ui.caching import keeping
from ui.drawing.pictures import brightness, show
from ui.widgets.film import Reel, film

SIDE = 64  # pixels of the image that is pooled
YOURS = "your picture"
SHIFTS = np.arange(-16, 17) / 2  # pixels
FILM_SIDE = 64  # pixels of every picture under the slider: small outputs are enlarged by whole factors
ROUND_SIDE = 130  # screen pixels
WHITE_AT = 1.5  # relative change that is drawn white in the maps of all shifts
GRID = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 9, 0, 0, 0],
        [0, 0, 9, 2, 0, 0],
        [0, 3, 9, 2, 0, 0],
        [0, 0, 9, 0, 0, 1],
        [0, 0, 0, 0, 1, 0],
    ],
    np.float32,
)


def choose(picture: np.ndarray | None) -> np.ndarray:
    """float32 (SIDE, SIDE) in [0, 1]: a shape of a radius, or the person's picture (C, H, W) in grey."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    options = list(SHAPES) + ([YOURS] if picture is not None else [])
    name = row.selectbox("What is pooled", options, key="pooled", width=220)
    if name == YOURS:
        return area_resize(grey(picture)[None], SIDE)[0]
    radius = row.number_input("Radius, pixels", 2, SIDE // 2 - 1, 8, key="pooled_radius", width=160)
    return SHAPES[name](SIDE, radius)


def drag(image: np.ndarray) -> None:
    """The image and what every operator makes of it, while it moves to the right and back around the edge."""
    inputs = np.concatenate([roll(image[None, None], shift)[:, 0] for shift in SHIFTS])  # (A, H, W)
    reels = [Reel("the image: drag it", to_uint8(inputs)[:, None], ["" for _ in SHIFTS])]
    for operator in OPERATORS.values():
        outputs = operator.apply(inputs)
        still = outputs[len(SHIFTS) // 2]
        scale = max(float(np.linalg.norm(still)), 1e-12)
        texts = [f"changed by {percent(np.linalg.norm(each - still) / scale, 0)}" for each in outputs]
        zoom = FILM_SIDE // outputs.shape[1]
        frames = to_uint8(outputs / max(float(outputs.max()), 1e-12))
        reels.append(Reel(operator.title, frames.repeat(zoom, 1).repeat(zoom, 2)[:, None], texts))
    film(
        "drag",
        reels,
        [f"{shift:g} px" for shift in SHIFTS],
        name="Shift to the right, pixels",
        start=len(SHIFTS) // 2,
        pixels=float(SHIFTS[1] - SHIFTS[0]),
    )


def rounds(image: np.ndarray) -> None:
    """Max and average pooling, one round after the other, with the size after each."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    window = row.number_input("Window, pixels", 2, 8, 2, width=140)
    stride = row.number_input("Stride, pixels", 1, 8, 2, width=140)
    count = row.number_input("Rounds", 1, 6, 4, width=140)
    for title, pool in (("Max", max_pool), ("Average", average_pool)):
        st.markdown(f"**{title} pooling**")
        with st.container(horizontal=True):
            current = image
            for number in range(count + 1):
                if number:
                    if min(current.shape) < window:
                        st.caption(f"Round {number}: the window of {window} no longer fits.")
                        break
                    current = pool(current, window, stride)
                height, width = current.shape
                text = f"{height} × {width}" + ("" if number else ", as it is")
                show(brightness(current), ROUND_SIDE, caption=text, alt=f"{title} pooling, round {number}: {text}")
    st.caption("White is the largest value of each picture; each picture is drawn as large as the first.")


def numbers() -> None:
    """Every operator on a small grid, in numbers."""
    st.latex(_matrix(GRID))
    columns = st.columns(4)
    for place, operator in enumerate(OPERATORS.values()):
        with columns[place % len(columns)]:
            st.markdown(f"**{operator.title}**")
            st.latex(_matrix(operator.apply(GRID)))


def _matrix(values: np.ndarray) -> str:
    rows = [" & ".join(f"{value:.2f}".rstrip("0").rstrip(".") for value in row) for row in values]
    return r"\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}"


@keeping(8_000_000, "Trying every shift …")
def _errors(name: str, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return shift_errors(OPERATORS[name].apply, image)


def all_shifts(image: np.ndarray) -> None:
    """For every operator and every circular shift, how much the output changes, and how much after moving it back."""
    for operator in OPERATORS.values():
        change, misaligned = _errors(operator.name, image)
        left, middle, right = st.columns([1, 1, 2], vertical_alignment="center")
        for column, values, formula in (
            (left, change, "‖P(shift x) − P(x)‖"),
            (middle, misaligned, "‖P(shift x) − shift P(x)‖"),
        ):
            centred = np.fft.fftshift(np.minimum(values, WHITE_AT))
            text = f"{formula} ÷ ‖P(x)‖: mean {_mean(values)}, largest {values.max():.2f}"
            with column:
                show((centred / WHITE_AT)[None].astype(np.float32), 130, caption=text, alt=f"{operator.title}: {text}")
        with right:
            st.markdown(f"**{operator.title}.** {_verdict(change, misaligned)} {operator.about}")
            st.caption(operator.source)


def _mean(values: np.ndarray) -> str:
    finite = values[np.isfinite(values)]
    return f"{finite.mean():.2f}"


def _verdict(change: np.ndarray, misaligned: np.ndarray) -> str:
    """What the numbers say, in a sentence; the shift by nothing is left out."""
    exact = 1e-5  # rounding of float32
    shifted = np.ones(change.shape, bool)
    shifted[0, 0] = False
    if change.max() < exact:
        return "Invariant: no shift changes it at all."
    moved = float((misaligned[shifted] < exact).mean())
    if moved == 1:
        return "Equivariant: under every shift the output only moves."
    return f"Under {percent(moved, 0)} of the shifts the output only moves; under the others it changes."
