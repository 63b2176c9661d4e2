"""What runs the models and why, and on which files the figures shown were measured."""

import platform

import numpy as np
import onnxruntime
import streamlit as st

from invariance.datasets import DATASETS, data_dir
from invariance.model.providers import onnxruntime_packages
from ui.drawing.shown import written_table
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.networks import catalogue, none_yet
from ui.recorded.accuracy import in_short, overview, whose
from ui.words import escaped

head(
    "What runs here, and what was measured?",
    "Every network is a file, and with what was measured of it stands the sha256 of that file.",
)

exported = catalogue().models
providers = sorted({shown.model.provider for shown in exported})
runs = " ".join(f"The networks run on {escaped(provider)}." for provider in providers)
say_verdict(f"{runs} {whose(exported)}" if exported else "There is no network to run here yet.")

st.header("Networks on this machine")
if exported:
    for dataset in DATASETS.values():
        if not (networks := [shown for shown in exported if shown.model.card.dataset == dataset.name]):
            continue
        rows = [overview(shown) for shown in networks]
        with st.expander(f"**{dataset.title}**: {in_short(networks)}"):
            written_table(
                f"networks for {dataset.title}",
                [{column: escaped(cell) for column, cell in row.items()} for row in rows],
                rows,
                alt="Every network with its file, its size, its accuracy and whether that was measured on this file",
                caption=f"The exported networks for {dataset.title}: file, the first digits of its sha256, size, right "
                "answers on all test images with the 95 % interval, and whether they were measured on the very file "
                "that is here.",
            )
else:
    none_yet()

st.header("Images on this machine")
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

st.header("Versions")
st.markdown(
    f"Python {platform.python_version()} · Streamlit {st.__version__} · {' and '.join(onnxruntime_packages())} "
    f"{onnxruntime.__version__} · numpy {np.__version__} · {platform.system()} on {platform.machine()}"
)

how_it_works("about", "Why onnxruntime, and how to use a GPU")
