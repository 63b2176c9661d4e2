"""Small buttons below a picture, chart or table: download it, with its caption, as PNG, PDF or CSV."""

import re
import threading
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Literal

import streamlit as st

from invariance.strangers_words import letters

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MIME = {"png": "image/png", "pdf": "application/pdf", "csv": "text/csv"}
Kind = Literal["png", "pdf", "csv"]
_one_at_a_time = threading.Lock()  # matplotlib isn't made for threads, and every click has its own


def download(name: str, caption: str, figure: Callable[[ModuleType], "Figure"]) -> None:
    """Offer a picture for reports; it is drawn when a person clicks, and the page does not run anew.

    Args:
        name: of the file, without its ending; no other on the page has it.
        caption: stands below the picture, and in the file's metadata.
        figure: draws the picture with the module figures, which it is given. It runs in a thread without Streamlit:
            arrays that it needs are made before.
    """
    offer(name, {kind: partial(drawn, figure, letters(caption), kind) for kind in ("png", "pdf")})


def offer(name: str, files: dict[Kind, Callable[[], bytes]]) -> None:
    """A row of small buttons, one a kind of file; what makes a file runs at a click, one at a time.

    Args:
        name: of the files, without their ending; no others on the page have it.
        files: kind -> what makes the file, in a thread without Streamlit.
    """
    stem = re.sub(r"[^\w.-]+", "-", name).strip("-.")
    with st.container(horizontal=True, gap="xsmall", key=f"downloads {name}"):
        for kind, make in files.items():
            st.download_button(
                kind.upper(),
                partial(_alone, make),
                f"{stem}.{kind}",
                MIME[kind],
                key=f"{kind} {name}",
                help=f"Download this, with its caption, as {kind.upper()}" if kind != "csv" else "Download the numbers",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )


def drawn(figure: Callable[[ModuleType], "Figure"], caption: str, kind: Literal["png", "pdf"]) -> bytes:
    """A figure as a file."""
    from ui.drawing import figures  # late: matplotlib takes most of a second

    return figures.as_bytes(figure(figures), caption, kind)


def _alone(make: Callable[[], bytes]) -> bytes:
    with _one_at_a_time:
        return make()
