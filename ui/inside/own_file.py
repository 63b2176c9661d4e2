"""A person's own .onnx file, opened beside the networks that come with the app."""

import tempfile
from pathlib import Path

import streamlit as st

from invariance import UserError
from invariance.model import Model
from ui.caching import keeping
from ui.networks import Shown

COLOUR = "#8C8C8C"  # none of those of the networks shown by default
KEPT = "own_model"  # in st.session_state, as (name, bytes): the uploader forgets its file on another page


def own_file() -> Shown | None:
    """Ask for a file; None while there is none or it can't be opened, which is said."""
    with st.popover("A network of your own", icon=":material/upload_file:"):
        file = st.file_uploader("An image classifier as an .onnx file; it stays on this machine", "onnx")
    if file is not None:
        st.session_state[KEPT] = (file.name, file.getvalue())
    if KEPT not in st.session_state:
        return None
    name, data = st.session_state[KEPT]
    try:
        return Shown(_opened(name, data), Path(name), COLOUR)
    except UserError as error:
        st.error(str(error))
        return None


@keeping(100_000_000, "Opening the file …")
def _opened(name: str, data: bytes) -> Model:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, Path(name).name)
        path.write_bytes(data)
        return Model(path)
