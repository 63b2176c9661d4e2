"""What the page Inside shows of one network: its layers, kernels and maps, where a symmetry breaks, and why."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.activation_map import class_activation
from invariance.architecture import Layer, layers, sharing, summary
from invariance.datasets import Dataset
from invariance.images import to_float
from invariance.inside import Inside
from invariance.occlusion import occlusion
from invariance.symmetry import layer_errors
from invariance.transforms import TRANSFORMS, Transform
from ui import cache, inputs
from ui.cache import Shown
from ui.gallery import gallery
from ui.pictures import maps_of, show, signed

MAP_SIDE = 28  # pixels that a map has at least in the gallery, which shows each as two of the screen's
LARGE = 226  # screen pixels of an enlarged map
KERNEL_SIDE = 15
PICKED_KERNELS = 200  # more than these are shown as one picture
CHANGES = {
    "a quarter turn": ("rotation", 90.0),
    "half a turn": ("rotation", 180.0),
    "a turn by 45°": ("rotation", 45.0),
    "a mirror image": ("reflection", 1.0),
    "a shift by 1 pixel": ("translation", 1.0),
    "a shift by 2 pixels": ("translation", 2.0),
    "a shift by 4 pixels": ("translation", 4.0),
    "a circular shift by 1 pixel": ("circular", 1.0),
    "a circular shift by 4 pixels": ("circular", 4.0),
}
SAMPLES = 16  # images beside the person's over which the errors are averaged
BESIDE = 8  # maps of a layer that are shown side by side
PATCH, STEP = 5, 2  # pixels, of the occlusion


def _enlarged(pictures: np.ndarray, side: int) -> np.ndarray:
    zoom = max(1, -(-side // max(pictures.shape[2:])))
    return pictures.repeat(zoom, 2).repeat(zoom, 3)


def _mapped(inside: Inside) -> dict[str, Layer]:
    """The layers whose result is maps, by name."""
    return {layer.name: layer for layer in layers(inside) if layer.name in inside.maps}


def _first_convolution(mapped: dict[str, Layer]) -> int:
    """Its place among layers; 0 if there is none."""
    return next((place for place, layer in enumerate(mapped.values()) if "onvolution" in layer.kind), 0)


def _convolutions(inside: Inside) -> list[str]:
    return [layer.name for layer in layers(inside) if "onvolution" in layer.kind]


def maps(inside: Inside, image: np.ndarray) -> None:
    """All maps of a layer for an image (C, H, W); the clicked one large, with its numbers and its kernel."""
    mapped = _mapped(inside)
    if not mapped:
        st.info("This network has no maps: it takes the image as a row of numbers from the start.")
        return
    name = st.selectbox(
        "Layer",
        list(mapped),
        index=_first_convolution(mapped),
        format_func=lambda key: f"{key}: {mapped[key].kind}, {' × '.join(map(str, mapped[key].shape))}",
        key=f"layer_{inside.model.card.name}",
    )
    values = inside.values([name], image[None])[name][0]
    pictures = maps_of(values, shared=st.toggle("One scale for all maps", help="Off: each by its own largest value."))
    chosen = min(st.session_state.get("map", 0), len(values) - 1)
    gallery(
        "maps",
        _enlarged(pictures, MAP_SIDE),
        [f"map {number} of {name}" for number in range(1, len(values) + 1)],
        chosen=chosen,
        hint=f"The {len(values)} maps of {name}",
        on_click=lambda index: st.session_state.update(map=index),
    )
    one = values[chosen]
    row = st.container(horizontal=True, vertical_alignment="top")
    text = f"Map {chosen + 1} of {name}, {one.shape[0]} × {one.shape[1]}"
    with row.container(width=LARGE + 10):
        show(pictures[chosen], LARGE, caption=text, alt=text)
    with row.container():
        st.markdown(
            f"From **{one.min():.3g}** to **{one.max():.3g}**, mean {one.mean():.3g}; {(one == 0).mean():.0%} of it is "
            "exactly 0.".replace("%", " %")
            + (" Red is above zero, blue below." if values.min() < 0 else " Black is 0.")
        )
        convolution = _maker(inside, name, len(values))
        if convolution:
            filters, biases = inside.kernels(convolution)
            st.markdown(f"Made by kernel {chosen + 1} of {convolution}, bias {biases[chosen]:.3g}:")
            with st.container(horizontal=True):
                for number, part in enumerate(filters[chosen][:16], 1):
                    show(signed(part), 66, caption="", alt=f"slice {number} of the kernel")


def _maker(inside: Inside, name: str, count: int) -> str:
    """The convolution that a layer's maps come from, if only ReLU, pooling or the like lie between; else ""."""
    found = ""
    for layer in layers(inside):
        if "onvolution" in layer.kind:
            found = layer.name
        elif layer.kind in ("Sum", "Side by side"):
            found = ""
        if layer.name == name:
            break
    return found if found and len(inside.kernels(found)[0]) == count else ""


