"""What is put to the test on the page Linear and shift-invariant?, its verdicts and its counterexamples."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.bench.counterexample import LARGEST, NONZERO, PIXELS, Counterexample, counterexample
from invariance.bench.laws import LAWS, sense
from invariance.bench.systems import SYSTEMS, System
from invariance.bench.verdicts import SIZE, TRIALS, Verdict, examine, is_lti, noise
from invariance.bench.verdicts import verdicts as verdicts_on_noise
from invariance.images.pixels import grey, to_float
from invariance.images.resizing import area_resize
from invariance.inside.architecture import layers
from invariance.model import Model
from invariance.surgery.part import as_maps, stack
from ui.caching import keeping
from ui.networks import everyone, inside_of, none_yet
from ui.own_models import kinds
from ui.picking.picture import current_or_example, current_picture, prepared
from ui.picking.samples import samples
from ui.widgets.number_grids import NumberGrid, number_grids
from ui.words import escaped

NETWORK = "some layers of a network"
SIDE = 20  # pixels of the picture: small enough to try all its shifts
NOISE = 3  # images of it that are tried beside the picture
SOME_SHIFTS = 24  # of those of a network's maps
MAIN = 4  # laws with a card in the first row
MARKS = {True: "✓ yes", False: "✗ no", None: "– says nothing here"}


class Subject(NamedTuple):
    """What is put to the test."""

    system: System
    images: np.ndarray  # float (N, C, H, W), the person's first
    verdicts: dict[str, Verdict]  # by the law's name
    listed: bool  # one of SYSTEMS, which take images of any size


def choose() -> Subject | None:
    """Let the person choose an operator, or some layers of a network; None while there is none to test."""
    titles = {system.title: system for system in SYSTEMS.values()}
    row = st.container(horizontal=True, vertical_alignment="bottom")
    title = row.selectbox("Operator", [*titles, NETWORK], key="lti_operator", width=320)
    if title == NETWORK:
        return _layers(row)
    system = titles[title]
    st.markdown(system.about)
    picture = current_or_example()
    image = area_resize(grey(picture.pixels)[None], SIDE).astype(np.float64)
    images = np.concatenate([(image - image.mean())[None], (image.std() or 1) * noise(NOISE, image.shape)])
    verdicts = _operator_examined(system.name, images)
    st.caption(
        f"Tried on {escaped(picture.caption)}, in grey, as {SIDE} × {SIDE} pixels "
        "less their mean, so that some lie below 0 as they do between a network's layers; and on "
        f"{NOISE} images of noise."
    )
    return Subject(system, images, verdicts, listed=True)


def _layers(row: st.delta_generator.DeltaGenerator) -> Subject | None:
    """Some layers of a network, on what goes into them for the person's picture."""
    models = {shown.model.card.title: shown.model for shown in everyone()}
    if not models:
        none_yet()
        return None
    model = models[row.selectbox("Network", list(models), key="lti_network", width=240)]
    inside = inside_of(model)
    names = [inside.input, *(layer.name for layer in layers(inside))]
    name = model.card.name
    start = row.selectbox("From the output of", names[:-1], index=min(1, len(names) - 2), key=f"from_{name}", width=220)
    later = names[names.index(start) + 1 :]
    end = row.selectbox("to the output of", later, key=f"to_{name}_{start}", width=220)
    try:
        system = _part(model, start, end)
        image = _network_input(model)
        real = as_maps(inside.values([start], image[None])[start])
        images = np.concatenate([real, (real.std() or 1) * noise(NOISE, real.shape[1:])]).astype(np.float32)
        verdicts = _part_examined(model, start, end, images)
    except UserError as error:
        st.info(escaped(error))
        return None
    st.caption(
        f"Tried on what {escaped(start)} is for your picture, or for a sample if there is none, and on noise as "
        f"strong, {NOISE} times; of more than {SOME_SHIFTS} shifts, {SOME_SHIFTS} are drawn by chance."
    )
    return Subject(system, images, verdicts, listed=False)


def _network_input(model: Model) -> np.ndarray:
    """float32 (C, H, W): the person's picture as a network takes it, else a sample, else noise."""
    dataset, picture = kinds().get(model.card.dataset), current_picture()
    if dataset is None or dataset.shape != model.card.shape:
        return noise(1, model.card.shape)[0].astype(np.float32)
    return to_float(samples(dataset)[0]) if picture is None else prepared(picture, dataset).pixels


