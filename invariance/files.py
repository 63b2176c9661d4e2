"""Where the project's files lie, and how they are written so that nobody ever sees half of one."""

import glob
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from invariance import UserError

PROJECT = Path(__file__).parents[1]  # or, where the package is installed without its project, site-packages
# The checkout that holds this package; where there is none, the folder in which the person works.
ROOT = PROJECT if (PROJECT / "pyproject.toml").is_file() else Path.cwd()


LEFT_S = 600  # seconds without a write after which nobody writes a temporary file any more


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside target; rename it to target if the block succeeds, delete it if not.

    Args:
        target: the file to make or replace. Its folder is made if missing.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target)
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")  # each writer's own, also of one process
    try:
        yield partial
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def try_writing(place: Path, advice: str) -> None:
    """Create a file in a folder, which is made if missing, and remove it: before long work whose result goes there.

    Raises:
        UserError: that fails; the message ends with advice.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place):
            pass
    except OSError as error:
        raise UserError(f"No file can be written in {place} ({error}). {advice}") from error


def remove_leftovers(target: Path) -> None:
    """Delete the temporary files beside target of those who were killed while they wrote it."""
    for path in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        with suppress(FileNotFoundError):  # another one deleted it
            if time.time() - path.stat().st_mtime > LEFT_S:
                path.unlink()
