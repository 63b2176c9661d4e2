"""Fixtures of the pages' tests."""

import pytest

from invariance.evaluation import records


@pytest.fixture
def exported(tmp_path, monkeypatch):
    """An empty folder in place of exported/."""
    folder = tmp_path / "exported"
    folder.mkdir()
    monkeypatch.setattr(records, "EXPORTED", folder)
    return folder
