"""For a class: a tour through the pages, handouts, a view for the wall, and how the class reaches the app."""

from functools import partial

import segno
import streamlit as st

from ui.drawing.download import offer
from ui.frame import head, say_verdict
from ui.present import present
from ui.reach import machine_address, reach
from ui.tour.steps import STEPS, Step
from ui.words import as_html, escaped

COMMAND = "streamlit run app.py --server.address 0.0.0.0"
MANUAL = "docs/deploy.md"


def as_handout(number: int, step: Step, address: str) -> bytes:
    from ui.drawing.figures.handout import handout  # late: matplotlib takes most of a second

    return handout(
        f"{number}. {step.title}",
        [f"Do: {step.do}", f"Look: {step.see}"],
        step.pictures(),
        step.question,
        step.choices,
        f"Invariance Lab, step {number} of {len(STEPS)}: {address}{step.page.removesuffix('.py')}?tour={number}",
    )


def steps(address: str) -> None:
    """Each step with its question and its handout."""
    for number, step in enumerate(STEPS, 1):
        text, print_out = st.columns([4, 1], vertical_alignment="center")
        with text.container(gap=None):
            st.page_link(step.page, label=f"**{number}. {step.title}**", query_params={"tour": str(number)})
            st.caption(step.question)
        with print_out:
            offer(f"handout {number}", {"pdf": partial(as_handout, number, step, address)})


def for_others() -> str:
    """How a class reaches this app; where."""
    here = reach(st.context.url or "", st.get_option("server.address"), machine_address())
    if here.now:
        say_verdict(f"Your class opens this app at {escaped(here.address)}")
    else:
        say_verdict("Your class can't open this app yet: it was started for this machine alone.")
    return here.address


def way_in(address: str) -> None:
    st.subheader("How your class gets in", anchor=False)
    code = segno.make(address)
    st.html(
        f'<img src="{code.svg_data_uri(scale=5, border=2, light="white")}" width="180" height="180" '
        f'alt="QR code that opens {as_html(address)}">'
    )
    st.markdown(f"**{escaped(address)}**, for instance by its QR code, once the app was started with")
    st.code(COMMAND, language=None, wrap_lines=True)  # the colours of a language are too pale
    st.caption(
        "This opens it to everyone in your network, without a password and without encryption: do it at home or in "
        f"school, not in a network of strangers. `{MANUAL}` says how a class of fifty gets in safely."
    )


head(
    "How do you take a class through this?",
    f"{len(STEPS)} steps through the pages, each with a question to guess before the answer shows. "
    "Walk them once yourself.",
)
address = for_others()
left, right = st.columns(2, gap="large")  # the command fits into one line
with left:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(STEPS[0].page, label="Start the tour", icon=":material/route:", query_params={"tour": "1"})
        if not st.session_state.get("presenting"):
            st.button("Present it on a wall", icon=":material/open_in_full:", on_click=present, args=(True,))
    steps(address)
with right:
    way_in(address)
