"""Which browser the app is tried in: the machine's, else Playwright's own, else none, with what to install."""

import os
import select
import shutil
import subprocess
import sys

import pytest

from benchmarks import browser
from invariance import UserError

NAMES = ("chromium", "google-chrome")


def machine_with(monkeypatch, *programs, download=("false",)):
    """A machine that has these browsers only, and on which this command is what downloads Playwright's."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/programs/{name}" if name in programs else None)
    monkeypatch.setattr(browser, "DOWNLOAD", list(download))


def writing(path):
    """A command that leaves a file at path, to see that it ran."""
    return sys.executable, "-c", f"open({str(path)!r}, 'w')"


@pytest.mark.parametrize("programs", [NAMES, NAMES[:1], NAMES[1:]])
def test_the_machine_s_own_browser_comes_first_and_nothing_is_downloaded(monkeypatch, tmp_path, programs):
    machine_with(monkeypatch, *programs, download=writing(tmp_path / "ran"))
    assert browser.find_chromium() == f"/programs/{programs[0]}"
    assert not (tmp_path / "ran").exists()


def test_then_playwright_downloads_its_own(monkeypatch, tmp_path):
    machine_with(monkeypatch, download=writing(tmp_path / "ran"))
    assert browser.find_chromium() is None
    assert (tmp_path / "ran").exists()


def test_a_download_that_fails_says_what_to_install(monkeypatch):
    machine_with(monkeypatch)
    with pytest.raises(UserError, match="apt-get install chromium"):
        browser.find_chromium()


def test_a_download_that_takes_too_long_is_ended_with_all_that_it_started(monkeypatch, tmp_path):
    held = tmp_path / "held"  # by a process that the download started, for as long as that lives
    os.mkfifo(held)
    end = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    machine_with(monkeypatch, download=("sh", "-c", f"(echo begun; exec sleep 60) > '{held}' & wait"))
    monkeypatch.setattr(browser, "DOWNLOAD_LIMIT_S", 3)
    with pytest.raises(UserError, match="apt-get install chromium"):
        browser.find_chromium()
    assert os.read(end, 100) == b"begun\n"
    assert select.select([end], [], [], 10)[0], "it still lives"
    os.close(end)


def test_playwright_knows_the_command_that_downloads():
    assert subprocess.run([*browser.DOWNLOAD, "--dry-run"], capture_output=True, check=False).returncode == 0
