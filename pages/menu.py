"""The list of pages. It runs at every visit, whatever page is asked for, and then runs that page.

app.py names this file and runs nothing itself: beside a script that runs, a folder called pages/ makes Streamlit open
the first page that is asked for in its own way, without this menu.
"""

import streamlit as st

from invariance import UserError
from ui import frame
from ui.words import escaped

MOVED = {"claims": "sources", "fit": "training", "runtime": "about"}  # what pages were called in older links


def page(name: str, title: str, icon: str, **more) -> st.Page:
    """pages/NAME.py at the address /NAME."""
    return st.Page(f"{name}.py", title=title, icon=f":material/{icon}:", url_path=name, **more)


def moved(old: str, name: str) -> st.Page:
    """The old address of a page, which leads to the page."""

    def lead_on() -> None:
        st.switch_page(f"{name}.py", query_params=st.query_params.to_dict())

    return st.Page(lead_on, title=name, url_path=old, visibility="hidden")


frame.top()
chosen = st.navigation(
    {
        "": [page("start", "Start", "home", default=True), page("teach", "For a class", "school")],
        "Try": [
            page("classify", "Classify", "draw"),
            page("rotation", "Rotation", "rotate_left"),
            page("translation", "Translation", "open_with"),
            page("changes", "Other changes", "tune"),
        ],
        "Your model": [page("yours", "Your model", "upload_file")],
        "Understand": [
            page("convolution", "Convolution", "grid_on"),
            page("pooling", "Pooling", "compress"),
            page("inside", "Inside", "layers"),
            page("symmetry", "Lost symmetry", "broken_image"),
            page("linear", "Linear or not", "balance"),
            page("backpropagation", "Backpropagation", "undo"),
        ],
        "Evidence": [
            page("sources", "Sources", "fact_check"),
            page("training", "Training", "show_chart"),
        ],
        "More": [
            page("about", "About", "info", visibility="hidden"),
            page("glossary", "Glossary", "dictionary", visibility="hidden"),
            *(moved(old, name) for old, name in MOVED.items()),
        ],
    },
    expanded=True,
)
frame.arrive(chosen)
try:
    if not frame.guess_first():
        chosen.run()
except UserError as error:  # a network of the person's own that stopped answering
    st.error(escaped(error))
frame.bottom()
