"""Invariance Lab: streamlit run app.py."""

import streamlit as st

app = st.App("pages/menu.py")
