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

    class Info:
        session = type("Session", (), {"id": "one"})()

    info = Info()
    over = weakref.ref(info)
    storage.save(info)
    del info

    class Running:
        _session_mgr = manager

    monkeypatch.setattr(upkeep.runtime, "exists", lambda: True)
    monkeypatch.setattr(upkeep.runtime, "get_instance", Running)
    assert over() is not None
    upkeep.free()
    assert over() is None
