"""The front door: what this is, shown at once, and three ways in."""

import streamlit as st

from ui.frame import head

ASKED = {"what", "source", "draw", "sample", "test", "networks", "values"}  # in links to this page when it was Classify

if ASKED & set(st.query_params):
    st.switch_page("classify.py", query_params=st.query_params.to_dict())

head("What does a network's answer survive?", "Turn the digit and watch which network keeps its answer.")
