"""Helpers that the pages' tests share."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT
from ui import own_models


def opened(page="classify.py", query=None, **state):
    app = AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60)
    if state.get("what") != "cifar10":
        app.session_state["networks"] = ["lenet5"]
    for key, value in state.items():
        app.session_state[key] = value
    app.query_params.update(query or {})
    app.run()
    return app.switch_page(page).run()


def own(name, data, kind="", **choices):
    """The state of a session with a network of the person's own, and the kind of image that it knows chosen."""
    made = own_models.opened(f"yours-{Path(name).stem}", ((name, data),), choices, kind, "#B8336A", lambda *_: None)
    return {"own_models": {made.name: made}, "what": made.dataset.name}


def dropper(app):
    """Where a network of one's own is dropped."""
    return next(each for each in app.file_uploader if each.label.startswith("An image classifier"))


def answers(app):
    return [part.split("<")[0] for block in app.markdown for part in block.value.split('testid="answer">')[1:]]


def verdict(app):
    """The page's verdict line, as Markdown."""
    (said,) = [block.value for block in app.markdown if 'data-testid="verdict"' in block.value]
    return said.split("\n")[2]