def architecture(inside: Inside) -> None:
    """The network as volumes in proportion, its totals, and its layers in a table."""
    found, total = layers(inside), summary(inside)
    st.image(
        _volumes(inside, found), width="stretch", alt=f"The {len(found)} layers as volumes; the table has their sizes"
    )
    row = st.container(horizontal=True)
    row.metric("Parameters", f"{total.parameters:,}", border=True)
    row.metric("Trainable", f"{total.trainable:,}", border=True)
    row.metric("Multiply-adds, one image", f"{total.multiply_adds:,}", border=True)
    row.metric("Input, MB", f"{total.input_mb:.3f}", border=True)
    row.metric("Forward pass, MB", f"{total.forward_mb:.2f}", border=True)
    row.metric("Parameters, MB", f"{total.parameters_mb:.2f}", border=True)
    st.dataframe(
        [
            {
                "layer": layer.name,
                "type": layer.kind,
                "output shape": " × ".join(map(str, layer.shape)),
                "parameters": layer.parameters,
                "multiply-adds": layer.multiply_adds,
                "sees, pixels": " × ".join(map(str, layer.receptive_field)) if layer.receptive_field else "",
            }
            for layer in found
        ],
        hide_index=True,
        alt="Every layer with its type, output shape, parameters, multiply-adds and receptive field",
    )
    st.caption(
        "1 MB is 2²⁰ bytes; a number takes 4. “Sees” is the receptive field: the patch of the image behind a unit."
    )


def _volumes(inside: Inside, found: list[Layer]) -> str:
    """A drawing (SVG): boxes as high as the maps and as thick as the root of their number; other layers as bars."""
    shapes = [("image", inside.model.card.shape), *((layer.name, layer.shape) for layer in found)]
    high = max(shape[1] for _, shape in shapes if len(shape) == 3)
    scale, gap = 90 / high, 14 if len(shapes) < 16 else 7
    boxes, x = [], 10.0
    for name, shape in shapes:
        spatial = len(shape) == 3 and shape[1] * shape[2] > 1
        count = shape[0] if len(shape) == 3 else int(np.prod(shape))
        height = shape[1] * scale if spatial else min(100.0, 6 + 1.6 * count**0.5)
        thick = max(3.0, (1.6 if len(shapes) < 16 else 0.9) * count**0.5) if spatial else 5.0
        lean = height * 0.25 if spatial else 0.0
        top = 70 - height / 2
        label = f"{name}: {' × '.join(map(str, shape))}"
        boxes.append(
            f'<g><title>{label}</title><path d="M{x:.1f} {top:.1f} l{lean:.1f} {-lean:.1f} h{thick:.1f} '
            f"l{-lean:.1f} {lean:.1f} z M{x + thick:.1f} {top:.1f} l{lean:.1f} {-lean:.1f} v{height:.1f} "
            f'l{-lean:.1f} {lean:.1f} z" fill="#56B4E9" stroke="#0072B2"/><rect x="{x:.1f}" y="{top:.1f}" '
            f'width="{thick:.1f}" height="{height:.1f}" fill="#9AD0F0" stroke="#0072B2"/>'
            f'<text x="{x:.1f}" y="132" font-size="8" font-family="sans-serif" fill="#808080" '
            f'transform="rotate(35 {x:.1f} 132)">{name}</text></g>'
        )
        x += thick + lean + gap
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(x + 40, 480):.0f} 175">{"".join(boxes)}</svg>'


