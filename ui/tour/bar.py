"""The bar that shows a step of the tour above its page, once its question is guessed."""

import streamlit as st

from ui.drawing.pictures import show
from ui.present import present
from ui.tour.steps import STEPS, Step

SHOW = "Show me"  # what stands beside a step's choices, for who won't guess
PICTURE_SIDE = 32 * 3 + 2  # screen pixels, with a border


def number_in_address() -> int | None:
    """The step that the address names, counted from 1."""
    text = st.query_params.get("tour", "")
    return next((number for number in range(1, len(STEPS) + 1) if text == str(number)), None)


def begin() -> None:
    """Choose what a step begins with, before its page runs; not where the address says more than the step."""
    state, number = st.session_state, number_in_address()
    if number and number != state.get("tour_step") and set(st.query_params) <= {"tour", "present", f"guess_{number}"}:
        for name, value in STEPS[number - 1].begins.items():
            state[name] = state[name.removeprefix("picked_")] = value  # what is remembered, and the widget for it
    state.tour_step = number


def unguessed() -> int | None:
    """The step that the address names, while its question waits for a guess: its page would tell the answer."""
    number = number_in_address()
    return number if number and _guess(number) is None else None


def _guess(number: int) -> str | None:
    """What was guessed at a step, which the address may say before the question is asked; None: nothing yet."""
    key, choices = f"guess_{number}", (*STEPS[number - 1].choices, SHOW)
    return next((said for said in (st.session_state.get(key), st.query_params.get(key)) if said in choices), None)


def ask(number: int) -> None:
    """A step's choices, and pictures beside its question."""
    step = STEPS[number - 1]
    _choices(number, step)
    with st.container(horizontal=True):
        for picture, title in step.pictures():
            show(picture, PICTURE_SIDE, caption=title, alt=title)


def _choices(number: int, step: Step) -> None:
    st.pills(
        step.question,
        (*step.choices, SHOW),
        required=True,
        key=f"guess_{number}",
        bind="query-params",
        persist_state="session",
        wrap=True,
        label_visibility="collapsed",
    )


def bar() -> None:
    """The step that the address names, above its page or its question."""
    if (number := number_in_address()) is None:
        return
    step = STEPS[number - 1]
    with st.container(border=True, key="tour", gap="small"):
        with st.container(
            key="tour_way", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.markdown(f"**Step {number} of {len(STEPS)}: {step.title}**", width="content")
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                if number > 1:
                    _to(number - 1, "Back", ":material/arrow_back:")
                if number < len(STEPS):
                    _to(number + 1, "Next", ":material/arrow_forward:")
                else:
                    st.page_link("teach.py", label="Done", icon=":material/check:")
                if not st.session_state.get("presenting"):
                    st.button(
                        "Present", icon=":material/open_in_full:", type="tertiary", on_click=present, args=(True,)
                    )
                st.button("End the tour", icon=":material/close:", type="tertiary", on_click=_end)
        if guess := _guess(number):
            _after(number, step, guess)


def _to(number: int, label: str, icon: str) -> None:
    st.page_link(STEPS[number - 1].page, label=label, icon=icon, query_params={"tour": str(number)})


def _end() -> None:
    st.query_params.pop("tour", None)


def _after(number: int, step: Step, guess: str) -> None:
    """What was right, and what to do; the rest opens."""
    answer = step.answer()
    if answer is None:
        said, why = "What this takes is not here yet. Run: make train", ""
    else:
        right, why = step.choices[answer.choice], answer.text
        said = {right: f"✓ You guessed it: {right}", SHOW: f"It is: {right}"}.get(
            guess, f"✗ Not *{guess}* but *{right}*"
        )
    st.markdown(
        f'<div role="status" data-testid="tour-answer">\n\n{said}. **Now:** {step.do}\n\n</div>', unsafe_allow_html=True
    )
    with st.expander("Why, and what to look at"):
        st.markdown(f"**{step.question}** {why}\n\n**Look:** {step.see}")
        _choices(number, step)
