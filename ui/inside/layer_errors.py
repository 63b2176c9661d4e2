"""Where a symmetry breaks: the error of every layer of several networks, and the maps of one layer side by side."""

from typing import Any

import numpy as np
import streamlit as st

from invariance.datasets import Dataset
from invariance.images.pixels import to_float
from invariance.images.resizing import fitted
from invariance.inside.symmetry import layer_errors
from invariance.inside.values import Inside
from invariance.transforms import TRANSFORMS, Transform
from ui.drawing.download import download
from ui.drawing.pictures import maps_of, show
from ui.inside.maps import choose_layer, mapped
from ui.networks import Shown, inside_of
from ui.picking.samples import samples
from ui.words import escaped

SAMPLES = 16  # images beside the person's over which the errors are averaged
QUARTERS = 4  # amounts that show what a change does; of a rotation, the quarter turns
BESIDE = 8  # maps of a layer that are shown side by side


def choose_change() -> tuple[Transform, float, str]:
    """Ask for a transform and an amount; also in words."""
    with st.container(horizontal=True):
        name = st.selectbox(
            "Change",
            list(TRANSFORMS),
            format_func=lambda key: TRANSFORMS[key].title,
            key="broken_by",
            bind="query-params",
            width=220,
        )
        transform = TRANSFORMS[name]
        labels = [transform.label(amount) for amount in transform.amounts]
        label = st.select_slider(
            "by", labels, value=transform.label(transform.tells_most), key=f"broken_at_{name}", width=420
        )
    return transform, transform.amounts[labels.index(label)], f"{transform.title.lower()} by {label}"


def symmetry(chosen: list[Shown], shown: Shown, image: np.ndarray, dataset: Dataset) -> None:
    """Per layer and network, how far it is from following a change, over the person's image and samples of its kind;
    and the maps of the one looked into.

    chosen: the networks that are compared; shown: the one looked into; image: float32 (C, H, W).
    """
    transform, amount, what = choose_change()
    others = to_float(samples(dataset)[:SAMPLES])
    images = np.stack([image, *(fitted(sample, image.shape) for sample in others)])
    with st.container(horizontal=True):
        show(image, 98, caption="x, the image", alt="the image")
        show(transform.apply(image[None], amount)[0], 98, caption="Tx", alt=f"the image after {what}")
        st.space("small")
        for few in transform.amounts[:: max(1, len(transform.amounts) // QUARTERS)][:QUARTERS]:
            label = transform.label(few)
            show(transform.apply(image[None], few)[0], 98, caption=label, alt=f"the image after {label}")
    _errors(chosen, images, transform, amount, what)
    _beside(inside_of(shown.model), image, transform, amount, what)


def _errors(chosen: list[Shown], images: np.ndarray, transform: Transform, amount: float, what: str) -> None:
    from ui.drawing.charts import layer_errors as charts  # late: Altair takes half a second to load

    rows: list[dict[str, Any]] = []
    for entry in chosen:
        errors = layer_errors(inside_of(entry.model), images, transform, amount)
        for each in errors:
            value, low, high = (each.error.value, each.error.low, each.error.high) if each.error else (None,) * 3
            rows.append(
                {
                    "network": entry.model.card.title,
                    "layer": each.layer,
                    "value": value,
                    "low": low,
                    "high": high,
                    "measure": each.measure,
                    "why": each.why,
                }
            )
    colours = {entry.model.card.title: entry.colour for entry in chosen}
    top = max((row["high"] for row in rows if row["value"] is not None), default=0) or 1
    for title, colour in colours.items():
        own = [row for row in rows if row["network"] == title]
        last = own[-1]["value"]
        said = "no error is defined for the logits" if last is None else f"{last:.2g} at the logits"
        st.altair_chart(
            charts.layer_errors(own, title, said, colour, top),
            alt=f"Relative error of every layer of {title}: {said}",
        )
    mean = f"Mean over {len(images)} images, yours and {len(images) - 1} others, with its 95 % interval."
    st.caption(f"{mean} A grey bar: the error is not defined there; the bar says why.")
    download(
        f"layer errors {what}",
        f"Relative error of every layer under {what}. {mean}",
        lambda figures: figures.layer_errors(rows, colours),
    )
    missing = [row for row in rows if row["value"] is None]
    if missing:
        with st.expander(f"{len(missing)} layers have no error, and why"):
            st.dataframe(
                [{"network": row["network"], "layer": row["layer"], "because": row["why"]} for row in missing],
                hide_index=True,
                alt="Layers for which the error is not defined, and why",
            )


def _beside(inside: Inside, image: np.ndarray, transform: Transform, amount: float, what: str) -> None:
    """A layer's maps of the image, of the changed image, and its maps of the image changed themselves."""
    layers_with_maps = mapped(inside)
    if not layers_with_maps:
        return
    title = inside.model.card.title
    name = choose_layer(f"Maps of {escaped(title)}, layer", inside, layers_with_maps, "beside")
    layer = layers_with_maps[name]
    if layer.total_stride is None or min(layer.total_stride) < 1 or layer.copies > 1:
        st.caption(
            f"The maps of {escaped(name)} can't be changed as the image was: how they lie on the image isn't known."
        )
        return
    stride = layer.total_stride[1]
    by = amount / stride if transform.by_pixels else amount
    still = inside.values([name], image[None])[name].astype(np.float32)
    changed = inside.values([name], transform.apply(image[None], amount))[name].astype(np.float32)
    rows = [("f(x): maps of the image", still), (f"f(Tx): maps of the image after {what}", changed)]
    if transform.moves:
        between = " (between places: interpolated)" if transform.by_pixels and by % 1 else ""
        rows.append((f"T f(x): maps of the image, and then {what}{between}", transform.apply(still, by)))
    values = [maps[0, :BESIDE] for _, maps in rows]
    pictures = np.split(maps_of(np.concatenate(values), shared=True), len(rows))
    for (text, _), part in zip(rows, pictures, strict=True):
        st.markdown(text)
        with st.container(horizontal=True):
            for number, picture in enumerate(part, 1):
                show(picture, 86, caption="", alt=f"map {number}, {text}")
    every, titles = np.concatenate(values), [text.split(":")[0] for text, _ in rows]
    download(
        f"{inside.model.card.name} {name} {what}",
        f"{title}, {name}. " + "; ".join(text for text, _ in rows) + ".",
        lambda figures: figures.maps_side_by_side(
            every, titles, len(values[0]), signed=bool(every.min() < 0), shared=True
        ),
    )
