"""A training is replayed in the browser; the server hears where the slider comes to rest."""

import re

import pytest
from playwright.sync_api import expect

from benchmarks.browser import served
from invariance.evaluation import records
from tests.browser.conftest import at_rest
from tests.browser.test_first_screen import LAPTOP, PHONE

EPOCHS = 5
APP = f"""
import numpy as np
import streamlit as st
from ui.widgets.film import Plot, Reel, film

frames = np.full(({EPOCHS} + 1, 1, 4, 4), 99, np.uint8)
name, of = ("Époque", "sur") if st.toggle("In French") else ("Epoch", "of")
amounts = [f"{{epoch}} {{of}} {EPOCHS}" for epoch in range({EPOCHS} + 1)]
curves = [[0.1 * epoch, 0.95] for epoch in range({EPOCHS} + 1)]
plot = Plot("Right", (0, 360), curves, (0, 180, 360), "°", "#0072B2", [f"at {{curve[0]:.1f}}" for curve in curves])
at = film("training", [Reel("kernels", frames, [""] * len(frames))], amounts, name=name, start=2, plot=plot)
st.text(f"let go at {{at}}")
"""


@pytest.fixture(scope="module")
def replay(tmp_path_factory):
    script = tmp_path_factory.mktemp("replay") / "app.py"
    script.write_text(APP)
    with served(script) as running:
        yield running.address


def test_play_runs_to_the_last_epoch_and_the_keyboard_leads_back(tab, replay):
    tab.goto(replay)
    at_rest(tab.locator(".film"))
    amount, shown = tab.locator(".film .amount"), tab.locator(".film polyline:visible")
    expect(amount).to_have_text("2 of 5")
    expect(shown).to_have_count(3)
    expect(tab.locator(".film polyline.now")).to_have_count(1)
    play = tab.get_by_role("button", name="Play")
    play.click()
    # Its name says what it does: a pressed Pause would be no pause.
    expect(tab.locator(".film .play:not([aria-pressed])")).to_have_text(re.compile("Pause"))
    expect(amount).to_have_text("5 of 5")
    expect(play).to_be_visible()
    expect(tab.get_by_text("let go at 5")).to_be_visible()
    expect(shown).to_have_count(6)
    expect(tab.get_by_role("img", name="Right, 5 of 5: at 0.5")).to_be_visible()
    tab.get_by_role("slider", name="Epoch").press("ArrowLeft")
    expect(amount).to_have_text("4 of 5")
    expect(tab.get_by_text("let go at 4")).to_be_visible()
    expect(shown).to_have_count(5)


def test_play_begins_anew_at_the_end_and_pausing_tells_where(tab, replay):
    tab.goto(replay)
    at_rest(tab.locator(".film"))
    tab.get_by_role("slider", name="Epoch").press("End")
    expect(tab.get_by_text("let go at 5")).to_be_visible()
    amount, play = tab.locator(".film .amount"), tab.get_by_role("button", name="Play")
    play.press("Enter")
    expect(amount).not_to_have_text("5 of 5")  # it begins anew
    tab.get_by_role("button", name="Pause").press("Enter")
    expect(play).to_be_visible()
    paused = amount.inner_text()
    expect(tab.get_by_text(f"let go at {paused.split()[0]}")).to_be_visible()
    tab.wait_for_timeout(1500)  # as long as two epochs take
    expect(amount).to_have_text(paused)


def test_other_words_of_the_same_pictures_are_taken_up(tab, replay):
    tab.goto(replay)
    at_rest(tab.locator(".film"))
    expect(tab.get_by_role("img", name="kernels at 2 of 5", exact=True)).to_be_visible()
    tab.get_by_text("In French").click()
    expect(tab.locator(".film .amount")).to_have_text("2 sur 5")
    expect(tab.get_by_role("slider", name="Époque")).to_be_visible()
    expect(tab.get_by_role("img", name="kernels at 2 sur 5", exact=True)).to_be_visible()


@pytest.mark.parametrize(("reader", "screen"), [("tab", LAPTOP), ("phone", PHONE)])
def test_slider_and_verdict_lie_on_the_first_screen(reader, screen, request, address):
    if not any('"watched"' in path.read_text() for path in records.EXPORTED.glob("*.json")):
        pytest.skip("no training was recorded; run: python -m training lenet5")
    page = request.getfixturevalue(reader)
    page.set_viewport_size(screen)
    page.goto(f"{address}training?learned=Watch+it+learn")
    for what in ("[data-testid=verdict]", ".film .bar", ".film svg"):
        box = at_rest(page.locator(what).first)
        assert box["y"] + box["height"] <= screen["height"], what
