"""Invariance Lab: streamlit run app.py."""

import streamlit as st

from ui.upkeep import upkeep

app = st.App("pages/menu.py", lifespan=upkeep)
