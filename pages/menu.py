"""The list of pages. It runs at every visit, whatever page is asked for, and then runs that page.

app.py names this file and runs nothing itself: beside a script that runs, a folder called pages/ makes Streamlit open
the first page that is asked for in its own way, without this menu.
"""

import streamlit as st

from invariance import UserError
from ui import frame
from ui.words import escaped

frame.top()
page = st.navigation(
    {
        "Try": [
            st.Page("classify.py", title="Classify", icon=":material/draw:", default=True),
        ],
        "Invariance": [
            st.Page("rotation.py", title="Rotation", icon=":material/rotate_left:", url_path="rotation"),
            st.Page("translation.py", title="Translation", icon=":material/open_with:", url_path="translation"),
            st.Page("changes.py", title="Other changes", icon=":material/tune:", url_path="changes"),
        ],
        "Your model": [
            st.Page("yours.py", title="Your model", icon=":material/upload_file:", url_path="yours"),
        ],
        "Understand": [
            st.Page("inside.py", title="Inside", icon=":material/layers:", url_path="inside"),
            st.Page("convolution.py", title="Convolution", icon=":material/grid_on:", url_path="convolution"),
            st.Page("pooling.py", title="Pooling", icon=":material/compress:", url_path="pooling"),
            st.Page("linear.py", title="Linear and shift-invariant?", icon=":material/balance:", url_path="linear"),
            st.Page("backpropagation.py", title="Backpropagation", icon=":material/undo:", url_path="backpropagation"),
        ],
        "Networks": [
            st.Page("fit.py", title="Fit", icon=":material/show_chart:", url_path="fit"),
            st.Page("claims.py", title="Claims", icon=":material/fact_check:", url_path="claims"),
            st.Page("runtime.py", title="Runtime", icon=":material/memory:", url_path="runtime"),
        ],
    },
    expanded=True,
)
frame.name_tab(page.title)
try:
    page.run()
except UserError as error:  # a network of the person's own that stopped answering
    st.error(escaped(error))
frame.bottom()
