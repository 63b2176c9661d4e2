"""Equivariance and invariance in one picture: a network slides over a wide canvas on which several digits are drawn."""

from pathlib import Path

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST, strokes
from invariance.images.digits import DIGIT_SIDE
from invariance.images.encoding import data_url
from invariance.images.strokes import Stroke, rasterise
from invariance.model import Model
from invariance.number_words import number, percent
from invariance.surgery.sliding import Peak, Sliding, as_one_convolution, peaks
from invariance.transforms.translation import shift
from ui import words
from ui.caching import keeping
from ui.drawing.download import download
from ui.drawing.pictures import signed
from ui.networks import inside_of, models_for
from ui.picking.remembered import if_finite, remembered
from ui.widgets.canvas import Form, drawing

HEIGHT, WIDTH = 56, 168  # pixels of the canvas: two by six of MNIST's images
REACH = DIGIT_SIDE // 2  # pixels: half a window; digits side by side lie farther apart
LARGEST_SHIFT = 60
FAINT = 0.25  # how dark the drawing is that the maps lie on
FIRST = "scratch"
STYLE = (Path(__file__).parent / "several_digits.css").read_text("utf-8")
PAD = Form(aspect=WIDTH / HEIGHT, pen=48, frame=DIGIT_SIDE / HEIGHT)


def _written(digit: int, x: float, y: float, seed: int) -> list[Stroke]:
    """A digit of MNIST's size about a place of the canvas, in units of its height."""
    scale = DIGIT_SIDE / HEIGHT
    return [
        Stroke(stroke.points * scale + (x - scale / 2, y - scale / 2), stroke.width * scale)
        for stroke in strokes.write(digit, np.random.default_rng(seed))
    ]


# Digits that the networks that slide all find; of others, some find more or less than there is.
EXAMPLE = _written(3, 0.28, 0.28, seed=7) + _written(7, 1.3, 0.66, seed=8) + _written(8, 2.3, 0.4, seed=9)


def several_digits() -> str:
    """The section: the pad, a shift, and what a network that slides says of every place; the verdict."""
    left, right = st.columns([3, 2])
    with left:
        drawn = drawing(
            "wide_pad", "wide_strokes", "wide", EXAMPLE, hint="Wide drawing pad: draw several digits, 0 to 9", form=PAD
        )
        st.caption(
            "Draw digits that fit into the dashed square, the size of one image that the network was trained on."
            + (" These are an example: they vanish as soon as you draw." if drawn is None else "")
        )
    with right:
        chosen = _choose()
        by = st.slider(
            "Shift right, in pixels",
            -LARGEST_SHIFT,
            LARGEST_SHIFT,
            0,
            key="wide_shift",
            bind=if_finite("wide_shift"),
            persist_state="session",
        )
    if chosen is None:
        return ""
    canvas = rasterise(EXAMPLE if drawn is None else drawn, HEIGHT, WIDTH)
    if not canvas.any():
        st.info("The canvas is empty: draw some digits.")
        return ""
    model, sliding = chosen
    moved = shift(canvas[None], by)[0]
    evidence = _evidence(model, moved)
    tops = peaks(evidence, REACH)
    _maps(evidence, moved, tops, model.card.labels)
    download(
        f"evidence of {model.card.name}",
        f"{words.letters(model.card.title)} at every place of the canvas, a map for each class: the logit of the "
        "window about it, less that of a black window.",
        lambda figures: figures.maps_side_by_side(evidence, list(model.card.labels), 1, signed=True, shared=True),
    )
    said = f"{words.bold(model.card.title)} sees {_seen(tops, model.card.labels)}."
    if by:
        before = peaks(_evidence(model, canvas), REACH)
        said += f" {_moved(before, tops, by, 1 - float(moved.sum() / canvas.sum()))}"
    st.markdown(_sentence(tops, model.card.labels))
    st.caption(_method(model, sliding))
    return said


def _choose() -> tuple[Model, Sliding] | None:
    """Ask for a network among those that can slide, and say why others can't."""
    that_slide: dict[str, tuple[Model, Sliding]] = {}
    refused = []
    for shown in models_for(MNIST.name):
        sliding = _slide(shown.model)
        if isinstance(sliding, str):
            refused.append(sliding)
        else:
            that_slide[shown.model.card.name] = shown.model, sliding
    if not that_slide:
        st.info(f"There is no network in exported/ that can slide. Make one with: python -m invariance {FIRST}")
        return None
    names = sorted(that_slide, key=lambda name: name != FIRST)
    name = remembered("slides", names, lambda name: that_slide[name][0].card.title, "Network that slides")
    if refused:
        reasons = [words.escaped(reason) for reason in refused]
        st.caption(f"Not every network can: {reasons[0]}", help="\n\n".join(reasons))
    return that_slide[name]


