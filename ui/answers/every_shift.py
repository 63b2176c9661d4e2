"""The person's image at every whole-pixel shift, with every network's answer to each."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST
from invariance.evaluation.consistency import SHIFTS, Shift, shift_map
from invariance.images.pixels import to_uint8
from invariance.measures import softmax
from invariance.model import Model
from invariance.surgery.any_size import with_size
from ui.caching import keeping
from ui.networks import Shown, models_for
from ui.turns import in_turn
from ui.widgets.shift_pad import ShiftAnswers, shift_pad
from ui.words import escaped, verdict

INVARIANT = "mnist-invariant"
BESIDE_IT = ("mnist-shift-polyphase", "mnist-shift-plain")
EVERYWHERE = "circular"  # the shifts that the invariant network is built for, of consistency.SHIFTS
LARGE, NEAR = 64, 8  # pixels: of images with a longer side only shifts so near are tried
ROOM = 2  # black pixels around a digit of 28 x 28, so that the network's two halvings meet a power of two


def every_shift(chosen: list[Shown], image: np.ndarray, label: str, edges: str) -> tuple[int, int]:
    """Show the image, to be dragged about, and what the networks say of it at every shift.

    Args:
        chosen: networks for such images.
        image: float32 (C, H, W) in [0, 1].
        label: what it shows, "" if nobody knows.
        edges: what happens there, a name in consistency.SHIFTS.

    Returns:
        Pixels to the right and down where it was let go last.
    """
    downs, rights = (_steps(SHIFTS[edges], size, colours=len(image) > 1) for size in image.shape[1:])
    if max(image.shape[1:]) > LARGE:
        st.caption(f"Shifts of up to {NEAR} pixels: of a large image every one takes its time.")
    maps = _maps(chosen, image[None], edges, downs, rights)
    answers = [_answers(shown, logits) for shown, logits in zip(chosen, maps, strict=True)]
    # In the session, and as "at" in the page's address.
    right, down = st.session_state.setdefault("moved", _asked())
    at = (right, down) if right in rights and down in downs else (0, 0)  # elsewhere there may be more shifts
    right, down = shift_pad("shifts", to_uint8(image[None]), answers, wraps=SHIFTS[edges].wraps, truth=label, at=at)
    st.session_state.moved = right, down
    st.query_params["at"] = f"{right},{down}"
    return right, down


def one_answer_everywhere(image: np.ndarray, label: str) -> None:
    """Show that the invariant network answers a digit the same at every shift and quarter turn, and others don't.

    image: float32 (1, 28, 28) in [0, 1]; nothing is shown for images of another shape; label: see every_shift().
    """
    if image.shape != MNIST.shape:
        return
    st.header("One answer, wherever it lies")
    named = {shown.model.card.name: shown for shown in models_for(MNIST.name)}
    if INVARIANT not in named:
        st.info(f"The network for this is not in exported/ yet. Make it with: python -m training {INVARIANT}")
        return
    canvas = np.pad(image, ((0, 0), (ROOM, ROOM), (ROOM, ROOM)))
    size = canvas.shape[1]
    turned = np.stack([np.rot90(canvas, quarters, (1, 2)) for quarters in range(4)])
    steps = _steps(SHIFTS[EVERYWHERE], size, colours=False)
    places = len(turned) * size**2
    st.markdown(
        f"Your digit in the middle of {size} × {size} pixels, moved around the edges by every number of whole pixels "
        f"and turned by 0, 90, 180 and 270°: {len(turned)} × {size} × {size} = {places:,} images. "
        f"**{escaped(named[INVARIANT].model.card.title)}** is built so that its answer to all of them is one."
    )
    try:
        models = [
            named[name]._replace(model=_resized(named[name].model, size))
            for name in (INVARIANT, *BESIDE_IT)
            if name in named
        ]
    except UserError as error:
        st.error(escaped(error))
        return
    maps = _maps(models, turned, EVERYWHERE, steps, steps)
    answers = [_answers(shown, logits) for shown, logits in zip(models, maps, strict=True)]
    shift_pad("everywhere", to_uint8(turned), answers, wraps=True, truth="")
    st.markdown(_differences(models, maps, label))


def _differences(models: list[Shown], maps: list[np.ndarray], label: str) -> str:
    """A table in Markdown of how much the answers (4, D, R, classes) of each network differ."""
    rows = [
        f"| Network | Unmoved | Different answers to {maps[0][..., 0].size:,} images | Largest difference of a logit |",
        "|---|---|--:|--:|",
    ]
    for shown, logits in zip(models, maps, strict=True):
        card, answers = shown.model.card, logits.argmax(-1)
        unmoved = card.labels[answers[0, answers.shape[1] // 2, answers.shape[2] // 2]]
        said = f"{escaped(unmoved)} {verdict(unmoved, label)}" if label else escaped(unmoved)
        apart = np.ptp(logits.reshape(-1, logits.shape[-1]), axis=0).max()
        rows.append(f"| {escaped(card.title)} | {said} | {len(np.unique(answers))} | {apart:.6f} |")
    return "\n".join(rows)


def _steps(shift: Shift, size: int, *, colours: bool) -> range:
    """The shifts along a side of size pixels: all there are around the edges, and with black coming in until nothing
    is left; half as far for photos, because networks for them take long, and not far for large ones."""
    if size > LARGE:
        return range(-NEAR, NEAR + 1)
    if shift.wraps:
        return range(-(size // 2), size - size // 2)
    reach = size // 2 if colours else size
    return range(-reach, reach + 1)


def _maps(models: list[Shown], images: np.ndarray, edges: str, downs: range, rights: range) -> list[np.ndarray]:
    """For each network float32 (T, len(downs), len(rights), classes): its logits for every shift of T images."""
    waiting, maps = st.empty(), []
    shifts = f"{len(downs) * len(rights):,} shifts"
    for number, shown in enumerate(models, 1):
        who = f"{escaped(shown.model.card.title)} (network {number} of {len(models)})"
        parts = []
        for turn, image in enumerate(images, 1):
            of = f", turn {turn} of {len(images)}" if len(images) > 1 else ""
            with waiting, st.spinner(f"Asking {who} about {shifts}{of} …"):
                parts.append(_map(shown.model, image, edges, downs, rights))
        maps.append(np.stack(parts))
    return maps


@keeping(32_000_000)
def _map(model: Model, image: np.ndarray, edges: str, downs: range, rights: range) -> np.ndarray:
    """See shift_map()."""
    with in_turn():
        return shift_map(model, image, SHIFTS[edges], downs, rights)


@keeping(20_000_000)
def _resized(model: Model, size: int) -> Model:
    """The model for square images."""
    return with_size(model, size, size)


def _answers(shown: Shown, logits: np.ndarray) -> ShiftAnswers:
    probabilities = softmax(logits.reshape(-1, logits.shape[-1])).reshape(logits.shape)
    return ShiftAnswers(shown.model.card.title, shown.colour, shown.model.card.labels, probabilities)


def _asked() -> tuple[int, int]:
    """Pixels to the right and down that the page's address names, or none."""
    try:
        right, down = map(int, st.query_params.get("at", "").split(","))
    except ValueError:
        return 0, 0
    return right, down
