"""Where a symmetry is lost: the error of every layer of several networks, and the maps of one layer side by side."""

from typing import Any

import numpy as np
import streamlit as st

from invariance.datasets import Dataset
from invariance.images.pixels import to_float
from invariance.images.resizing import fitted
from invariance.inside.orientations import TURNS, oriented_values
from invariance.inside.symmetry import LayerError, layer_errors, lost_at
from invariance.inside.values import Inside
from invariance.number_words import percent
from invariance.transforms import TRANSFORMS, Transform
from ui.caching import keeping
from ui.drawing.download import download
from ui.drawing.pictures import maps_of, show
from ui.drawing.shown import bare_chart, table
from ui.inside.maps import mapped
from ui.networks import Shown, inside_of
from ui.picking.network import choose_network
from ui.picking.remembered import one_of
from ui.picking.samples import samples
from ui.words import bold, escaped

SAMPLES = 16  # images beside the person's over which the errors are averaged
HEIGHT = 160  # screen pixels of a network's bars
BESIDE = 8  # maps of a layer that are shown side by side
SIDE = 86  # screen pixels of one
WHERE_LOST = "the one that stops following"

Found = list[tuple[Shown, list[LayerError]]]  # what was found of each network


def choose_change() -> tuple[Transform, float]:
    """Ask for a transform and an amount; both stand in the page's address."""
    titles = {transform.title: transform for transform in TRANSFORMS.values()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=200):
            transform = titles[one_of("broken_by", "Change", list(titles))]
        labels = [transform.label(amount) for amount in transform.amounts]
        state = st.session_state
        if state.get("broken_at", state.get("kept_broken_at")) not in labels:
            state.broken_at = transform.label(transform.tells_most)
        state.broken_at = state.kept_broken_at = state.get("broken_at", state.get("kept_broken_at"))
        label = st.select_slider("by", labels, key="broken_at", bind="query-params")
    return transform, transform.amounts[labels.index(label)]


def errors_of(chosen: list[Shown], image: np.ndarray, dataset: Dataset, transform: Transform, amount: float) -> Found:
    """The errors of every layer of every network, mean over an image (C, H, W) and samples of its kind."""
    images = [image, *to_float(_others(dataset))]
    found = []
    for shown in chosen:
        alike = np.stack([fitted(each, shown.model.card.shape) for each in images])
        found.append((shown, _errors(inside_of(shown.model), alike, transform.name, amount)))
    return found


def _others(dataset: Dataset) -> np.ndarray:
    """uint8 (N, C, H, W): the images beside the person's, as many as there are up to SAMPLES."""
    return samples(dataset)[:SAMPLES]


@keeping(4_000_000, "Asking every layer …")
def _errors(inside: Inside, images: np.ndarray, transform: str, amount: float) -> list[LayerError]:
    return layer_errors(inside, images, TRANSFORMS[transform], amount)


def verdict(found: Found, transform: Transform, amount: float) -> str:
    """Which layer of each network stops following, in one sentence; as Markdown."""
    if amount == transform.neutral:
        return f"By {transform.label(amount)} nothing is changed yet: choose another amount."
    fates = [f"{bold(shown.model.card.title)} {escaped(_fate(errors))}" for shown, errors in found]
    if not any(_told(errors) for _, errors in found):
        changed = [f"of {bold(shown.model.card.title)} {_change(errors)}" for shown, errors in found]
        fates = ["no maps can be compared", f"the numbers behind the answers change: {', '.join(changed)}"]
    return f"After {escaped(transform.by(amount))}: {'; '.join(fates)}."


def _told(errors: list[LayerError]) -> bool:
    """Whether it can be told which layer stops following, if one does."""
    lost = lost_at(errors)
    return errors[-1].error is not None if lost is None else lost.followed or not lost.unknown


def _fate(errors: list[LayerError]) -> str:
    """Which layer of a network stops following."""
    if not _told(errors):
        return "has no maps that can be compared"
    lost = lost_at(errors)
    if lost is None:
        return "follows to the end"
    return f"stops following at {lost.layer}" + (" at the latest" if lost.unknown else "")


def _change(errors: list[LayerError]) -> str:
    last = errors[-1].error
    return "by how much can't be told" if last is None else f"by {percent(last.value, 0)}"


def _said(errors: list[LayerError]) -> str:
    """What becomes of an image's change in a network, and of the numbers behind its answer."""
    fate, last = _fate(errors), errors[-1].error
    if last is None:
        return f"{fate}; how far the numbers behind its answer change can't be told"
    return f"{fate}; the numbers behind its answer " + (f"change by {percent(last.value, 0)}" if last.value else "stay")


