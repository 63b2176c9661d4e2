"""The person's image at every whole-pixel shift, with every network's answer to each."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import MNIST
from invariance.evaluation.consistency import SHIFTS, Shift, shift_map
from invariance.images.pixels import to_uint8
from invariance.measures import answered, softmax
from invariance.model import Model
from invariance.surgery.any_size import with_size
from ui.answers.steadiness import Steadiness, steadiness
from ui.caching import keeping
from ui.drawing.download import download
from ui.drawing.shown import written_table
from ui.networks import Shown, models_for
from ui.turns import in_turn
from ui.widgets.shift_pad import Place, ShiftAnswers, shift_pad
from ui.words import bold, escaped, listed, named, verdict

INVARIANT = "mnist-invariant"
BESIDE_IT = ("mnist-shift-polyphase", "mnist-shift-plain")
EVERYWHERE = "circular"  # the shifts that the invariant network is built for, of consistency.SHIFTS
LARGE, NEAR = 64, 8  # pixels: of images with a longer side only shifts so near are tried
ROOM = 2  # black pixels around a digit of 28 x 28, so that the network's two halvings meet a power of two


class Moved(NamedTuple):
    """Where the image was let go last, and what the networks make of it at every shift, own ones first."""

    place: Place
    networks: list[Steadiness]


def every_shift(chosen: list[Shown], image: np.ndarray, label: str, edges: str) -> Moved:
    """Show the image, to be dragged about, and what the networks say of it at every shift.

    Args:
        chosen: networks for such images.
        image: float32 (C, H, W) in [0, 1].
        label: what it shows, "" if nobody knows.
        edges: what happens there, a name in consistency.SHIFTS.
    """
    downs, rights = (_steps(SHIFTS[edges], size, colours=len(image) > 1) for size in image.shape[1:])
    if max(image.shape[1:]) > LARGE:
        st.caption(f"Shifts of up to {NEAR} pixels: of a large image every one takes its time.")
    maps = _maps(chosen, image[None], edges, downs, rights)
    return _moved("shifts", chosen, image[None], maps, label, downs, rights, wraps=SHIFTS[edges].wraps)


def moved_by(place: Place) -> str:
    """Where an image lies, as a sentence begins: "Moved by 3 px right and 2 px down"."""
    steps = [f"{abs(place.right)} px {'right' if place.right > 0 else 'left'}"] if place.right else []
    steps += [f"{abs(place.down)} px {'down' if place.down > 0 else 'up'}"] if place.down else []
    turned = f"turned by {90 * place.turn}°" if place.turn else ""
    words = listed([f"moved by {listed(steps)}", *([turned] if turned else [])]) if steps else turned or "unmoved"
    return words[0].upper() + words[1:]


def one_answer_everywhere(image: np.ndarray, label: str) -> str:
    """Show that the invariant network answers a digit the same at every shift and quarter turn, and others don't.

    image: float32 (1, 28, 28) in [0, 1]; nothing is shown for images of another shape; label: see every_shift().

    Returns:
        A verdict, "" where nothing is shown.
    """
    if image.shape != MNIST.shape:
        return ""
    named = {shown.model.card.name: shown for shown in models_for(MNIST.name)}
    if INVARIANT not in named:
        st.info(f"The network for this is not in exported/ yet. Make it with: python -m training {INVARIANT}")
        return ""
    canvas = np.pad(image, ((0, 0), (ROOM, ROOM), (ROOM, ROOM)))
    size = canvas.shape[1]
    turned = np.stack([np.rot90(canvas, quarters, (1, 2)) for quarters in range(4)])
    steps = _steps(SHIFTS[EVERYWHERE], size, colours=False)
    try:
        models = [
            named[name]._replace(model=_resized(named[name].model, size))
            for name in (INVARIANT, *BESIDE_IT)
            if name in named
        ]
    except UserError as error:
        st.error(escaped(error))
        return ""
    maps = _maps(models, turned, EVERYWHERE, steps, steps)
    _moved("everywhere", models, turned, maps, "", steps, steps, wraps=True)
    st.markdown(
        f"The digit in the middle of {size} × {size} pixels, moved around the edges by every number of whole pixels "
        f"and turned by 0, 90, 180 and 270°: {len(turned)} × {size} × {size} = {maps[0][..., 0].size:,} images. "
        f"{bold(named[INVARIANT].model.card.title)} is built so that its answer to all of them is one."
    )
    _differences(models, maps, label)
    return _counted(models, maps)


def _moved(
    key: str,
    models: list[Shown],
    images: np.ndarray,
    maps: list[np.ndarray],
    label: str,
    downs: range,
    rights: range,
    *,
    wraps: bool,
) -> Moved:
    """Show an image and its turns, (T, C, H, W), on a pad; where it was let go is in the page's address as "at"."""
    answers = [_answers(shown, logits) for shown, logits in zip(models, maps, strict=True)]
    state, name = st.session_state, f"moved_{key}"
    place = state.setdefault(name, _asked())
    inside = place.right in rights and place.down in downs and place.turn in range(len(images))
    at = place if inside else Place(0, 0)  # elsewhere there may be more shifts
    place = state[name] = shift_pad(key, to_uint8(images), answers, wraps=wraps, truth=label, at=at)
    st.query_params["at"] = ",".join(map(str, place if place.turn else place[:2]))
    _offer_maps(key, models, maps, label, downs, rights)
    unmoved = len(downs) // 2 * len(rights) + len(rights) // 2
    here = (place.turn * len(downs) + downs.index(place.down)) * len(rights) + rights.index(place.right)
    networks = [
        steadiness(shown.model.card.title, shown.model.card.labels, answered(logits), here, unmoved, label)
        for shown, logits in sorted(zip(models, maps, strict=True), key=lambda each: not each[0].own)
    ]
    return Moved(place, networks)


