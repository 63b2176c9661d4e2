"""What the page Pooling shows of shifts: an image moved under every kind of pooling, and every shift at once."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance.bench.shift_errors import ShiftErrors, output_errors, shift_errors
from invariance.images.pixels import to_uint8
from invariance.number_words import number, percent
from invariance.operators import OPERATORS
from invariance.transforms.translation import roll
from ui.caching import keeping
from ui.drawing.download import download
from ui.drawing.pictures import show
from ui.drawing.shown import offer_pictures
from ui.lessons.pooling import EXACT, FIRST_SHIFT, FORGETS, MOVES, PLAIN, SHIFTS, does
from ui.widgets.film import Reel, film

FILM_SIDE = 64  # pixels of every picture under the slider: small outputs are enlarged by whole factors
MAP_SIDE = 130  # screen pixels
COLUMNS = 3  # of operators in the maps of all shifts
WHITE_AT = 1.5  # relative change that is drawn white in the maps of all shifts


class Moved(NamedTuple):
    """What an operator makes of the image at each of SHIFTS."""

    outputs: np.ndarray  # float32 (A, H', W')
    errors: ShiftErrors  # (A,) each, against the output for the image that isn't moved


def drag(image: np.ndarray) -> str:
    """The image and what every operator makes of it, while it moves to the right and back around the edge.

    Returns:
        What that says of pooling where it was let go last, in a sentence or two.
    """
    inputs = np.concatenate([roll(image[None, None], shift)[:, 0] for shift in SHIFTS])  # (A, H, W)
    moved = {name: _moved(name, image) for name in OPERATORS}
    reels = [Reel("the image: drag it", to_uint8(inputs)[:, None], ["" for _ in SHIFTS])]
    for name, (outputs, errors) in moved.items():
        texts = [_below(change, left) for change, left in zip(*errors, strict=True)]
        single = outputs.shape[1:] == (1, 1)
        zoom = FILM_SIDE // outputs.shape[1]
        frames = to_uint8(outputs / max(float(outputs.max()), 1e-12))
        reels.append(
            Reel(
                OPERATORS[name].title,
                frames[:, None] if single else frames.repeat(zoom, 1).repeat(zoom, 2)[:, None],
                texts,
                [number(value) for value in outputs.flat] if single else [],
            )
        )
    state = st.session_state
    at = film(
        "drag",
        reels,
        [f"{number(shift, 'g')} px" for shift in SHIFTS],
        name="Shift to the right, pixels",
        start=state.setdefault("pooled_moved", _asked()),
        pixels=float(SHIFTS[1] - SHIFTS[0]),
    )
    state.pooled_moved = at
    st.query_params["pooled_shift"] = f"{SHIFTS[at]:g}"
    seen = [(inputs[at][None], "the image")]
    for reel in reels[1:]:
        said = ", ".join([*reel.numbers[at : at + 1], reel.texts[at]])
        seen.append((reel.frames[at], f"{reel.title}: {said}"))
    offer_pictures(
        "pooling under a shift",
        seen,
        f"An image moved by {number(SHIFTS[at], 'g')} px to the right and what each kind of pooling makes of it; how "
        "much that differs from what it makes of the unmoved image. White is each one's largest value over all shifts.",
    )
    return verdict(SHIFTS[at], {name: (each.errors.change[at], each.errors[1][at]) for name, each in moved.items()})


def _asked() -> int:
    """The index of the shift that the page's address names, or of the first."""
    named = {f"{shift:g}": index for index, shift in enumerate(SHIFTS)}
    return named.get(st.query_params.get("pooled_shift", ""), named[f"{FIRST_SHIFT:g}"])


@keeping(30_000_000)
def _moved(name: str, image: np.ndarray) -> Moved:
    apply = OPERATORS[name].apply
    outputs = apply(np.concatenate([roll(image[None, None], shift)[:, 0] for shift in SHIFTS]))
    return Moved(outputs, output_errors(apply(image[None])[0], outputs))


def _below(change: float, left: float) -> str:
    """What stands below a picture: how much the output changed, and how much of it is left once it is moved back."""
    if change < EXACT:
        return "unchanged"
    if left < EXACT:
        return "only moved"
    return f"changed by {percent(float(change), 0)}; moved back, {percent(float(left), 0)}"


