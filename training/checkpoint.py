"""What is done of the trainings that are under way: a file each, outside exported/, written whole or not at all.

A file is the sha256 of what follows, so that damage is noticed, and a dict as torch.save() writes it.
"""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from filelock import FileLock, Timeout

from invariance import UserError
from invariance.datasets import Split
from invariance.evaluation import records
from invariance.files import replacing
from training.export import ExportError
from training.recipe import Recipe
from training.state import NOTHING, Done, State
from training.train import untrained

DIGEST = hashlib.sha256().digest_size
FORMAT = 1  # of the dict in the file


@dataclass(frozen=True)
class Checkpoint:
    """The file that holds what is done."""

    path: Path
    identity: dict[str, Any]  # what the result depends on: see identity(); what is done of another is not used

    def read(self) -> Done:
        """What is done; nothing, and a line that says why, if that can't be used."""
        try:
            content = _read(self.path)
        except FileNotFoundError:
            return NOTHING
        except ValueError as error:
            print(f"{error} The training starts anew.")
            return NOTHING
        before, now = content["identity"], self.identity
        if others := [key for key in {**before, **now} if before.get(key) != now.get(key)]:
            print(f"{self.path} is of a training with another {', '.join(others)}. The training starts anew.")
            return NOTHING
        return Done(content["state"] and State(**content["state"]), tuple(content["runs"]))

    def write(self, done: Done) -> None:
        """Replace the file.

        Raises:
            UserError: it can't be written; the earlier one is whole.
        """
        content = io.BytesIO()
        torch.save(
            {
                "identity": self.identity,
                "runs": list(done.runs),
                "state": done.state and done.state._asdict(),
                "written": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            content,
        )
        data = content.getvalue()
        try:
            with replacing(self.path) as partial:
                partial.write_bytes(hashlib.sha256(data).digest() + data)
        except OSError as error:
            raise UserError(
                f"{self.path} can't be written ({error}). Make room or set INVARIANCE_STATE to another folder "
                "and move it there; the same command then goes on after the epoch before."
            ) from error

    def remove(self) -> None:
        """Delete the file, if there is one."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """A block that writes what was trained; if it fails, the error says that the weights are kept.

        Raises:
            UserError: instead of the block's OSError, UserError or ExportError.
        """
        try:
            yield
        except (OSError, UserError, ExportError) as error:
            raise UserError(
                f"{self.identity['name']} is trained, but what it gave can't be written ({error}). "
                f"The weights are kept in {self.path}: the same command tries again without training again."
            ) from error


def folder() -> Path:
    """The folder with a file for each training that is under way: $INVARIANCE_STATE, else in the project."""
    return Path(os.environ.get("INVARIANCE_STATE") or records.ROOT / "training-state")


def identity(recipe: Recipe, data: Split, device: torch.device) -> dict[str, Any]:
    """All that decides what a training gives, as text and numbers."""
    return {
        **recipe.settings(),
        **({"watched": True} if recipe.watched else {}),  # what is kept of each epoch, in the history
        "network": _digest(recipe),
        **({"teacher": _digest(recipe.teacher)} if recipe.teacher else {}),
        "data": data.fingerprint(),
        "device": device.type,
        "torch": str(torch.__version__),
        "format": FORMAT,
    }


def _digest(recipe: Recipe) -> str:
    """sha256 (hex) of a recipe's network: of its layers and initial weights."""
    network = untrained(recipe)
    digest = hashlib.sha256(str(network).encode())
    for name, values in network.state_dict().items():
        digest.update(name.encode() + values.numpy().tobytes())
    return digest.hexdigest()


@contextmanager
def alone(path: Path, states: Path) -> Iterator[None]:
    """A block in which no other process makes path; it may if this one is killed.

    Args:
        path: what the block makes.
        states: a folder that can be written, where a file stands for that.

    Raises:
        UserError: another process makes it.
    """
    lock = FileLock(states / f".{path.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise UserError(
            f"{path.name} is already being trained by another process. Wait for that one (python -m training status "
            "says how far it is) or stop it; then the same command goes on."
        ) from error
    try:
        yield
    finally:
        lock.release()


def status(place: Path) -> list[str]:
    """A line for each file in a folder: what is under way there, how far it is and when that was written."""
    return [_status(path) for path in sorted(place.glob("*.pt"))]


def _status(path: Path) -> str:
    try:
        content = _read(path)
    except ValueError as error:
        return str(error)
    made, state, parts = content["identity"], content["state"], []
    if "trainings" in made:
        parts.append(f"{len(content['runs'])} of {made['trainings']} trainings")
    if state:
        last = state["history"][-1]
        right = f"{last['validation_accuracy']:.2%} of the held-out images right"
        parts.append(f"epoch {last['epoch']} of {made['epochs']}, {right}")
    return f"{made['name']}, seed {made['seed']}: {', then '.join(parts)}; written {content['written']}"


def _read(path: Path) -> dict[str, Any]:
    """What Checkpoint.write() wrote.

    Raises:
        ValueError: the file is damaged or can't be understood; FileNotFoundError: there is none.
    """
    data = path.read_bytes()
    if hashlib.sha256(data[DIGEST:]).digest() != data[:DIGEST]:
        raise ValueError(f"{path} is damaged.")
    try:
        return torch.load(io.BytesIO(data[DIGEST:]), map_location="cpu", weights_only=True)
    except (RuntimeError, UnpicklingError) as error:
        raise ValueError(f"{path} was written by another version of PyTorch.") from error
