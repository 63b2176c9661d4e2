"""What runs the models, and whether the figures shown belong to the files that run."""

import platform

import numpy as np
import onnxruntime
import streamlit as st

from invariance.datasets import DATASETS, data_dir
from invariance.model.providers import onnxruntime_packages
from ui.networks import catalogue
from ui.recorded.accuracy import overview
from ui.recorded.speed import speed

st.title("What runs the networks?")
st.markdown("See which processor really does the work, and that every figure was measured on the very file that runs.")

catalogue = catalogue()
for provider in sorted({shown.model.provider for shown in catalogue.models}):
    st.metric("The networks run on", provider.name)
    if provider.reason:
        st.markdown(f"Not on an NVIDIA GPU, because {provider.reason}.")

st.header("Networks on this machine")
if catalogue.models:
    st.dataframe(
        [overview(shown) for shown in catalogue.models],
        hide_index=True,
        height="content",
        alt="Every exported network with its size, its accuracy and whether the accuracy was measured on this file",
    )
else:
    st.info("exported/ is empty. Make the networks with: make train")

st.header("Data on this machine")
for dataset in DATASETS.values():
    if absent := dataset.missing(data_dir()):
        st.markdown(
            f"✗ **{dataset.title}**: {len(absent)} files missing. Run: `python -m invariance fetch {dataset.name}`"
        )
    else:
        st.markdown(f"✓ **{dataset.title}**: {'complete' if dataset.fetch else 'made here, nothing to fetch'}")

st.header("Speed")
speed()

with st.expander("Versions, and how to use a GPU"):
    st.markdown(
        f"""
Python {platform.python_version()} · Streamlit {st.__version__} · {" and ".join(onnxruntime_packages())}
{onnxruntime.__version__} · numpy {np.__version__} · {platform.system()} on {platform.machine()}

With an NVIDIA GPU and its driver, `make app` installs the CUDA libraries that onnxruntime needs, and the networks run
there by themselves. `INVARIANCE_PROVIDER=cuda` makes it an error if they can't, `INVARIANCE_PROVIDER=cpu` stays on the
CPU. `python -m benchmarks.cuda` checks that every network really runs on the GPU and answers as on the CPU.
"""
    )
