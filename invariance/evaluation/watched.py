"""What was kept of a network while it learned: its first filters and its answers to turned images, epoch by epoch."""

from typing import Any, NamedTuple

import numpy as np

from invariance.evaluation.learning import WELL

WATCHED_ANGLES = tuple(range(0, 360, 15))  # degrees counter-clockwise
GUESSING = 2  # times as often right as by guessing: below, a network has learned nothing
KEEPS, LOSES = 0.95, 0.75  # of what it gets right upright, on average over all angles: from here on, and below


class Recording(NamedTuple):
    """A training, as what was kept before it and after each of its E epochs."""

    images: int  # held-out ones that were turned
    right: np.ndarray  # (E + 1, A): the share of them answered right, at each of WATCHED_ANGLES
    layer: str  # the first convolution, "" if there is none
    filters: np.ndarray  # (E + 1, F, C, k1, k2), the first F of its filters; (E + 1, 0, 1, 1, 1) if there is none
    biases: np.ndarray  # (E + 1, F)

    @property
    def epochs(self) -> int:
        return len(self.right) - 1

    def moved(self) -> np.ndarray:
        """(E + 1,): how far the filters are from those before training, in their own size: |w - w0| / |w0|."""
        flat = self.filters.reshape(len(self.filters), -1)
        return np.linalg.norm(flat - flat[0], axis=1) / max(float(np.linalg.norm(flat[0])), 1e-12)


def recording(training: dict[str, Any]) -> Recording | None:
    """The recording in what a record says of a training; None if there is none."""
    if "watched" not in training:
        return None
    moments = [training["watched"], *(epoch["watched"] for epoch in training["history"])]
    shape = moments[0].get("shape", (0, 1, 1, 1))
    return Recording(
        moments[0]["images"],
        np.array([moment["right"] for moment in moments]),
        moments[0].get("layer", ""),
        np.array([moment.get("values", ()) for moment in moments], np.float32).reshape(len(moments), *shape),
        np.array([moment.get("biases", ()) for moment in moments], np.float32).reshape(len(moments), shape[0]),
    )


def learned(right: np.ndarray, what: str, classes: int) -> str:
    """What a network knows that is right so often, (A,) at WATCHED_ANGLES; what: it is to recognise, "digits"."""
    upright, mean = float(right[0]), float(right.mean())
    if upright < GUESSING / classes:
        return "it guesses"
    if upright < WELL:
        return f"it is still learning {what}"
    if mean >= KEEPS * upright:
        return f"it learned {what}, whichever way they are turned"
    if mean < LOSES * upright:
        return f"it learned {what}, not turning"
    return f"it learned {what}, and a part of their turns"
