"""What is put to the test on the page Linear or not, its verdicts and its counterexamples."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.bench.counterexample import LARGEST, NONZERO, PIXELS, Counterexample, counterexample
from invariance.bench.laws import LAWS, sense
from invariance.bench.systems import SYSTEMS, System
from invariance.bench.verdicts import SIZE, TRIALS, Verdict, examine, is_lti, noise
from invariance.bench.verdicts import verdicts as verdicts_on_noise
from invariance.datasets import Dataset
from invariance.images.pixels import grey, to_float
from invariance.images.resizing import area_resize
from invariance.inside.architecture import layers
from invariance.model import Model
from invariance.number_words import number
from invariance.surgery.part import as_maps, stack
from ui.caching import keeping
from ui.drawing.shown import written_table
from ui.networks import everyone, inside_of, none_yet
from ui.own_models import kinds
from ui.picking.picture import Picture, prepared
from ui.picking.remembered import one_of, remembered
from ui.picking.samples import samples
from ui.widgets.number_grids import NumberGrid, number_grids
from ui.words import escaped

NETWORK = "some layers of a network"
SIDE = 20  # pixels of the picture: small enough to try all its shifts
NOISE = 3  # images of it that are tried beside the picture
SOME_SHIFTS = 24  # of those of a network's maps
MARKS = {True: "✓ yes", False: "✗ no", None: "– doesn't apply"}
WITHOUT_NUMBERS = (
    "A network's maps hold too many numbers to check by hand: the deviations are the evidence. Choose an operator of "
    "the list to see its smallest counterexample."
)


class Subject(NamedTuple):
    """What is put to the test."""

    system: System
    images: np.ndarray  # float (N, C, H, W), the person's first
    verdicts: dict[str, Verdict]  # by the law's name
    tried: str  # on what, in a sentence (Markdown)
    listed: bool  # one of SYSTEMS, which take images of any size


def choose(picture: Picture, kind: Dataset) -> Subject | None:
    """Let the person choose an operator, or some layers of a network; None while there is none to test.

    picture: the person's, of a kind of image.
    """
    titles = {system.title: system for system in SYSTEMS.values()}
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        title = one_of("lti_operator", "Operator", [*titles, NETWORK], next(iter(titles)), 320)
    if title == NETWORK:
        with row:
            return _layers(picture, kind)
    system = titles[title]
    st.markdown(system.about)
    image = area_resize(grey(picture.pixels)[None], SIDE).astype(np.float64)
    images = np.concatenate([(image - image.mean())[None], (image.std() or 1) * noise(NOISE, image.shape)])
    verdicts = _operator_examined(system.name, images)
    tried = (
        f"Tried on {escaped(picture.caption)}, in grey, as {SIDE} × {SIDE} pixels less their mean, so that some lie "
        f"below 0 as they do between a network's layers; and on {NOISE} images of noise."
    )
    return Subject(system, images, verdicts, tried, listed=True)


def _layers(picture: Picture, kind: Dataset) -> Subject | None:
    """Some layers of a network, on what goes into them for the person's picture."""
    models = {shown.model.card.title: shown.model for shown in everyone()}
    if not models:
        none_yet()
        return None
    model = models[one_of("lti_network", "Network", list(models), next(iter(models)), 240)]
    inside = inside_of(model)
    names = [inside.input, *(layer.name for layer in layers(inside))]
    start = one_of("lti_from", "From the output of", names[:-1], names[min(1, len(names) - 2)], 220)
    later = names[names.index(start) + 1 :]
    end = one_of("lti_to", "to the output of", later, later[0], 220)
    try:
        system = _part(model, start, end)
        image, what = _network_input(model, picture, kind)
        real = as_maps(inside.values([start], image[None])[start])
        images = np.concatenate([real, (real.std() or 1) * noise(NOISE, real.shape[1:])]).astype(np.float32)
        verdicts = _part_examined(model, start, end, images)
    except UserError as error:
        st.info(escaped(error))
        return None
    tried = (
        f"Tried on what {escaped(start)} is for {escaped(what)}, and on noise as strong, {NOISE} times; of more than "
        f"{SOME_SHIFTS} shifts, {SOME_SHIFTS} are drawn by chance."
    )
    return Subject(system, images, verdicts, tried, listed=False)


def _network_input(model: Model, picture: Picture, kind: Dataset) -> tuple[np.ndarray, str]:
    """float32 (C, H, W) and what it is: the person's picture as a network for that kind takes it, else a sample, else
    noise."""
    dataset = kinds().get(model.card.dataset)
    if dataset is None or dataset.shape != model.card.shape:
        return noise(1, model.card.shape)[0].astype(np.float32), "noise"
    if dataset is kind:
        return prepared(picture, dataset).pixels, picture.caption
    return to_float(samples(dataset)[0]), "a sample, since your picture is of another kind"


@keeping(100_000_000)
def _part(model: Model, start: str, end: str) -> System:
    return stack(inside_of(model), start, end)


@keeping(1_000_000, "Trying every law …")
def _part_examined(model: Model, start: str, end: str, images: np.ndarray) -> dict[str, Verdict]:
    return examine(_part(model, start, end), images, most=SOME_SHIFTS)


@keeping(1_000_000, "Trying every law …")
def _operator_examined(name: str, images: np.ndarray) -> dict[str, Verdict]:
    return examine(SYSTEMS[name], images)


