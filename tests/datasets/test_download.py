"""Downloads against a server on this machine that can cut off, corrupt or refuse."""

import gzip
import hashlib
import http.server
import threading
from contextlib import contextmanager

import pytest

from invariance.datasets import DataError
from invariance.datasets.download import RemoteFile, content_problem, download
from tests.conftest import quiet

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
