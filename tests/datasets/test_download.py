"""Downloads against a server on this machine that can cut off, corrupt or refuse."""

import gzip
import hashlib
import http.server
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

import pytest

from invariance.datasets import DataError
from invariance.datasets import download as module
from invariance.datasets.download import RemoteFile, content_problem, download
from invariance.files import LEFT_S
from tests.conftest import ROOT, quiet

CONTENT = b"0123456789" * 5000
PACKED = gzip.compress(CONTENT)


@contextmanager
def server(behaviour):
    """A web server; behaviour(handler) answers. Yields its address and the list of paths that were asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            behaviour(self)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}/", asked
        finally:
            running.shutdown()
            thread.join()


def send(body, length=None):
    def behaviour(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    return behaviour


def refuse(handler):
    handler.send_error(404)


def hang_up(handler):
    handler.connection.close()


def drip(handler):
    """A byte every 5 ms, of a file that never ends."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):  # whoever asked has gone
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.005)


def remote(*mirrors):
    md5 = hashlib.md5(CONTENT).hexdigest()
    return RemoteFile("digits.gz", mirrors, len(PACKED), md5, len(CONTENT))


def test_a_good_file_arrives_and_is_not_fetched_again(tmp_path):
    steps = []
    with server(send(PACKED)) as (address, asked):
        path = download(remote(address), tmp_path / "new", lambda *step: steps.append(step))
        assert gzip.decompress(path.read_bytes()) == CONTENT
        assert steps[-1] == ("digits.gz", len(PACKED), len(PACKED))
        download(remote(address), tmp_path / "new", quiet)
        assert asked == ["/digits.gz"]


def test_a_damaged_file_on_disk_is_replaced(tmp_path):
    (tmp_path / "digits.gz").write_bytes(b"damaged")
    with server(send(PACKED)) as (address, _):
        assert content_problem(download(remote(address), tmp_path, quiet), remote(address)) is None


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (refuse, "404"),
        (hang_up, "http"),
        (send(PACKED[:-100], len(PACKED)), "ended after|IncompleteRead"),
        (send(PACKED[:-100]), "does not decompress"),
        (send(gzip.compress(b"something else")), "md5"),
        (send(gzip.compress(CONTENT + b"more")), "longer than the expected 50,000"),
        (send(b"<html>sign in to the network</html>"), "does not decompress"),
        (send(bytes(3 * len(PACKED))), "more than twice"),
    ],
)
def test_a_bad_mirror_gives_one_clear_error_and_leaves_nothing(tmp_path, behaviour, why):
    with server(behaviour) as (address, _), pytest.raises(DataError, match=why) as caught:
        download(remote(address), tmp_path / "mnist", quiet)
    assert "digits.gz" in str(caught.value)
    assert str(tmp_path / "mnist") in str(caught.value)
    assert list((tmp_path / "mnist").iterdir()) == []


def test_the_next_mirror_is_tried(tmp_path):
    with server(refuse) as (bad, asked_bad), server(send(PACKED)) as (good, _):
        download(remote(bad, good), tmp_path, quiet)
        assert asked_bad == ["/digits.gz"]
    assert (tmp_path / "digits.gz").read_bytes() == PACKED


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"WINDOW_S": 0.1}, r"only \d+ bytes a second came for 0\.1 s; expected 20,000"),
        ({"DEADLINE_S": 0.1}, r"\d+ of \d+ bytes came in \d+ s; it may take 0\.1"),
    ],
)
def test_a_mirror_that_drips_is_not_waited_for(tmp_path, monkeypatch, limits, why):
    for name, value in limits.items():
        monkeypatch.setattr(module, name, value)
    with server(drip) as (slow, asked), server(send(PACKED)) as (good, _):
        with pytest.raises(DataError, match=why):
            download(remote(slow), tmp_path, quiet)
        assert not list(tmp_path.iterdir())
        download(remote(slow, good), tmp_path, quiet)
        assert len(asked) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["digits.gz"]


def test_a_mirror_that_is_slow_but_fast_enough_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WINDOW_S", 0.05)
    monkeypatch.setattr(module, "LEAST_RATE", 1)

    def in_parts(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(PACKED)))
        handler.end_headers()
        for part in (PACKED[:50], PACKED[50:100], PACKED[100:]):
            handler.wfile.write(part)
            time.sleep(0.06)

    with server(in_parts) as (address, _):
        download(remote(address), tmp_path, quiet)


def test_what_a_killed_download_left_is_removed_by_the_next(tmp_path):
    """Not what another one may be writing now, nor what is no leftover of this file."""
    code = (
        "import os, signal, sys; from pathlib import Path; from tests.datasets.test_download import download, remote;"
        "kill = lambda *step: os.kill(os.getpid(), signal.SIGKILL);"
        "download(remote(sys.argv[1]), Path(sys.argv[2]), kill)"
    )
    with server(send(PACKED)) as (address, _):
        subprocess.run([sys.executable, "-c", code, address, tmp_path], cwd=ROOT, check=False)
        (left,) = tmp_path.iterdir()
        now, other = tmp_path / ".digits.gz.2.part", tmp_path / ".letters.gz.3.part"
        for path in (now, other):
            path.touch()
        os.utime(other, (0, 0))
        os.utime(left, (time.time() - LEFT_S - 1,) * 2)
        (tmp_path / "digits.gz").write_bytes(PACKED)  # there is nothing to fetch
        download(remote(address), tmp_path, quiet)
        assert {path.name for path in tmp_path.iterdir()} == {"digits.gz", now.name, other.name}


def test_two_of_one_process_fetch_the_same_file_at_once(tmp_path):
    waiting = threading.Barrier(2, timeout=10)
    with server(send(PACKED)) as (address, asked):
        fetch = partial(download, remote(address), tmp_path, lambda *step: waiting.wait())
        with ThreadPoolExecutor(2) as pool:
            assert {each.result() for each in [pool.submit(fetch) for _ in range(2)]} == {tmp_path / "digits.gz"}
        assert len(asked) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["digits.gz"]
    assert (tmp_path / "digits.gz").read_bytes() == PACKED


def test_no_network_names_the_file_and_the_folder(tmp_path):
    with server(refuse) as (address, _):
        pass  # nobody listens there any more
    with pytest.raises(DataError, match=r"digits\.gz could not be downloaded .* put it in"):
        download(remote(address), tmp_path, quiet)


def test_a_stop_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "digits.gz").write_bytes(b"old")

    def stop(label, done, total):
        raise KeyboardInterrupt

    with server(send(PACKED)) as (address, _), pytest.raises(KeyboardInterrupt):
        download(remote(address), tmp_path, stop)
    assert [path.name for path in tmp_path.iterdir()] == ["digits.gz"]
    assert (tmp_path / "digits.gz").read_bytes() == b"old"
