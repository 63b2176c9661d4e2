"""Many people at once: what a stroke costs the server, and how long each of them waits for its answer.

Speaks Streamlit's own protocol, protobuf over a websocket, without a browser: fifty browsers would measure themselves.

python -m benchmarks.load PAGE --people N --seconds S tries one page by itself.
"""

import argparse
import asyncio
import json
import math
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.browser import ROOT, Server, browser, opened, served
from benchmarks.timing import Row

MOST_PEOPLE, MOST_SECONDS = 50, 600
EVERY_S = 2.0  # from one stroke of a person to the next
LIMIT_S = 60.0  # a stroke that isn't answered by then is lost
LINES = 5  # of a drawing; then a new one is begun
PAD = "invariance_lab.canvas"
FOUR = "networks=lenet5&networks=lenet5-rotated&networks=mnist-any-angle&networks=p4cnn"
PAGES = {"Classify": "classify", "Rotation": f"rotation?{FOUR}"}  # Classify begins with three
MANY, CROWD = 20, 50  # people
SECONDS = 25  # for which they draw
EVERY_PAGE = [
    "",
    *(path.stem for path in sorted((ROOT / "pages").glob("*.py")) if path.stem not in ("menu", "start")),
]
PEN_S = 4.0  # for which a pen moves


class Stroke(NamedTuple):
    """One that was sent."""

    size: int  # numbers in the drawing's lines: the pad gives it back when it was taken
    sent: float  # by time.perf_counter()


class Person:
    """A visitor who draws. waits: seconds until each stroke was answered; dropped: strokes that a newer one replaced
    before they were begun with; unanswered: the others."""

    def __init__(self, socket: ClientConnection, seed: int):
        self.socket, self.rng = socket, random.Random(seed)
        self.waits: list[float] = []
        self.dropped = 0
        self.unanswered: list[Stroke] = []
        self.runs = 0  # that were finished
        self._finished = asyncio.Condition()
        self._query = self._page = self._pad = self._fragment = ""
        self._taken = -1
        self._lines: list[dict[str, Any]] = []

    async def listen(self) -> None:
        """Take what the server sends, until the socket is closed."""
        async for data in self.socket:
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._page = message.new_session.page_script_hash
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.new_element.bidi_component.component_name == PAD:
                pad = message.delta.new_element.bidi_component
                self._pad, self._fragment = pad.id, message.delta.fragment_id
                self._taken = json.loads(pad.json)["taken"]
            elif kind == "script_finished":
                await self._finish()

    async def _finish(self) -> None:
        now = time.perf_counter()
        place = next((i for i, stroke in enumerate(self.unanswered) if stroke.size == self._taken), None)
        if place is not None:
            self.waits.append(now - self.unanswered[place].sent)
            self.dropped += place
            del self.unanswered[: place + 1]
        async with self._finished:
            self.runs += 1
            self._finished.notify_all()

    async def ask(self, page: str | None = None) -> None:
        """Send what is on the pad; page: open this one instead, PATH or PATH?QUERY."""
        message = BackMsg()
        state = message.rerun_script
        if page is None:
            state.query_string, state.page_script_hash, state.fragment_id = self._query, self._page, self._fragment
            state.widget_states.widgets.add(id=self._pad, json_value=json.dumps({"strokes": self._lines}))
        else:
            state.page_name, _, state.query_string = page.partition("?")
        await self.socket.send(message.SerializeToString())

    async def open(self, page: str) -> float:
        """Open a page; the seconds until it stood."""
        started, runs = time.perf_counter(), self.runs
        await self.ask(page)
        async with self._finished:
            await asyncio.wait_for(self._finished.wait_for(lambda: self.runs > runs), LIMIT_S)
        return time.perf_counter() - started

    async def draw(self) -> None:
        """Draw one more line, other than all before."""
        if len(self._lines) >= LINES:
            self._lines = []
        x, y = self.rng.randrange(250, 500), self.rng.randrange(150, 400)
        points = [x, y]
        for _ in range(self.rng.randrange(20, 40)):
            x, y = x + self.rng.randrange(-10, 24), y + self.rng.randrange(-4, 28)
            points += [x, y]
        self._lines = [*self._lines, {"width": 76, "points": points}]
        self.unanswered.append(Stroke(sum(len(line["points"]) for line in self._lines), time.perf_counter()))
        await self.ask()

    async def rest(self) -> None:
        """Wait until the newest stroke is answered, or is lost."""
        async with self._finished:
            try:
                await asyncio.wait_for(self._finished.wait_for(lambda: not self.unanswered), LIMIT_S)
            except TimeoutError:
                return  # what is unanswered counts as lost


@asynccontextmanager
async def person(server: Server, seed: int = 0) -> AsyncIterator[Person]:
    """Someone who comes, and goes again."""
    address = server.address.replace("http", "ws", 1) + "_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:
        one = Person(socket, seed)
        listening = asyncio.create_task(one.listen())
        try:
            yield one
        finally:
            listening.cancel()


class Load(NamedTuple):
    """What people met."""

    waits: list[float]  # seconds from a stroke to its answer
    dropped: int  # strokes that a newer one replaced
    lost: int
    cpu: float  # seconds of the server's processor time

    @property
    def strokes(self) -> int:
        return len(self.waits) + self.dropped + self.lost

    def quantile(self, share: float) -> float:
        """Milliseconds within which so large a share of the answers came."""
        return 1000 * sorted(self.waits)[min(len(self.waits) - 1, int(share * len(self.waits)))]


