import re

import pytest

from tests.conftest import texts
from tests.pages.conftest import opened
from ui.drawing.figures.handout import HEIGHT, WIDTH, handout
from ui.tour.steps import STEPS

PAGE = re.compile(rb"/Type /Page\b")
PAPER = re.compile(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]")


def test_every_step_stands_there_with_its_question_and_its_handout():
    app = opened("teach.py")
    assert not app.exception
    said = texts(app)
    for step in STEPS:
        assert step.question in said
    assert len(app.get("download_button")) == len(STEPS)


def test_a_handout_is_one_a4_page_with_everything_but_the_answer():
    for number, step in enumerate(STEPS, 1):
        arguments = (
            f"{number}. {step.title}",
            [step.do, step.see],
            step.pictures(),
            step.question,
            step.choices,
            "here",
        )
        pdf = handout(*arguments)
        assert len(PAGE.findall(pdf)) == 1, step.title
        assert [float(side) for side in PAPER.search(pdf).groups()] == pytest.approx([72 * WIDTH, 72 * HEIGHT], abs=0.1)
    assert pdf == handout(*arguments)


def test_an_app_for_this_machine_alone_says_so_with_the_command():
    app = opened("teach.py")
    assert "can't open this app yet" in texts(app)
    assert "--server.address 0.0.0.0" in app.code[0].value


def test_presentation_is_in_the_address_holds_on_other_pages_and_is_left():
    app = opened("teach.py")
    app.button[-1].click().run()
    assert app.session_state["presenting"]
    assert "1" in app.query_params["present"]
    app.switch_page("rotation.py").run()
    assert "1" in app.query_params["present"]
    app.button(key="leave_presentation").click().run()
    assert not app.session_state["presenting"]
    assert not app.exception