def _offer_maps(key: str, models: list[Shown], maps: list[np.ndarray], label: str, downs: range, rights: range) -> None:
    """Offer the maps of the shifts as one picture: a row a network, a map a turn."""
    titles = [shown.model.card.title for shown in models]
    known = label if all(label in shown.model.card.labels for shown in models) else ""
    steady = []
    for shown, logits in zip(models, maps, strict=True):
        answers = answered(logits)
        unmoved = answers[0, len(downs) // 2, len(rights) // 2]
        steady.append((answers == (shown.model.card.labels.index(known) if known else unmoved)) & (answers >= 0))
    turns = len(steady[0])
    every = np.concatenate(steady).astype(np.float32)
    what = f"the answer {known}" if known else "the answer of the unmoved image"
    reach = f"{rights[0]} to {rights[-1]} px to the right, {downs[0]} to {downs[-1]} px down"
    download(
        f"map of {key}",
        f"What every shift makes of the answer, of {', '.join(titles)}: white is {what}, black another answer. {reach}"
        + (f"; turned by 0 to {90 * (turns - 1)}°." if turns > 1 else "."),
        lambda figures: figures.maps_side_by_side(every, titles, turns, signed=False, shared=False),
    )


def _counted(models: list[Shown], maps: list[np.ndarray]) -> str:
    """How many answers each network has to the same digit, in a sentence."""
    counts = [len(np.setdiff1d(answered(logits), [-1])) for logits in maps]
    first, *others = [bold(shown.model.card.title) for shown in models]
    first_count = f"{counts[0]} answers" if counts[0] > 1 else "one answer" if counts[0] else "no answer"
    said = f"{first} gives {first_count} to all "
    said += f"{maps[0][..., 0].size:,} shifts and turns of this digit"
    beside = [f"{title} gives {count}" for title, count in zip(others, counts[1:], strict=True)]
    return "; ".join([said, *beside]) + "."


def _differences(models: list[Shown], maps: list[np.ndarray], label: str) -> None:
    """A table of how much the answers (4, D, R, classes) of each network differ."""
    rows = []
    images = f"{maps[0][..., 0].size:,} images"
    for shown, logits in zip(models, maps, strict=True):
        card, answers = shown.model.card, answered(logits)
        (unmoved,) = named(answers[:1, answers.shape[1] // 2, answers.shape[2] // 2], card.labels)
        said = f"{unmoved} {verdict(unmoved, label)}" if label else unmoved
        apart = np.ptp(logits.reshape(-1, logits.shape[-1]), axis=0).max()
        rows.append(
            {
                "network": card.title,
                "unmoved": said,
                f"different answers to {images}": str(len(np.setdiff1d(answers, [-1]))),
                "largest difference of a logit": f"{apart:.6f}",
            }
        )
    what = f"How much each network's answers to {images} differ, the same digit shifted and turned"
    as_markdown = [{column: escaped(cell) for column, cell in row.items()} for row in rows]
    written_table("answers to all shifts and turns", as_markdown, rows, alt=what, caption=f"{what}.")


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


def _asked() -> Place:
    """The place that the page's address names, or the middle."""
    try:
        right, down, *turn = map(int, st.query_params.get("at", "").split(","))
        (turn,) = turn or [0]
    except ValueError:
        return Place(0, 0)
    return Place(right, down, turn)