def verdict(shift: float, errors: Mapping[str, tuple[float, float]]) -> str:
    """What a shift of the image (pixels) does to the outputs, for each operator as it changed and as moved back."""
    if not shift:
        return "Not moved, nothing changes. Drag the image to the right."
    change, left = errors[PLAIN]
    begin = "Here, yes" if change < EXACT else "Not quite" if left < EXACT else "No"
    pixels = f"{abs(shift):g} pixel{'' if abs(shift) == 1 else 's'}"
    others = "; ".join(f"{title} {does(*errors[name], also)}" for name, title, also in OTHERS)
    return f"{begin}: moved by {pixels}, max pooling {does(change, left)}. {others[0].upper()}{others[1:]}."


OTHERS = ((FORGETS, "global max pooling", ", and forgets where"), (MOVES, "polyphase pooling", ""))


@keeping(8_000_000, "Trying every shift …")
def _errors(name: str, image: np.ndarray) -> ShiftErrors:
    return shift_errors(OPERATORS[name].apply, image)


def all_shifts(image: np.ndarray) -> str:
    """For every operator and every circular shift, how much the output changes, and how much after moving it back.

    Returns:
        For how many shifts the outputs only move, in a sentence or two.
    """
    st.markdown(
        "Each pixel of a map is one shift of the image, no shift being in the middle. **As it stands:** how much the "
        "output changes. **Moved back:** how much it still differs, once it is moved to where it fits best. Black is "
        f"nothing, white {percent(WHITE_AT, 0)} or more."
    )
    columns, maps = st.columns(COLUMNS, gap="medium"), []
    for place, operator in enumerate(OPERATORS.values()):
        errors = _errors(operator.name, image)
        with columns[place % COLUMNS]:
            st.markdown(f"**{operator.title}.** {_under_all(errors)}")
            with st.container(horizontal=True):
                for values, title in zip(errors, ("As it stands", "Moved back"), strict=True):
                    centred = np.fft.fftshift(np.minimum(values, WHITE_AT))
                    text = f"{title}: {_mean_and_largest(values)}"
                    maps.append(centred)
                    picture = (centred / WHITE_AT)[None].astype(np.float32)
                    show(picture, MAP_SIDE, caption=text, alt=f"{operator.title}. {text}")
    download(
        "pooling under every shift",
        "Left how much the output of each kind of pooling changes under every shift of the image, right how much it "
        f"still differs once moved back: no shift in the middle; {percent(WHITE_AT, 0)} and more look the same.",
        lambda figures: figures.maps_side_by_side(
            np.stack(maps), [operator.title for operator in OPERATORS.values()], 2, signed=False, shared=True
        ),
    )
    moves = {name: only_moves(_errors(name, image)) for name in (PLAIN, MOVES)}
    stays = "stays as it is under all" if _errors(FORGETS, image).change.max() < EXACT else "changes too"
    return (
        f"Of all {image.size - 1:,} shifts by whole pixels, max pooling only moves along under {_part(moves[PLAIN])}, "
        f"polyphase pooling under {_part(moves[MOVES])}. Global max pooling {stays}."
    )


def _mean_and_largest(values: np.ndarray) -> str:
    if values.max() < EXACT:
        return "nothing"
    largest = percent(values.max(), 0) if np.isfinite(values.max()) else "infinitely much"
    return f"{percent(values[np.isfinite(values)].mean(), 0)}, at most {largest}"


def only_moves(errors: ShiftErrors) -> float:
    """Under which share of all shifts but none at all the output only moves."""
    shifted = np.ones(errors.change.shape, bool)
    shifted[0, 0] = False
    return float((errors.equivariance_error[shifted] < EXACT).mean())


def _part(share: float) -> str:
    return "all" if share == 1 else percent(share, 0)


def _under_all(errors: ShiftErrors) -> str:
    """What the numbers say, in a sentence."""
    if errors.change.max() < EXACT:
        return "Invariant: no shift changes it at all."
    moved = only_moves(errors)
    if moved == 1:
        return "Follows shifts (equivariant): under every shift the output only moves."
    return f"The output only moves for {percent(moved, 0)} of the shifts; for the others it changes."