def shared(inside: Inside) -> None:
    """Every convolution against a fully connected layer of the same input and output."""
    rows = []
    for name in _convolutions(inside):
        found = sharing(inside, name)
        rows.append(
            {
                "convolution": name,
                "connections": f"{found.connections:,}",
                "fully connected": f"{found.full_connections:,}",
                "share of the connections": f"{found.connections / found.full_connections:.2%}".replace("%", " %"),
                "parameters": f"{found.parameters:,}",
                "parameters if fully connected": f"{found.full_parameters:,}",
                "a parameter is used": f"{found.connections / found.parameters:,.0f} times",
            }
        )
    if rows:
        st.dataframe(rows, hide_index=True, alt="Connections and parameters of each convolution and of a full layer")


def kernels(inside: Inside) -> None:
    """All kernels of a convolution, blue below zero and red above; one of them in numbers."""
    names = _convolutions(inside)
    if not names:
        st.info("This network has no convolution.")
        return
    name = st.selectbox("Convolution", names)
    filters, _ = inside.kernels(name)
    outputs, ins, height, width = filters.shape
    flat = filters.reshape(-1, height, width)
    pictures = maps_of(flat, shared=st.toggle("One scale for all kernels", value=True))
    if pictures.shape[1] == 1:  # a layer without negative weights is drawn like the others
        pictures = np.stack([signed(each) for each in flat])
    chosen = min(st.session_state.get("kernel", 0), len(flat) - 1)
    st.markdown(f"{outputs} kernels of {ins} {'slice' if ins == 1 else 'slices'}, {height} × {width} each.")
    if len(flat) <= PICKED_KERNELS:
        gallery(
            "kernels",
            _enlarged(pictures, KERNEL_SIDE),
            [f"kernel {index // ins + 1}, slice {index % ins + 1}" for index in range(len(flat))],
            chosen=chosen,
            hint=f"The kernels of {name}",
            on_click=lambda index: st.session_state.update(kernel=index),
        )
    else:
        mosaic = np.pad(pictures, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=128)
        mosaic = mosaic.reshape(outputs, ins, 3, height + 1, width + 1)
        rows, columns = (ins, outputs) if outputs > ins else (outputs, ins)
        order = (2, 1, 3, 0, 4) if outputs > ins else (2, 0, 3, 1, 4)
        mosaic = mosaic.transpose(order).reshape(3, rows * (height + 1), columns * (width + 1))
        text = f"{outputs} kernels {'side by side' if outputs > ins else 'below each other'}, each of {ins} slices"
        show(mosaic, mosaic.shape[2] + 2, caption=text, alt=text)
        chosen = st.number_input("Kernel in numbers, counted kernel by kernel and slice by slice", 1, len(flat), 1) - 1
    st.markdown(f"**Kernel {chosen // ins + 1}, slice {chosen % ins + 1}**")
    rows = [" & ".join(f"{value:.3f}" for value in row) for row in flat[chosen]]
    st.latex(r"\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}")


def symmetry(chosen: list[Shown], shown: Shown, image: np.ndarray, dataset: Dataset) -> None:
    """Per layer and network, how far it is from following a change, over the person's image and samples of its kind;
    and the maps of the one looked into."""
    from ui import charts  # late, as in answers.py

    what = st.selectbox("Change", list(CHANGES), key="change")
    name, amount = CHANGES[what]
    transform = TRANSFORMS[name]
    samples = to_float(inputs.samples(dataset)[:SAMPLES])
    images = np.concatenate([image[None], samples])
    with st.container(horizontal=True):
        changed = transform.apply(image[None], amount)[0]
        show(image, 98, caption="the image", alt="the image")
        show(changed, 98, caption=f"after {what}", alt=f"the image after {what}")
    rows, reasons = [], []
    for entry in chosen:
        title = entry.model.card.title
        found = layer_errors(cache.inside(entry.model, entry.model.sha256), images, transform, amount)
        for place, each in enumerate(found):
            if each.error is None:
                reasons.append({"network": title, "layer": each.layer, "no error, because": each.why})
                continue
            rows.append(
                {
                    "network": title,
                    "layer": each.layer,
                    "place": place / max(1, len(found) - 1),
                    "value": each.error.value,
                    "low": each.error.low,
                    "high": each.error.high,
                    "measure": each.measure,
                    "note": each.why,
                }
            )
    colours = {entry.model.card.title: entry.colour for entry in chosen}
    if rows:
        ends = "; ".join(
            f"{title}: {[row['value'] for row in rows if row['network'] == title][-1]:.2g} at the end"
            for title in colours
            if any(row["network"] == title for row in rows)
        )
        st.altair_chart(charts.layer_errors(rows, colours), alt=f"Relative error of every layer. {ends}")
        st.caption(f"Mean over {len(images)} images, with its 95 % interval: yours and {len(samples)} others.")
    if reasons:
        with st.expander(f"{len(reasons)} layers have no error, and why"):
            st.dataframe(reasons, hide_index=True, alt="Layers for which the error is not defined, and why")
    _beside(cache.inside(shown.model, shown.model.sha256), image, transform, amount, what)


