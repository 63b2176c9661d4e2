"""Imports run one way: pages -> ui -> invariance, training -> invariance; and so they do between the rooms inside.

Checked in the sources, so imports inside functions count too.
"""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

ALLOWED = {  # folder: what of ours and of these libraries it may import
    "invariance": {"invariance"},
    "training": {"invariance", "training", "torch"},
    "ui": {"invariance", "ui", "streamlit"},
    "pages": {"invariance", "ui", "streamlit"},
    "app.py": {"ui", "streamlit"},
}
GUARDED = {"invariance", "training", "ui", "pages", "benchmarks", "tests", "torch", "streamlit"}
FLOORS = {  # folder: its rooms from the top floor down; a room imports from the floors below its own and from itself
    "invariance": [
        {"__main__"},
        {"cli"},
        {"claims", "report"},
        {"scratch"},
        {"evaluation", "attribution", "surgery"},
        {"bench", "inside", "datasets"},
        {"model"},
        {"operators", "transforms"},
        {"images"},
        {"number_words", "strangers_words", "versions"},
        {"measures", "files"},
        {"__init__"},
    ],
    "ui": [
        {"yours", "frame"},
        {"tour"},
        {"lessons", "answers", "inside", "recorded", "upkeep", "explanation"},
        {"picking"},
        {"networks", "test_sets"},  # opened once for all: what is picked from
        {"own_models"},
        {"widgets"},
        {"drawing"},
        {"caching", "turns", "views"},
        {"words", "glossary", "present", "reach"},
        {"__init__"},
    ],
}


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def imported(source: Path) -> set[str]:
    """The whole names of what a file imports, wherever it does so: a.b.c for `from a.b import c` too."""
    names = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{source.relative_to(ROOT)}: imports here name the whole path"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("place", ALLOWED)
def test_imports_run_one_way(place):
    wrong = {}
    for file in [ROOT / place] if place.endswith(".py") else sources(place):
        names = {name.split(".")[0] for name in imported(file)}
        wrong[str(file.relative_to(ROOT))] = (names & GUARDED) - ALLOWED[place]
    assert {file: names for file, names in wrong.items() if names} == {}


def room(folder: str, name: str) -> str:
    """Of a module or of something in it; what lies in the folder's own __init__ is of the room __init__."""
    first = f"{name}.__init__".split(".")[1]
    inside = ROOT / folder / first
    return first if inside.is_dir() or inside.with_suffix(".py").exists() else "__init__"


@pytest.mark.parametrize("folder", FLOORS)
def test_no_import_runs_up_or_to_a_neighbour(folder):
    floor = {name: number for number, names in enumerate(FLOORS[folder]) for name in names}
    wrong = []
    for file in sources(folder):
        here = file.relative_to(ROOT / folder).with_suffix("").parts[0]
        assert here in floor, f"{file.relative_to(ROOT)} lies in a room without a floor: give it one in FLOORS"
        for name in imported(file):
            if name.split(".")[0] == folder:
                there = room(folder, name)
                if there != here and floor[there] <= floor[here]:
                    wrong.append(f"{file.relative_to(ROOT)} imports {name}")
    assert wrong == []
