"""The last recorded speed comparison, as benchmarks/ wrote it."""

import json
from pathlib import Path

import streamlit as st

from ui.drawing.shown import table

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.json"


def speed() -> None:
    """Show the ratios and where they were measured, or say how to measure."""
    if not RESULTS.exists():
        st.info("Not measured yet. Run: make bench")
        return
    results = json.loads(RESULTS.read_text("utf-8"))
    stamp = results["stamp"]
    said = f"Measured {stamp['measured']} at commit {stamp['commit']} on {stamp['hardware']}."
    table("speed", results["rows"], alt="Speed ratios, each with its budget", caption=f"Speed. {said}")
    st.caption(f"{said} To measure here: make bench")
