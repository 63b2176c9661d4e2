"""What visitors left is freed."""

import gc
import weakref

from ui import upkeep


class Left:
    """What refers to itself, so that only a full collection frees it."""

    def __init__(self):
        self.itself = self


def test_what_nobody_can_reach_is_freed():
    gc.disable()
    try:
        left = weakref.ref(Left())
        assert left() is not None
        upkeep.free()
        assert left() is None
    finally:
        gc.enable()


def test_sessions_that_are_over_are_let_go(monkeypatch):
    from streamlit.runtime.memory_session_storage import MemorySessionStorage
    from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

    storage = MemorySessionStorage(ttl_seconds=0)
    manager = WebsocketSessionManager(storage, None, None, None)

    class Session:
        id = "one"

        def __init__(self):
            self.session_state, self.closed = {"report": Left()}, False
            self._fragment_storage = {"live": self.session_state["report"]}

        def shutdown(self):
            self.closed = True

    class Info:
        session = Session()

    info = Info()
    over, kept, session = weakref.ref(info), weakref.ref(info.session.session_state["report"]), info.session
    storage.save(info)
    del info

    class Running:
        _session_mgr = manager

    monkeypatch.setattr(upkeep.runtime, "exists", lambda: True)
    monkeypatch.setattr(upkeep.runtime, "get_instance", Running)
    assert over() is not None
    upkeep.free()
    assert over() is None
    assert kept() is None  # though the session itself is held, as Streamlit's loop holds the last one
    assert session.closed