def _beside(inside: Inside, image: np.ndarray, transform: Transform, amount: float, what: str) -> None:
    """A layer's maps of the image, of the changed image, and its maps of the image changed themselves."""
    mapped = _mapped(inside)
    if not mapped:
        return
    name = st.selectbox(
        f"Maps of {inside.model.card.title}, layer",
        list(mapped),
        index=_first_convolution(mapped),
        key=f"beside_{inside.model.card.name}",
    )
    stride = mapped[name].total_stride
    moving = transform.unit == TRANSFORMS["translation"].unit
    if stride is None or mapped[name].copies > 1 or (moving and amount % stride[1]):
        st.caption(f"The maps of {name} can't be changed as the image was by {what}.")
        return
    still = inside.values([name], image[None])[name]
    changed = inside.values([name], transform.apply(image[None], amount))[name]
    moved = transform.apply(still, amount / stride[1] if moving else amount)
    rows = [still[0, :BESIDE], changed[0, :BESIDE], moved[0, :BESIDE]]
    pictures = maps_of(np.concatenate(rows), shared=True)
    said = ("of the image", f"of the image after {what}: f(Tx)", f"of the image, and then {what}: T f(x)")
    for text, part in zip(said, np.split(pictures, len(rows)), strict=True):
        st.markdown(f"Maps {text}")
        with st.container(horizontal=True):
            for number, picture in enumerate(part, 1):
                show(picture, 86, caption="", alt=f"map {number} {text}")


def why(shown: Shown, image: np.ndarray) -> None:
    """Where the answer comes from: what covering costs, and the class activation map where there is one."""
    model = shown.model
    labels = model.card.labels
    best = int(model.predict(image[None])[0].argmax())
    label = labels.index(st.selectbox("Class", labels, index=best))
    drop = _occluded(model, model.sha256, image, label)
    row = st.container(horizontal=True)
    with row:
        show(image, LARGE, caption="the image", alt="the image")
        text = f"Occlusion: red where covering it costs {labels[label]}, at most {100 * drop.max():.1f} points"
        show(signed(drop), LARGE, caption=text, alt=text)
        try:
            activation = class_activation(cache.inside(model, model.sha256), image, label)
        except UserError as error:
            st.markdown(f"No class activation map: {error}")
        else:
            text = f"Class activation: red where the last maps speak for {labels[label]}, blue against"
            show(signed(activation), LARGE, caption=text, alt=text)
    st.markdown(
        f"**Occlusion** covers a patch of {PATCH} × {PATCH} pixels with grey and measures how far the probability "
        "falls. It works for any network, but a grey patch is itself something to see, and two places that stand in "
        "for each other both look unimportant. **Class activation** shows which places of the last maps add to the "
        "class's logit; it exists only for networks that end in global pooling and one linear layer, and is as "
        "coarse as those maps."
    )


@st.cache_data(max_entries=64, show_spinner="Covering the image, place by place …")
def _occluded(_model: object, sha256: str, image: np.ndarray, label: int) -> np.ndarray:
    del sha256
    return occlusion(_model, image, label, patch=PATCH, step=STEP)
