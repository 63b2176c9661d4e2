"""The last recorded speed comparison, as benchmarks/ wrote it."""

import json
from pathlib import Path

import streamlit as st

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.json"


def speed() -> None:
    """Show the ratios and where they were measured, or say how to measure."""
    if not RESULTS.exists():
        st.info("Not measured yet. Run: make bench")
        return
    results = json.loads(RESULTS.read_text("utf-8"))
    stamp = results["stamp"]
    st.dataframe(results["rows"], hide_index=True, height="content", alt="Speed ratios, each with its budget")
    st.caption(
        f"Measured {stamp['measured']} at commit {stamp['commit']} on {stamp['hardware']}. To measure here: make bench"
    )
