"""Every example in a docstring gives what it says."""

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

from invariance.inside.values import Inside
from invariance.model import Model
from tests.conftest import ROOT

PROMPT = ">>> "
WITH_EXAMPLES = [
    file.relative_to(ROOT)
    for folder in ("invariance", "training", "ui")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if PROMPT in file.read_text()
]
KNOWN = {"np": np, "Path": Path, "Model": Model, "Inside": Inside}  # beside what the module itself knows


def test_there_are_examples():
    assert WITH_EXAMPLES


@pytest.mark.parametrize("file", WITH_EXAMPLES, ids=str)
def test_examples_give_what_they_say(file, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    module = importlib.import_module(".".join(file.with_suffix("").parts))
    found = doctest.DocTestFinder().find(module, extraglobs=KNOWN)
    # The finder passes over what a decorator hides; such an example would never be run.
    assert sum(len(docstring.examples) for docstring in found) == file.read_text().count(PROMPT)
    runner = doctest.DocTestRunner()
    for docstring in found:
        runner.run(docstring)
    assert not runner.failures, capsys.readouterr().out
