"""Invariance Lab: streamlit run app.py.

The pages lie in screens/, not in pages/: a folder of that name makes Streamlit run a page without this file when the
page's own address is the first thing that is opened.
"""

import streamlit as st

from ui import frame

frame.top()
page = st.navigation(
    {
        "Try": [
            st.Page("screens/classify.py", title="Classify", icon=":material/draw:", default=True),
        ],
        "Invariance": [
            st.Page("screens/rotation.py", title="Rotation", icon=":material/rotate_left:", url_path="rotation"),
            st.Page("screens/translation.py", title="Translation", icon=":material/open_with:", url_path="translation"),
            st.Page("screens/changes.py", title="Other changes", icon=":material/tune:", url_path="changes"),
        ],
        "Understand": [
            st.Page("screens/inside.py", title="Inside", icon=":material/layers:", url_path="inside"),
            st.Page("screens/convolution.py", title="Convolution", icon=":material/grid_on:", url_path="convolution"),
            st.Page("screens/pooling.py", title="Pooling", icon=":material/compress:", url_path="pooling"),
            st.Page(
                "screens/linear.py",
                title="Linear and shift-invariant?",
                icon=":material/balance:",
                url_path="linear",
            ),
            st.Page(
                "screens/backpropagation.py",
                title="Backpropagation",
                icon=":material/undo:",
                url_path="backpropagation",
            ),
        ],
        "Networks": [
            st.Page("screens/fit.py", title="Fit", icon=":material/show_chart:", url_path="fit"),
            st.Page("screens/claims.py", title="Claims", icon=":material/fact_check:", url_path="claims"),
            st.Page("screens/runtime.py", title="Runtime", icon=":material/memory:", url_path="runtime"),
        ],
    }
)
page.run()
frame.bottom()
