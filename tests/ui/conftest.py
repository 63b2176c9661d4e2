"""Helpers that the tests of pages' parts share."""

from streamlit.testing.v1 import AppTest


def shown(part, query=None, **state):
    """A function that shows a part of a page, run as a page of its own; it imports what it needs itself."""
    app = AppTest.from_function(part, default_timeout=120)
    for key, value in state.items():
        app.session_state[key] = value
    app.query_params.update(query or {})
    app.run()
    assert not app.exception
    return app
