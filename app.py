"""Invariance Lab: streamlit run app.py."""

import streamlit as st

from ui import frame

frame.top()
page = st.navigation(
    {
        "Try": [
            st.Page("pages/classify.py", title="Classify", icon=":material/draw:", default=True),
        ],
        "Networks": [
            st.Page("pages/runtime.py", title="Runtime", icon=":material/memory:", url_path="runtime"),
        ],
    }
)
page.run()
frame.bottom()
