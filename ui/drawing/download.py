"""Two buttons below a picture: download it, with its caption, as PNG or as PDF."""

import re
import threading
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Literal

import streamlit as st

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MIME = {"png": "image/png", "pdf": "application/pdf"}
_one_at_a_time = threading.Lock()  # matplotlib isn't made for threads, and every click has its own


def download(name: str, caption: str, figure: Callable[[ModuleType], "Figure"]) -> None:
    """Offer a picture for reports; it is drawn when a person clicks, and the page does not run anew.

    Args:
        name: of the file, without its ending; no other on the page has it.
        caption: stands below the picture, and in the file's metadata.
        figure: draws the picture with the module figures, which it is given. It runs in a thread without Streamlit:
            arrays that it needs are made before.
    """
    stem = re.sub(r"[^\w.-]+", "-", name).strip("-.")
    with st.container(horizontal=True):
        for kind, mime in MIME.items():
            st.download_button(
                kind.upper(),
                partial(_file, figure, caption, kind),
                f"{stem}.{kind}",
                mime,
                key=f"{kind} {name}",
                help=f"Download this picture with its caption as {kind.upper()}",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )


def _file(figure: Callable[[ModuleType], "Figure"], caption: str, kind: Literal["png", "pdf"]) -> bytes:
    from ui.drawing import figures  # late: matplotlib takes most of a second

    with _one_at_a_time:
        return figures.as_bytes(figure(figures), caption, kind)
