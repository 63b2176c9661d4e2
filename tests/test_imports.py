"""Imports run one way: pages -> ui -> invariance, training -> invariance. Checked in the sources."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {  # folder: what of ours and of these libraries it may import
    "invariance": {"invariance"},
    "training": {"invariance", "training", "torch"},
    "ui": {"invariance", "ui", "streamlit"},
    "pages": {"invariance", "ui", "streamlit"},
    "app.py": {"ui", "streamlit"},
}
GUARDED = {"invariance", "training", "ui", "pages", "benchmarks", "tests", "torch", "streamlit"}


def imported(source: Path) -> set[str]:
    """The first names of every module that a file imports, wherever it does so."""
    names = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("place", ALLOWED)
def test_imports_run_one_way(place):
    files = [ROOT / place] if place.endswith(".py") else list((ROOT / place).rglob("*.py"))
    assert files
    wrong = {str(file.relative_to(ROOT)): (imported(file) & GUARDED) - ALLOWED[place] for file in files}
    assert {file: names for file, names in wrong.items() if names} == {}
