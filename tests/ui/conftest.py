"""Fixtures of the pages' tests."""

import pytest

from invariance import results


@pytest.fixture
def exported(tmp_path, monkeypatch):
    """An empty folder in place of exported/."""
    folder = tmp_path / "exported"
    folder.mkdir()
    monkeypatch.setattr(results, "EXPORTED", folder)
    return folder
