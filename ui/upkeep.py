"""What the server does by itself: it makes ready for the first visitor, frees what visitors left, and mends a fault of
Streamlit's by which a page went blank."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import wraps

from streamlit import runtime
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner

from invariance.model.memory import give_back, keep_large_blocks_apart

EVERY_S = 20


@asynccontextmanager
async def upkeep(app: object) -> AsyncIterator[None]:
    """While the app runs."""
    del app
    keep_large_blocks_apart()
    run = ScriptRunner._run_script
    ScriptRunner._run_script = on_the_page_shown(run)
    work = asyncio.create_task(_work())
    try:
        yield
    finally:
        ScriptRunner._run_script = run
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


def on_the_page_shown(run: Callable[[ScriptRunner, RerunData], None]) -> Callable[[ScriptRunner, RerunData], None]:
    """How Streamlit runs a script, but that a part of a page is drawn anew on the page that is shown.

    Whoever touches a page that they are just leaving asks for a part of it, and names that page, when the next one may
    be there already. Streamlit went back for that part alone: it cleared the screen, which stayed blank. It has no
    function that keeps it from that.
    """

    @wraps(run)
    def run_script(runner: ScriptRunner, asked: RerunData) -> None:
        if asked.fragment_id_queue:
            if not any(map(runner._fragment_storage.contains, asked.fragment_id_queue)):
                return  # the page that is shown has no such part
            asked = replace(asked, page_script_hash=runner._pages_manager.current_page_script_hash)
        run(runner, asked)

    return run_script


async def _work() -> None:
    await asyncio.to_thread(_make_ready)
    while True:
        await asyncio.sleep(EVERY_S)
        free()


def _make_ready() -> None:
    """Load what every page needs: the networks, and what draws charts."""
    import ui.drawing.charts.classes  # noqa: F401  late, as the server already listens
    from ui.networks import catalogue

    catalogue()
    gc.collect()
    gc.freeze()  # what was loaded so far stays: it need not be looked through each time


def free() -> None:
    """Free what nobody can reach any more, and give it back to the system.

    Sessions refer to each other's parts in circles, which only a full collection frees. Streamlit would do one after
    every run of a page, at a fifth of the cost of a stroke (runner.postScriptGC in .streamlit/config.toml).
    """
    if runtime.exists():
        _let_go(runtime.get_instance()._session_mgr._session_storage._cache)
    gc.collect()
    give_back()


def _let_go(sessions: TTLCache) -> None:
    """Let go of the sessions that are over, and of all that they kept.

    Streamlit does so only when another ends, and its loop still holds the one that it served last until another comes:
    its uploads would stay, and its reports go on. It has no function for it.
    """
    before = dict(sessions._data)
    sessions.expire()
    for name in before.keys() - sessions._data.keys():
        session = before[name].session
        session.shutdown()
        session.session_state.clear()
        session._fragment_storage.clear()