@keeping(200_000_000)
def _slide(model: Model) -> Sliding | str:
    """The network as one convolution, or why it can't be."""
    try:
        return as_one_convolution(inside_of(model))
    except UserError as error:
        return str(error)


@keeping(16_000_000, "Looking at every place …")
def _evidence(model: Model, canvas: np.ndarray) -> np.ndarray:
    """What a network that slides says of every place of a canvas (1, H, W); see Sliding.evidence()."""
    return _slide(model).evidence(canvas)


def _maps(evidence: np.ndarray, canvas: np.ndarray, tops: list[Peak], labels: tuple[str, ...]) -> None:
    """A heat map for each class, all on one scale."""
    full = float(np.abs(evidence).max())
    figures = []
    for values, top, label in zip(evidence, tops, labels, strict=True):
        pixels = np.round(signed(values, full) * (1 - FAINT * canvas)).astype(np.uint8)
        says = f"Evidence for {words.as_html(words.one(label))}: "
        says += f"at most {top.value:.1f}, at row {top.row}, column {top.column}"
        x, y = (100 * (place + 0.5) / size for place, size in ((top.column, WIDTH), (top.row, HEIGHT)))
        figures.append(
            f"<figure{' class=ahead' if top.ahead else ''}><figcaption><b>{words.as_html(label)}</b>"
            f"<span>{top.value:.1f} at ({top.column}, {top.row})</span></figcaption>"
            f'<div class="map"><img src="{data_url(pixels)}" alt="{says}">'
            f'<i style="left:{x:.2f}%;top:{y:.2f}%"></i></div></figure>'
        )
    st.html(
        f'<style>{STYLE}</style><div class="evidence-key"><span class="scale">−{full:.1f}<div></div>+{full:.1f}</span>'
        "<span>evidence; white: as much as for black</span>"
        "<span>○ its largest value, at (x, y) in pixels</span>"
        "<span><em></em> ahead of all other digits near there</span></div>"
        f'<div class="evidence">{"".join(figures)}</div>'
    )


def _seen(tops: list[Peak], labels: tuple[str, ...]) -> str:
    """The digits that are ahead of all others somewhere."""
    ahead = [words.escaped(words.one(label)) for label, top in zip(labels, tops, strict=True) if top.ahead]
    return words.listed(ahead) if ahead else "no digit anywhere"


def _sentence(tops: list[Peak], labels: tuple[str, ...]) -> str:
    """What the maps' largest values answer, and that they are not all right."""
    not_ahead = [(top.value, label) for label, top in zip(labels, tops, strict=True) if not top.ahead]
    said = (
        "The bumps move with the digits (equivariance). The largest value of each map doesn't care where it lies "
        "(invariance)."
    )
    if not_ahead:
        value, label = max(not_ahead)
        said += (
            f" Maps of other digits have bumps too, here up to {value:.1f} for {words.escaped(words.one(label))}: in "
            "training the network never saw an empty place or half a digit, and half of one digit can look like "
            "another."
        )
    return said


def _method(model: Model, sliding: Sliding) -> str:
    down, across = sliding.stride
    copies = f", on {down * across} copies of the canvas shifted against each other because pooling skips pixels"
    said = (
        f"Evidence is the logit of a class for the window of {sliding.window[0]} × {sliding.window[1]} pixels about a "
        "place, less its logit for a black window. The fully connected layers are used as convolutions with the same "
        f"weights, so that one run does for all {HEIGHT} × {WIDTH} windows{copies if down * across > 1 else ''}."
    )
    if sliding.window != model.card.shape[1:]:
        said += (
            f" In training, images of {model.card.shape[1]} × {model.card.shape[2]} pixels had a border of zeros; "
            "here, what lies there is seen."
        )
    return said


def _moved(before: list[Peak], after: list[Peak], by: int, lost: float) -> str:
    """What a shift did to the maps' largest values and to their places; lost: the share of ink that it pushed out."""
    followed = sum(now[1:3] == (old.row, old.column + by) for old, now in zip(before, after, strict=True))
    change = max(abs(now.value - old.value) for old, now in zip(before, after, strict=True))
    same = sum(abs(now.value - old.value) < 0.05 for old, now in zip(before, after, strict=True))
    pushed = f" {percent(lost)} of the ink was pushed out of the canvas." if lost > 0.001 else ""
    amount = number(by, "d")
    return (
        f"Shifted by {amount} px: {followed} of {len(after)} marks moved by just that, and {same} of {len(after)} "
        f"largest values stayed the same (the largest change is {change:.2g}).{pushed}"
    )