def law_by_law(subject: Subject) -> str:
    """Every law with its verdict and the number behind it.

    Returns:
        What they make of the operator together, in a sentence (Markdown).
    """
    verdicts = subject.verdicts
    rows = [
        {
            "law": law.title,
            "says": f"{law.left} = {law.right}",
            "holds": MARKS[verdict.holds],
            "deviation": "" if verdict.holds is None else f"{number(verdict.deviation, '.2g')}, n = {verdict.n:,}",
        }
        for law, verdict in ((law, verdicts[name]) for name, law in LAWS.items())
    ]
    title = subject.system.title
    written_table(
        f"laws of {title}", rows, rows, alt=f"Which laws {title} obeys", caption=f"{title}: {in_words(verdicts)}."
    )
    st.caption(
        "The deviation is the largest difference of both sides in n trials, as a share of the largest side. Yes "
        f"means that it is at most {verdicts['additive'].tolerance:g}, room for rounding. T is a shift; what leaves at "
        f"one side comes in at the other. s is the stride. {sense(verdicts['shift'].grid)} {subject.tried}"
    )
    return f"**{escaped(title)}** is {in_words(verdicts)}."


def in_words(verdicts: dict[str, Verdict]) -> str:
    """What the verdicts on one operator say together, after "it is"."""
    if is_lti(verdicts):
        return "linear and follows every shift (equivariant), which makes it a convolution"
    linear = verdicts["additive"].holds and verdicts["homogeneous"].holds
    linearity = (
        "linear" if linear else "affine (linear but for a constant)" if verdicts["affine"].holds else "not linear"
    )
    if verdicts["shift"].holds is None:
        return linearity
    if verdicts["shift"].holds:
        stays = verdicts["invariant"].holds
        moves = "stays as it is under every shift (invariant)" if stays else "follows every shift (equivariant)"
        return f"{linearity}, {'and' if linear else 'but'} {moves}"
    moves = "follows shifts by its stride only" if verdicts["stride"].holds else "does not follow shifts"
    return f"{linearity}, and {moves}"


def examples(subject: Subject) -> str:
    """The smallest image of whole numbers on which a law fails, both sides in numbers.

    Returns:
        How many laws fail, and how small that image is, in a sentence (Markdown).
    """
    failing = {name: LAWS[name] for name, verdict in subject.verdicts.items() if verdict.holds is False}
    system, title = subject.system, f"**{escaped(subject.system.title)}**"
    if not failing:
        return f"{title} breaks none of the {len(LAWS)} laws."
    breaks = f"{title} breaks {len(failing)} of {len(LAWS)} laws"
    if not subject.listed:
        st.markdown("\n".join(f"- {law.title}: {law.left} = {law.right}" for law in failing.values()))
        st.info(WITHOUT_NUMBERS)
        return f"{breaks}."
    law = failing[remembered("lti_law", list(failing), lambda name: failing[name].title, "Law that fails")]
    example = _smallest(system.name, law.name)
    if example is None:
        st.markdown(
            f"No image of at most {PIXELS} pixels breaks it, as long as at most {NONZERO} of its numbers are not 0 and "
            f"none goes beyond {LARGEST}."
        )
        return f"{breaks}."
    st.markdown(f"The smallest there is{_tried(example)}. Check it by hand:")
    grids = [NumberGrid("x", example.x)] + ([] if example.y is None else [NumberGrid("y", example.y)])
    grids += [NumberGrid(law.left, example.left), NumberGrid(law.right, example.right)]
    if system.numbers is not None:
        grids.append(NumberGrid("what L holds for such an image", system.numbers(example.x.shape)))
    number_grids(
        f"example_{system.name}_{law.name}",
        grids,
        name=f"{system.title} breaks {law.title}",
        caption=f"L is {system.title}. The smallest image of whole numbers on which “{law.title}” fails"
        f"{_tried(example)}: {law.left} is not {law.right}.",
    )
    pixels = f"{example.x.size} pixel{'' if example.x.size == 1 else 's'}"
    images = f"an image of {pixels}" if example.y is None else f"two images of {pixels}"
    return f"{breaks}. “{law.title}” fails on {images}."


@keeping(1_000_000, "Searching …")
def _smallest(name: str, law: str) -> Counterexample | None:
    return counterexample(SYSTEMS[name], LAWS[law])


def _tried(example: Counterexample) -> str:
    """What a law was tried with beside images, as the end of a sentence."""
    factor, (down, right) = example.case
    parts = [f"λ = {factor:g}"] if factor != 1 else []
    parts += [f"T a shift {'down' if down > 0 else 'up'} by {abs(down)} px"] if down else []
    parts += [f"T a shift to the {'right' if right > 0 else 'left'} by {abs(right)} px"] if right else []
    return f", with {' and '.join(parts)}" if parts else ""


def every_operator() -> str:
    """Every operator and every law, in a table.

    Returns:
        Which operators are convolutions, in a sentence.
    """
    found = all_verdicts()
    rows = [
        {"operator": SYSTEMS[name].title, "verdict": in_words(verdicts)}
        | {law.title: MARKS[verdicts[law.name].holds][0] for law in LAWS.values()}
        for name, verdicts in found.items()
    ]
    caption = (
        f"✓ holds, ✗ fails, – doesn't apply. Worked out on {TRIALS} images of noise of {SIZE[0]} × {SIZE[1]} pixels "
        "and all their shifts."
    )
    written_table(
        "laws of every operator", rows, rows, alt="For each operator, which laws hold and which fail", caption=caption
    )
    st.caption(caption)
    convolutions = [SYSTEMS[name].title for name, verdicts in found.items() if is_lti(verdicts)]
    *first, last = convolutions
    return (
        f"Of {len(found)} operators, {len(convolutions)} are linear and follow every shift, which makes them "
        f"convolutions: {'; '.join(first)}; and {last}."
    )


@keeping(1_000_000, "Trying every law on every operator …")
def all_verdicts() -> dict[str, dict[str, Verdict]]:
    return verdicts_on_noise()
