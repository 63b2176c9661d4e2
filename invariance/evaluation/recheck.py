"""Do the figures that are recorded of a network come out again?"""

from pathlib import Path
from typing import Any

from invariance import UserError
from invariance.datasets import Dataset, Progress, Protocol, Split
from invariance.evaluation import records
from invariance.evaluation.evaluate import evaluate, evaluate_protocol
from invariance.model import Model

# Another processor adds in another order: an image on the edge between two classes may fall the other way.
TURNED = 2  # images
LOSS = 1e-3  # as a share of the loss


def differences(path: Path, dataset: Dataset, split: Split, progress: Progress) -> list[str]:
    """What comes out otherwise than it is recorded when a network is measured again on all its test images.

    Args:
        path: the .onnx file; its record lies beside it.
        dataset: where split is from.
        split: the images that the recorded figures are of.
        progress: called with (model title, images done, images in all).

    Returns:
        A sentence for each figure that differs; [] if every one comes out again.

    Raises:
        UserError: there are no figures of this very file, or they are of other images than these.
    """
    model = Model(path)
    recorded, problem = records.evaluation(path, model.sha256, dataset.name)
    if problem:
        raise UserError(f"{path.name}: {problem}")
    if recorded["fingerprint"] != split.fingerprint():
        title = split.title or dataset.title
        raise UserError(
            f"The figures of {path.name} are of {recorded['dataset_title']}; these images, {title}, differ."
        )
    return _apart(path.name, evaluate(model, dataset, split, progress), recorded)


def differences_by_protocol(path: Path, protocol: Protocol, split: Split, progress: Progress) -> list[str]:
    """The same on the images by which a field compares, of a network of which no figure in differences() is amiss.

    Args:
        path: the .onnx file.
        protocol: that it was trained by.
        split: made by protocol.test().
        progress: as above.
    """
    model = Model(path)
    measured, _ = records.evaluation(path, model.sha256, protocol.dataset)
    what, command = f"{path.name}, {protocol.title}", f"Run: python -m invariance evaluate {path.stem}"
    if not (recorded := measured.get("protocol")):
        return [f"{what}: it was not measured yet. {command}"]
    if recorded["fingerprint"] != split.fingerprint():
        return [f"{what}: the recorded figures are of other images than those made here. {command}"]
    return _apart(what, evaluate_protocol(model, protocol, split, progress), recorded)


def _apart(what: str, fresh: dict[str, Any], recorded: dict[str, Any]) -> list[str]:
    """A sentence for each figure of something that comes out otherwise than it is recorded."""
    right, was_right = (round(each["accuracy"]["value"] * each["n"]) for each in (fresh, recorded))
    differing = []
    if fresh["n"] != recorded["n"] or abs(right - was_right) > TURNED:
        differing.append(
            f"{what}: {right:,} of {fresh['n']:,} images right, recorded {was_right:,} of {recorded['n']:,}"
        )
    if abs(fresh["loss"] - recorded["loss"]) > LOSS * recorded["loss"]:
        differing.append(f"{what}: the loss is {fresh['loss']:.4f}, recorded {recorded['loss']:.4f}")
    return differing