def show_errors(found: Found, transform: Transform, amount: float, dataset: Dataset) -> None:
    """A chart a network: how far each of its layers is from following, on the person's image and samples of dataset."""
    from ui.drawing.charts import layer_errors as charts  # late: Altair takes half a second to load

    rows: list[dict[str, Any]] = []
    for shown, errors in found:
        for each in errors:
            value, low, high = (each.error.value, each.error.low, each.error.high) if each.error else (None,) * 3
            numbers = {"value": value, "low": low, "high": high}
            network = shown.model.card.title
            rows.append({"network": network, "layer": each.layer, "measure": each.measure, "why": each.why} | numbers)
    top = max((row["high"] for row in rows if row["value"] is not None), default=0) or 1
    for shown, errors in found:
        title = shown.model.card.title
        said = _said(errors)
        st.markdown(f"**{escaped(title)}** {escaped(said)}.")
        own = [row for row in rows if row["network"] == title]
        bare_chart(
            charts.layer_errors(own, "", "", shown.colour, top, HEIGHT),
            alt=f"How far every layer of {title} is from following: it {said}",
        )
    what = transform.by(amount)
    others = len(_others(dataset))
    mean = f"Mean over {1 + others} images, yours and {others} others, with its 95 % interval."
    st.caption(
        "A bar is the difference between the maps of the changed image and the maps changed themselves, or, where a "
        "layer has no places, between its numbers after and before, as a share of their size: 1 is 100 %. "
        f"{mean} A dashed box: the difference is not defined; the table below says why."
    )
    download(
        f"layer errors {what}",
        f"How far every layer is from following {what}: relative error. {mean}",
        lambda figures: figures.layer_errors(rows, {shown.model.card.title: shown.colour for shown, _ in found}),
    )
    missing = [row for row in rows if row["value"] is None]
    if missing:
        have = "layer has" if len(missing) == 1 else "layers have"
        with st.expander(f"{len(missing)} {have} no bar, and why"):
            table(
                f"layers without an error {what}",
                [{"network": row["network"], "layer": row["layer"], "because": row["why"]} for row in missing],
                alt="Layers for which the error is not defined, and why",
                caption=f"Layers whose error under {what} is not defined, and why.",
            )


def show_beside(found: Found, image: np.ndarray, dataset: Dataset, transform: Transform, amount: float) -> None:
    """A layer's maps of the image, of the changed image, and its maps of the image changed themselves."""
    st.subheader("See it in the maps", anchor=False)
    with st.container(horizontal=True):
        networks = [shown for shown, _ in found]
        first = next((shown for shown, errors in found if lost_at(errors)), networks[0])
        shown = choose_network("broken_in", "Network", networks, dataset, first.model.card.name)
        inside = inside_of(shown.model)
        layers_with_maps = mapped(inside)
        if not layers_with_maps:
            st.info("This network has no maps: it takes the image as a row of numbers from the start.")
            return
        name = one_of("broken_layer", "Layer", [WHERE_LOST, *layers_with_maps])
    if name == WHERE_LOST:
        lost = lost_at(next(errors for each, errors in found if each is shown))
        convolution = next((each for each in layers_with_maps if "onvolution" in layers_with_maps[each].kind), None)
        name = lost.layer if lost and lost.layer in layers_with_maps else convolution or next(iter(layers_with_maps))
    layer = layers_with_maps[name]
    if layer.total_stride is None or min(layer.total_stride) < 1 or layer.copies > 1:
        st.caption(
            f"The maps of {escaped(name)} can't be changed as the image was: how they lie on the image isn't known."
        )
        return
    errors = {each.layer: each for each in next(errors for each, errors in found if each is shown)}
    st.markdown(f"**{escaped(name)}** of {escaped(shown.model.card.title)}. {_same(errors[name])}")
    _side_by_side(inside, name, layer.total_stride[1], fitted(image, shown.model.card.shape), transform, amount)


def _same(error: LayerError) -> str:
    """Whether a layer follows, in words."""
    if error.error is None:
        return f"Whether it follows can't be told: {escaped(error.why)}"
    said = "If a layer follows, the last two rows are the same; "
    if error.error.value == 0:
        return f"{said}here they are. {escaped(error.why)}".strip()
    return f"{said}here they differ by {percent(error.error.value, 0)} of their size, on average over the images."


def _side_by_side(
    inside: Inside, name: str, stride: int, image: np.ndarray, transform: Transform, amount: float
) -> None:
    what = transform.by(amount)
    by = amount / stride if transform.by_pixels else amount
    still = inside.values([name], image[None])[name].astype(np.float32)
    changed = inside.values([name], transform.apply(image[None], amount))[name].astype(np.float32)
    rows = [("Maps of the image", still), (f"Maps of the image after {what}", changed)]
    if transform.moves:
        turned = transform.quarters(amount) if name in oriented_values(inside) else 0
        exchanged = np.roll(still, turned * (still.shape[1] // TURNS), 1)
        between = ", between their places" if transform.by_pixels and by % 1 else ""
        rows.append((f"Maps of the image, and then {what}{between}", transform.apply(exchanged, by)))
    values = [maps[0, :BESIDE] for _, maps in rows]
    pictures = np.split(maps_of(np.concatenate(values), shared=True), len(rows))
    for (text, _), part in zip(rows, pictures, strict=True):
        st.markdown(text)
        with st.container(horizontal=True):
            for number, picture in enumerate(part, 1):
                show(picture, SIDE, caption="", alt=f"map {number}, {text}")
    every, titles = np.concatenate(values), [text for text, _ in rows]
    download(
        f"{inside.model.card.name} {name} {what}",
        f"{inside.model.card.title}, {name}, its first {len(values[0])} maps under {what}.",
        lambda figures: figures.maps_side_by_side(
            every, titles, len(values[0]), signed=bool(every.min() < 0), shared=True
        ),
    )