@keeping(100_000_000)
def _part(model: Model, start: str, end: str) -> System:
    return stack(inside_of(model), start, end)


@keeping(1_000_000, "Trying every law …")
def _part_examined(model: Model, start: str, end: str, images: np.ndarray) -> dict[str, Verdict]:
    return examine(_part(model, start, end), images, most=SOME_SHIFTS)


@keeping(1_000_000, "Trying every law …")
def _operator_examined(name: str, images: np.ndarray) -> dict[str, Verdict]:
    return examine(SYSTEMS[name], images)


def law_cards(subject: Subject) -> None:
    """A card for each law, and what they make of the operator together."""
    verdicts = subject.verdicts
    st.markdown(f"**{escaped(subject.system.title)}**: {_in_words(verdicts)}.")
    entries = list(LAWS.values())
    for part in (entries[:MAIN], entries[MAIN:]):
        for column, law in zip(st.columns(len(part)), part, strict=True):
            verdict = verdicts[law.name]
            with column.container(border=True):
                st.markdown(f"**{law.title}: {MARKS[verdict.holds]}**  \n{law.left} = {law.right}")
                if verdict.holds is not None:
                    st.caption(f"deviation {verdict.deviation:.2g}, n = {verdict.n:,}")
    tolerance = verdicts["additive"].tolerance
    st.caption(
        "The deviation is the largest difference of both sides in n trials, as a share of the largest side. Yes means "
        f"that it is at most {tolerance:g}, which is room for rounding. T is a shift; what leaves at one side comes in "
        f"at the other. s is the stride. {sense(verdicts['shift'].grid)}"
    )


def _in_words(verdicts: dict[str, Verdict]) -> str:
    """What the verdicts on one operator say together."""
    if is_lti(verdicts):
        return "linear and shift-invariant, which makes it a convolution"
    linear = verdicts["additive"].holds and verdicts["homogeneous"].holds
    linearity = (
        "linear" if linear else "affine: linear but for a constant" if verdicts["affine"].holds else "not linear"
    )
    if verdicts["shift"].holds is None:
        return linearity
    if verdicts["shift"].holds:
        moves = "it stays as it is under every shift" if verdicts["invariant"].holds else "it follows every shift"
    else:
        moves = "it follows shifts by its stride only" if verdicts["stride"].holds else "it does not follow shifts"
    return f"{linearity}; {moves}"


def examples(subject: Subject) -> None:
    """The smallest image of whole numbers on which a law fails, both sides in numbers."""
    failing = {LAWS[name].title: LAWS[name] for name, verdict in subject.verdicts.items() if verdict.holds is False}
    if not subject.listed:
        st.info(
            "A network's maps hold too many numbers to check by hand: the deviations above are the evidence. Choose an "
            "operator of the list to see its smallest counterexample."
        )
        return
    if not failing:
        st.markdown("It breaks no law.")
        return
    system, titles = subject.system, list(failing)
    title = st.pills("Law", titles, default=titles[0], required=True, key=f"law_{system.name}")
    law = failing.get(title, failing[titles[0]])
    example = _smallest(system.name, law.name)
    if example is None:
        st.markdown(
            f"No images of up to {PIXELS} pixels break it that hold at most {NONZERO} numbers beside 0, none beyond "
            f"{LARGEST}."
        )
        return
    st.markdown(f"The smallest there is{_tried(example)}:")
    grids = [NumberGrid("x", example.x)] + ([] if example.y is None else [NumberGrid("y", example.y)])
    grids += [NumberGrid(law.left, example.left), NumberGrid(law.right, example.right)]
    if system.numbers is not None:
        grids.append(NumberGrid("what L holds for such an image", system.numbers(example.x.shape)))
    number_grids(f"example_{system.name}_{law.name}", grids)


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


def table() -> None:
    """Every operator and every law."""
    rows = []
    for name, verdicts in all_verdicts().items():
        cells = {law.title: MARKS[verdicts[law.name].holds] for law in LAWS.values()}
        rows.append({"operator": SYSTEMS[name].title, "linear and shift-invariant": MARKS[is_lti(verdicts)]} | cells)
    st.dataframe(rows, hide_index=True, height="content", alt="For each operator, which laws hold and which fail")
    st.caption(f"Worked out on {TRIALS} images of noise of {SIZE[0]} × {SIZE[1]} pixels and all their shifts.")


@keeping(1_000_000, "Trying every law on every operator …")
def all_verdicts() -> dict[str, dict[str, Verdict]]:
    return verdicts_on_noise()
