"""Fixtures of the pages' tests."""

import io
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


def opened(page="classify.py", query=None, **state):
    app = AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60)
    if state.get("what") != "cifar10":
        app.session_state["networks"] = ["lenet5"]
    for key, value in state.items():
        app.session_state[key] = value
    app.query_params.update(query or {})
    app.run()
    return app.switch_page(page).run()


def texts(app):
    """All that a page and its sidebar say, in one string."""
    said = [
        element.value
        for place in (app, app.sidebar)
        for kind in (place.markdown, place.info, place.warning, place.error, place.caption)
        for element in kind
    ]
    return "\n".join(said + [frame.value.to_csv() for frame in app.dataframe])


def answers(app):
    said = [block.value.split('testid="answer">') for block in app.markdown]
    return [parts[1].split("<")[0] for parts in said if len(parts) > 1]


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
