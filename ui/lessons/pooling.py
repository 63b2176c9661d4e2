"""What the page Pooling asks and shows: an image under every kind of pooling, moved, round after round, in numbers."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance.bench.shift_errors import ShiftErrors, output_errors, shift_errors
from invariance.images.pixels import grey, to_uint8
from invariance.images.resizing import area_resize
from invariance.number_words import number, percent
from invariance.operators import OPERATORS
from invariance.operators.pooling import average_pool, max_pool
from invariance.operators.shapes import SHAPES
from invariance.transforms.translation import roll
from ui.caching import keeping
from ui.drawing.download import download
from ui.drawing.pictures import brightness, show
from ui.picking.image import pick_image
from ui.picking.picture import current_or_example
from ui.picking.remembered import choose_dataset, one_of, whole_number
from ui.widgets.film import Reel, film
from ui.widgets.number_grids import NumberGrid, number_grids

SIDE = 64  # pixels of the image that is pooled
YOURS = "your picture"
SHIFTS = np.arange(-16, 17) / 2  # pixels
UNMOVED = len(SHIFTS) // 2  # of SHIFTS
FIRST_SHIFT = 1.0  # pixels
FILM_SIDE = 64  # pixels of every picture under the slider: small outputs are enlarged by whole factors
ROUND_SIDE = 130  # screen pixels
MAP_SIDE = 130  # screen pixels
COLUMNS = 3  # of operators in the maps of all shifts
WHITE_AT = 1.5  # relative change that is drawn white in the maps of all shifts
EXACT = 1e-5  # relative changes below are rounding of float32
PLAIN, FORGETS, MOVES = "max", "global_max", "polyphase"  # the operators that the verdicts compare
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


class Moved(NamedTuple):
    """What an operator makes of the image at each of SHIFTS."""

    outputs: np.ndarray  # float32 (A, H', W')
    errors: ShiftErrors  # (A,) each, against the output for the image that isn't moved


def choose_shape() -> tuple[str, int]:
    """The name of what is pooled, one of SHAPES or YOURS, and the radius of a shape in pixels."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = one_of("pooled", "What is pooled", [*SHAPES, YOURS], next(iter(SHAPES)), 220)
        if name == YOURS:
            return name, 0
        return name, whole_number("pooled_radius", "Radius, pixels", 2, SIDE // 2 - 1, 8, 160)


def pooled_image(name: str, radius: int) -> np.ndarray:
    """float32 (SIDE, SIDE) in [0, 1]: the shape, or the person's picture in grey, which they pick here."""
    if name != YOURS:
        return SHAPES[name](SIDE, radius)
    pick_image(choose_dataset())
    return area_resize(grey(current_or_example().pixels)[None], SIDE)[0]


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
        [f"{shift:g} px" for shift in SHIFTS],
        name="Shift to the right, pixels",
        start=state.setdefault("pooled_moved", _asked()),
        pixels=float(SHIFTS[1] - SHIFTS[0]),
    )
    state.pooled_moved = at
    st.query_params["pooled_shift"] = f"{SHIFTS[at]:g}"
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
    others = "; ".join(f"{title} {_does(*errors[name], also)}" for name, title, also in OTHERS)
    return f"{begin}: moved by {pixels}, max pooling {_does(change, left)}. {others[0].upper()}{others[1:]}."


OTHERS = ((FORGETS, "global max pooling", ", and forgets where"), (MOVES, "polyphase pooling", ""))


def _does(change: float, left: float, also: str = "") -> str:
    """What a shift does to an output, to follow the operator's name; also: what it costs to stay as it is."""
    if change < EXACT:
        return f"doesn't change at all{also}"
    if left < EXACT:
        return "only moves"
    return f"changes by {percent(float(change), 0)}, and moved back it still differs by {percent(float(left), 0)}"


