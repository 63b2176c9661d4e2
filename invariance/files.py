"""Where the project's files lie, and how they are written so that nobody ever sees half of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parents[1]  # or, where the package is installed without its project, site-packages
# The checkout that holds this package; where there is none, the folder in which the person works.
ROOT = PROJECT if (PROJECT / "pyproject.toml").is_file() else Path.cwd()


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside target; rename it to target if the block succeeds, delete it if not.

    Args:
        target: the file to make or replace. Its folder is made if missing.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield partial
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
