import re

import pytest
from streamlit.testing.v1 import AppTest

from invariance.datasets import MNIST
from tests.conftest import ROOT, texts
from ui.tour.bar import SHOW
from ui.tour.steps import STEPS


def opened(page, query):
    """A page as the first thing that a visit opens."""
    app = AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60).switch_page(page)
    app.query_params.update(query)
    return app.run()


def guessed(number, choice=SHOW):
    """A step, counted from 1, once its question is guessed."""
    app = opened(STEPS[number - 1].page, {"tour": str(number)})
    return app.pills(key=f"guess_{number}").set_value(choice).run()


def test_no_page_shows_before_its_step_s_question_is_guessed_and_nothing_tells_the_answer():
    for number, step in enumerate(STEPS, 1):
        app = opened(step.page, {"tour": str(number)})
        assert not app.exception
        assert f"Step {number} of {len(STEPS)}: {step.title}" in texts(app)
        assert [title.value for title in app.title] == [step.question]
        assert [len(app.get(kind)) for kind in ("bidi_component", "vega_lite_chart", "expander")] == [1, 0, 0]
        assert "verdict" not in texts(app)
        answer = step.answer()
        assert answer.text not in texts(app)
        told = "".join((step.do, step.see, step.question, *(title for _, title in step.pictures())))
        assert not set(re.findall(r"\d+\.\d+ %", answer.text)) & set(re.findall(r"\d+\.\d+ %", told))


def test_a_guess_shows_the_page_and_whether_it_was_right():
    answer, choices = STEPS[1].answer(), STEPS[1].choices
    right = choices[answer.choice]
    wrong = next(choice for choice in choices if choice != right)
    for guess, said in (
        (right, f"✓ You guessed it: {right}."),
        (wrong, f"✗ Not *{wrong}* but *{right}*."),
        (SHOW, right),
    ):
        app = guessed(2, guess)
        assert not app.exception
        assert said in texts(app)
        assert answer.text in texts(app)
        assert "verdict" in texts(app)


def test_a_step_guessed_once_shows_its_page_when_the_person_comes_back():
    app = guessed(2)
    for number in (3, 2):
        app.query_params.clear()
        app.query_params["tour"] = str(number)
        app.run()
        assert not app.exception
        assert ("verdict" in texts(app)) == (number == 2)


def test_every_step_s_page_begins_with_what_it_is_about():
    for number, step in enumerate(STEPS, 1):
        app = guessed(number)
        assert not app.exception, step.title
        assert app.session_state["tour_step"] == number
        for name, value in step.begins.items():
            assert app.session_state[name] == value, (step.title, name)
    assert "Not moved" in texts(guessed(5))


def test_a_link_from_a_step_opens_what_the_step_began_with():
    for number, step in enumerate(STEPS, 1):
        sender = guessed(number)
        receiver = opened(step.page, dict(sender.query_params) | {f"guess_{number}": SHOW})
        assert not receiver.exception
        assert "verdict" in texts(receiver)
        for name in ("picked_what", "source", "picked_see"):
            assert (name in sender.session_state) == (name in receiver.session_state)
            if name in sender.session_state:
                assert sender.session_state[name] == receiver.session_state[name], (step.title, name)


def test_a_step_leaves_what_else_the_address_says():
    app = opened("translation.py", {"tour": "4", "what": "Digits", "guess_4": SHOW})
    assert app.session_state["picked_what"] == MNIST.name != STEPS[3].begins["picked_what"]
    assert "Step 4 of 6" in texts(app)


@pytest.mark.parametrize("number", ["0", "7", "-1", "x", "²", ""])
def test_a_step_that_there_isn_t_shows_no_bar(number):
    app = opened("rotation.py", {"tour": number})
    assert not app.exception
    assert "Step" not in texts(app)


def test_without_networks_the_guess_is_answered_by_the_command(exported):
    app = guessed(2)
    assert not app.exception
    assert "make train" in texts(app)
