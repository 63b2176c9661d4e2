"""Where a network of the person's own is dropped."""

import streamlit as st

from invariance import UserError
from invariance.model.reading import MOST_BYTES
from ui.own_models import MOST, add, models_among, own_models
from ui.recorded.measured import progress_in
from ui.words import escaped


def drop() -> bool:
    """Take files, open them, and say what is wrong with those that can't be; whether they were all opened just now."""
    if len(own_models()) >= MOST:
        st.caption(f"{MOST} networks of yours are kept at a time: remove one to drop another.")
        return False
    number = st.session_state.setdefault("own_uploads", 0)
    most = min(int(MOST_BYTES / 1e6), st.get_option("server.maxUploadSize"))  # MB; a server for many may allow less
    files = st.file_uploader(
        f"An image classifier as an .onnx file, and the file with its weights if there is one (both at once); up to "
        f"{most} MB. It is kept for this browser session only.",
        accept_multiple_files=True,
        max_upload_size=most,
        key=f"own_upload_{number}",
    )
    dropped, refused = [file.file_id for file in files], st.session_state.setdefault("own_refused", {})
    if files and refused.get("files") != dropped:  # else they were tried before
        errors = _added([(file.name, file.getvalue()) for file in files])
        st.session_state.own_refused = {"files": dropped, "errors": errors}
        if not errors:
            st.session_state.own_uploads = number + 1  # an empty uploader: what it held is not held twice
            return True
        st.rerun()
    for error in refused["errors"] if files else []:
        st.error(escaped(error))
    return False


def _added(files: list[tuple[str, bytes]]) -> list[str]:
    """Open what was dropped, with a bar; why some of it can't be used."""
    networks = models_among(files)
    if not networks:
        return ["None of these files ends in .onnx: drop the network itself too, together with its weights."]
    bar, errors = st.progress(0.0, "Opening the file …"), []
    for network in networks:
        try:
            st.session_state.own_shown = add(network, progress_in(bar, "preparations")).name
        except UserError as error:
            errors.append(str(error))
    return errors