def processor_time(server: Server) -> float:
    """Seconds that the server and its child processes have computed."""
    process = psutil.Process(server.process.pid)
    times = [each.cpu_times() for each in [process, *process.children(recursive=True)]]
    return sum(each.user + each.system for each in times)


async def strokes(server: Server, page: str, people: int, seconds: float, every: float = EVERY_S) -> Load:
    """Let people draw on a page, each at its own time, once all of them have opened it."""

    async def draws(one: Person, number: int) -> None:
        await asyncio.sleep(every * number / people)
        begun = time.perf_counter()
        count = 0
        while (due := begun + count * every) < begun + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await one.draw()
            count += 1
        await one.rest()

    async with asyncio.TaskGroup() as group, _many(server, people) as visitors:
        for one in visitors:
            await one.open(page)
        for one in visitors:  # what is made once is not counted
            await one.draw()
            await one.rest()
            one.waits.clear()
        before = processor_time(server)
        tasks = [group.create_task(draws(one, number)) for number, one in enumerate(visitors)]
        await asyncio.wait(tasks)
        cpu = processor_time(server) - before
        return Load(
            [wait for one in visitors for wait in one.waits],
            sum(one.dropped for one in visitors),
            sum(len(one.unanswered) for one in visitors),
            cpu,
        )


@asynccontextmanager
async def _many(server: Server, count: int) -> AsyncIterator[list[Person]]:
    if count == 0:
        yield []
        return
    async with person(server, count) as one, _many(server, count - 1) as others:
        yield [one, *others]


async def page_changes(server: Server) -> tuple[float, float]:
    """Milliseconds that the slowest page takes to stand, on a server that has shown every page; and Training, the first
    time."""
    async with person(server) as one:
        first = {page: await one.open(page) for page in EVERY_PAGE}
        again = [await one.open(page) for page in EVERY_PAGE]
    return 1000 * max(again), 1000 * first["training"]


def while_the_pen_moves() -> float:
    """Answers a second on Classify while a pen moves, in a real browser."""
    with browser() as chromium, opened(chromium, ROOT / "app.py", "classify") as (page, _):
        runs = []

        def count(data: bytes | str) -> None:
            if isinstance(data, bytes) and ForwardMsg.FromString(data).WhichOneof("type") == "script_finished":
                runs.append(time.perf_counter())

        page.on("websocket", lambda socket: socket.on("framereceived", count))
        page.reload()
        page.locator("[data-testid=answer]").nth(2).wait_for()
        page.wait_for_timeout(1000)
        box = page.locator(".pad canvas").bounding_box()
        page.mouse.move(box["x"] + 40, box["y"] + 40)
        page.mouse.down()
        runs.clear()
        begun = time.perf_counter()
        while (passed := time.perf_counter() - begun) < PEN_S:
            turn = 6 * passed
            place = [0.5 + 0.3 * way(turn) * (0.3 + 0.7 * passed / PEN_S) for way in (math.cos, math.sin)]
            page.mouse.move(box["x"] + box["width"] * place[0], box["y"] + box["height"] * place[1])
            page.wait_for_timeout(10)
        count_of_runs = len(runs)
        page.mouse.up()
    return count_of_runs / passed


def measure() -> Iterator[Row]:
    yield Row("answers a second while the pen moves, Classify", while_the_pen_moves(), "/s", "at least 10")
    with served(ROOT / "app.py") as server:
        for page, networks, cpu in (("Classify", 3, 40), ("Rotation", 4, 120)):
            alone = asyncio.run(strokes(server, PAGES[page], 1, SECONDS, every=0.5))
            what = f"processor time of a stroke, {page}, {networks} networks"
            yield Row(what, 1000 * alone.cpu / alone.strokes, "ms", f"at most {cpu}")
        for page, people, median, most in (
            ("Classify", MANY, 100, 300),
            ("Rotation", MANY, 250, 600),
            ("Classify", CROWD, 100, 300),
            ("Rotation", CROWD, None, None),
        ):
            load = asyncio.run(strokes(server, PAGES[page], people, SECONDS))
            who = f"{people} people, {page}: "
            yield Row(who + "median", load.quantile(0.5), "ms", f"at most {median}" if median else "")
            yield Row(who + "95 % within", load.quantile(0.95), "ms", f"at most {most}" if most else "")
            yield Row(who + "strokes replaced by newer ones", 100 * load.dropped / load.strokes, "%")
            yield Row(who + "strokes lost", load.lost, "", "at most 0")
        slowest, fit = asyncio.run(page_changes(server))
        yield Row("page change, the slowest page", slowest, "ms", "at most 1000")
        yield Row("the page Training, the first time", fit, "ms", "at most 1500")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", choices=PAGES)
    parser.add_argument("--people", type=int, default=1, choices=range(1, MOST_PEOPLE + 1), metavar=f"1-{MOST_PEOPLE}")
    parser.add_argument("--seconds", type=int, default=SECONDS, choices=range(1, MOST_SECONDS + 1), metavar="S")
    asked = parser.parse_args()
    with served(ROOT / "app.py") as server:
        load = asyncio.run(strokes(server, PAGES[asked.page], asked.people, asked.seconds))
    print(
        f"{load.strokes} strokes: processor time {1000 * load.cpu / load.strokes:.0f} ms each; answered within "
        f"{load.quantile(0.5):.0f} ms (median), {load.quantile(0.95):.0f} ms (95 %); {load.dropped} replaced by newer "
        f"ones before they were begun with, {load.lost} lost"
    )


if __name__ == "__main__":
    main()
