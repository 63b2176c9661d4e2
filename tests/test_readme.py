"""What the README says is there is there."""

import re
from pathlib import Path

import pytest

from invariance import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_it_is_short():
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("link", re.findall(r"\]\(([^):]+)\)", README))
def test_every_link_leads_to_a_file(link):
    assert (ROOT / link).is_file()


def test_every_command_exists_and_every_command_is_named():
    commands = {command.__name__.rpartition(".")[2] for command in cli.COMMANDS}
    shown = "".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    assert set(re.findall(r"(?:^|-m )invariance (\w+)", shown, re.MULTILINE)) == commands
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE)) <= targets


@pytest.mark.parametrize("place", ["ui", "invariance"])
def test_the_layout_names_every_room_and_no_other(place):
    """A room stands below its place, indented; several may share a line."""
    layout = CONTRIBUTING.partition("## Layout")[2].partition("## ")[0]
    below = re.search(rf"^{place}/.*\n((?:  .*\n)+)", layout, re.MULTILINE)[1]
    assert set(re.findall(r"(\w+)/ ", below)) == {path.parent.name for path in (ROOT / place).glob("*/__init__.py")}
