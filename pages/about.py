"""What runs the models, and whether the figures shown belong to the files that run."""

import platform

import numpy as np
import onnxruntime
import streamlit as st

from invariance.datasets import DATASETS, data_dir
from invariance.model.providers import onnxruntime_packages
from ui.drawing.shown import table
from ui.explanation import how_it_works
from ui.frame import head
from ui.networks import catalogue, none_yet
from ui.recorded.accuracy import overview
from ui.recorded.speed import speed
from ui.words import escaped

head(
    "What runs the networks?",
    "See which processor really does the work, and that every figure was measured on the very file that runs.",
)

exported = catalogue()
for provider in sorted({shown.model.provider for shown in exported.models}):
    st.metric("The networks run on", provider.name)
    if provider.reason:
        st.markdown(f"Not on an NVIDIA GPU, because {escaped(provider.reason)}.")

st.header("Networks on this machine")
if exported.models:
    table(
        "networks",
        [overview(shown) for shown in exported.models],
        alt="Every exported network with its size, its accuracy and whether the accuracy was measured on this file",
        caption="The exported networks, and whether their accuracy was measured on the very file that is here.",
    )
else:
    none_yet()

st.header("Data on this machine")
for dataset in DATASETS.values():
    kinds = {"train": "training images", "test": "test images"}
    if lacking := [kind for split, kind in kinds.items() if dataset.missing(split, data_dir())]:
        st.markdown(
            f"✗ **{dataset.title}**: no {' and no '.join(lacking)}. Run: `python -m invariance fetch {dataset.name}`"
        )
    else:
        st.markdown(
            f"✓ **{dataset.title}**: {'all files are here' if dataset.fetch else 'made here, nothing to fetch'}"
        )

st.header("Speed")
speed()

how_it_works(
    "about",
    "Versions, and how to use a GPU",
    python=platform.python_version(),
    streamlit=st.__version__,
    onnxruntime_packages=" and ".join(onnxruntime_packages()),
    onnxruntime=onnxruntime.__version__,
    numpy=np.__version__,
    system=platform.system(),
    machine=platform.machine(),
)
