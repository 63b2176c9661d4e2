"""Parts that are done, kept in the output folder: whoever is stopped goes on where it stopped.

One file of SQLite, written part by part, each whole or not at all whenever the power goes.
"""

import hashlib
import io
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from invariance import UserError
from invariance.report.measure import Part

FILE = "parts.sqlite3"
FORM = 2  # raise it when the same parts hold other numbers


def key_of(*what: object) -> str:
    """Of a part: sha256 (hex) of all that it depends on."""
    return hashlib.sha256(repr((FORM, *what)).encode()).hexdigest()


class Store:
    """Parts by key, in a folder. One thread uses it."""

    def __init__(self, folder: Path):
        """Open the store in a folder, which is made if missing.

        Raises:
            UserError: it can't be written, or what is there is no store.
        """
        self.path = folder / FILE
        with self._told():
            folder.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(self.path, check_same_thread=False)
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute("CREATE TABLE IF NOT EXISTS part (key TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID")
            self._file.commit()

    def get(self, key: str) -> Part | None:
        """A part, or None if it isn't there."""
        with self._told():
            row = self._file.execute("SELECT content FROM part WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            with np.load(io.BytesIO(row[0]), allow_pickle=False) as arrays:
                return dict(arrays)

    def put(self, key: str, part: Part) -> None:
        """Keep a part; when this returns, it is kept."""
        content = io.BytesIO()
        np.savez_compressed(content, **part)
        with self._told(), self._file:
            self._file.execute("INSERT OR REPLACE INTO part VALUES (?, ?)", (key, content.getvalue()))

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError, zipfile.BadZipFile) as error:
            raise UserError(
                f"{self.path} can't be used ({error}). Make room or let this program write there; if it is damaged, "
                "delete it: only time is lost."
            ) from error
