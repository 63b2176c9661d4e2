"""Where an answer comes from: what covering a place costs, and the class activation map where there is one."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.attribution.class_activation import class_activation
from invariance.attribution.occlusion import occlusion
from invariance.model import Model
from ui.caching import keeping
from ui.drawing.download import download
from ui.drawing.pictures import show, signed
from ui.networks import Shown, inside_of

LARGE = 226  # screen pixels
PATCH, STEP = 5, 2  # pixels, of the occlusion


def evidence(shown: Shown, image: np.ndarray) -> None:
    """Both maps for a class that the person chooses; at first the network's answer."""
    model = shown.model
    labels = model.card.labels
    best = int(model.predict(image[None])[0].argmax())
    label = labels.index(st.selectbox("Class", labels, index=best, key=f"why_{model.card.name}"))
    drop = _occluded(model, image, label)
    pictures = [(image, "the image")]
    pictures.append(
        (drop, f"Occlusion: red where covering it costs {labels[label]}, at most {100 * drop.max():.1f} points")
    )
    try:
        activation = class_activation(inside_of(model), image, label)
    except UserError as error:
        missing = f"No class activation map: {error}"
    else:
        missing = ""
        text = f"Class activation: red where the last maps speak for {labels[label]}, blue against"
        pictures.append((activation, text))
    with st.container(horizontal=True):
        for values, text in pictures:
            show(signed(values) if values.ndim == 2 else values, LARGE, caption=text, alt=text)
        st.markdown(missing)
    download(
        f"{model.card.name} why {labels[label]}",
        f"{model.card.title} asked for {labels[label]}. Occlusion by grey patches of {PATCH} × {PATCH} pixels, "
        f"every {STEP}: the fall of the probability.",
        lambda figures: figures.pictures(pictures),
    )
    st.markdown(
        f"**Occlusion** covers a patch of {PATCH} × {PATCH} pixels with grey and measures how far the probability "
        "falls. It works for any network, but a grey patch is itself something to see, and two places that stand in "
        "for each other both look unimportant. **Class activation** shows which places of the last maps add to the "
        "class's logit; it exists only for networks that end in global pooling and one linear layer, and is as "
        "coarse as those maps."
    )


@keeping(4_000_000, "Covering the image, place by place …")
def _occluded(model: Model, image: np.ndarray, label: int) -> np.ndarray:
    return occlusion(model, image, label, patch=PATCH, step=STEP)