def rounds(image: np.ndarray) -> str:
    """Max and average pooling, one round after the other, with the size after each.

    Returns:
        What the rounds left, and what a shift by one pixel does to it, in a sentence or two.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        window = whole_number("pooled_window", "Window, pixels", 2, 8, 2, 140)
        stride = whole_number("pooled_stride", "Stride, pixels", 1, 8, 2, 140)
        count = whole_number("pooled_rounds", "Rounds", 1, 6, 4, 140)
    changes, size, done, frames = [], image.shape, 0, []
    shifted = roll(image[None, None], FIRST_SHIFT)[0, 0]
    for title, pool in (("Max", max_pool), ("Average", average_pool)):
        st.markdown(f"**{title} pooling**")
        with st.container(horizontal=True):
            current, moved = image, shifted
            for turn in range(count + 1):
                if turn:
                    if min(current.shape) < window:
                        st.caption(f"Round {turn}: the window of {window} no longer fits.")
                        break
                    current, moved, done = pool(current, window, stride), pool(moved, window, stride), turn
                height, width = size = current.shape
                text = f"{height} × {width}" + ("" if turn else ", as it is")
                show(brightness(current), ROUND_SIDE, caption=text, alt=f"{title} pooling, round {turn}: {text}")
                rows, across = (np.arange(SIDE) * side // SIDE for side in size)
                frames.append(current[np.ix_(rows, across)])
            changes.append(_does(*(each[0] for each in output_errors(current, moved[None]))))
    st.caption("White is the largest value of each picture; each picture is drawn as large as the first.")
    download(
        "rounds of pooling",
        f"Max and average pooling of {window} × {window} windows, {stride} pixels apart, round after round. White is "
        "the largest value of each picture.",
        lambda figures: figures.maps_side_by_side(
            np.stack(frames), ["Max pooling", "Average pooling"], len(frames) // 2, signed=False, shared=False
        ),
    )
    left = "one number is" if size == (1, 1) else f"{size[0]} × {size[1]} numbers are"
    times = "one round" if done == 1 else f"{done} rounds"
    return (
        f"After {times}, {left} left of {image.shape[0]} × {image.shape[1]}. Move the image by one pixel, and max "
        f"pooling's result {changes[0]}; average pooling's {changes[1]}."
    )


def numbers() -> str:
    """Every operator on a small grid, in numbers, before and after a shift.

    Returns:
        How many numbers the shift changes, in a sentence.
    """
    right = whole_number("pooled_numbers", "Moved to the right, pixels", 0, GRID.shape[1] - 1, 1, 220)
    moved = np.roll(GRID, right, 1)
    grids, counts = [NumberGrid("the numbers", moved, _places(moved != GRID))], {}
    for operator in OPERATORS.values():
        output = operator.apply(moved)
        changed = abs(output - operator.apply(GRID)) > EXACT
        counts[operator.name] = int(changed.sum()), changed.size
        grids.append(NumberGrid(operator.title, output, _places(changed)))
    number_grids("pooled_numbers_grids", grids)
    st.caption("Framed: what the move made another number. What leaves at the right comes in at the left.")
    if not right:
        return "Nothing is moved yet: move the numbers to the right, and see which results change."
    pixels = "one pixel" if right == 1 else f"{right} pixels"
    (plain, size), (forgets, single), (moves, many) = (counts[name] for name in (PLAIN, FORGETS, MOVES))
    return (
        f"Moved by {pixels}: {plain} of {size} numbers change with max pooling, {forgets} of {single} with global max "
        f"pooling, {moves} of {many} with polyphase pooling."
    )


def _places(where: np.ndarray) -> list[tuple[int, int]]:
    return [(int(row), int(column)) for row, column in np.argwhere(where)]


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


def kinds() -> None:
    """What each operator is for, and where it is from."""
    with st.expander("What each kind of pooling is for"):
        for operator in OPERATORS.values():
            st.markdown(f"**{operator.title}.** {operator.about}")
            st.caption(operator.source)


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
    return f"Under {percent(moved, 0)} of the shifts the output only moves; under the others it changes."
