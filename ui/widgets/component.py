"""What our own widgets have in common: three files beside this one make each of them."""

from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent


def component(name: str) -> Any:
    """The widget of this name: what it consists of in NAME.html, its looks in NAME.css, its behaviour in NAME.js."""
    html, css, js = ((HERE / f"{name}.{ending}").read_text("utf-8") for ending in ("html", "css", "js"))
    return st.components.v2.component(f"invariance_lab.{name}", html=html, css=css, js=js)


def index_from_wire(value: Any, count: int) -> int | None:
    """What the browser sent -> the index of one of count things, None if that is none."""
    return value if type(value) is int and 0 <= value < count else None
