"""What a preparation makes of images, by itself."""

from dataclasses import replace

import numpy as np

from invariance.model.gate import prepares
from invariance.model.model import Model
from invariance.model.preparation import Preparation
from invariance.model.providers import open_session
from invariance.model.versions import newest_opset


def prepared(model: Model, taken: Preparation, images: np.ndarray) -> np.ndarray:
    """What a preparation for a model's file makes of float32 (N, C, H, W) in [0, 1] of the model's shape."""
    nodes = prepares(model.signature, taken, images.shape[1:], newest_opset())
    if nodes is None:
        return images
    session, _ = open_session(nodes.SerializeToString())
    return session.run(None, {session.get_inputs()[0].name: images})[0]


def seen(model: Model, images: np.ndarray) -> np.ndarray:
    """The images as the file gets them, as pictures: float32 (N, C, H, W) in [0, 1], grey or RGB, before its range,
    its order of channels and its layout."""
    own = model.preparation
    plain = replace(own, range=(0, 1), mean=(0,), std=(1,), layout="NCHW", dtype="float32")
    plain = replace(plain, channels="grey" if own.channels == "grey" else "rgb")
    return np.clip(prepared(model, plain, images), 0, 1)
