"""What Doshi's network and its trainings, redone, say of his claims."""

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

from invariance.claims.claim import accuracy, card, gap_at_the_end, measurements, seeds, shares
from invariance.claims.opened import layers_of, sharing_of
from invariance.claims.verdict import AS_CHANCE, HIGHER, SEEDS, Measured, Paired, beside, paired
from invariance.datasets import DATASETS, MNIST
from invariance.datasets.dataset import HOLDOUT, data_dir
from invariance.datasets.mnist import FILES
from invariance.evaluation import records
from invariance.evaluation.ideas import at
from invariance.evaluation.learning import BY_HEART, summarise
from invariance.measures import Z_95, Share
from invariance.number_words import number, percent

CNN, BEST, WITHOUT_DROPOUT = "mnist-cnn", "mnist-best", "mnist-cnn-without-dropout"  # the last is an experiment
PLATEAU = 10  # epochs after which the source sees no more learning
LISTED = ((16, 2), (128, 3), (256, 3), (128, None), (10, None))  # maps or outputs, and side of the kernel, by layer
REACHED, ROUNDED = 0.997, 0.0005  # what the best networks for digits reach, and by how much that may be off
SIX = 6  # digits of figures 1 and 5

History = list[dict[str, Any]]  # a dict an epoch


def images(split: str) -> float:
    """How many images of MNIST's size its file of a split holds, beside its header of 16 bytes."""
    return (FILES[split, "images"].content_size - 16) / math.prod(MNIST.shape)


def has_the_layers() -> float | None:
    """1 if the exported network has the weighted layers that the source lists, in its order."""
    found = [layer for layer in layers_of(CNN) if layer.parameters]
    if not found:
        return None
    sizes = [(layer.shape[0], layer.sliding.window.size[0] if layer.sliding else None) for layer in found]
    return float(tuple(sizes) == LISTED)


def parameters_told() -> str:
    exported = card(CNN)
    if exported is None:
        return ""
    return f"Ours is built by this list: {exported.parameters:,} parameters, which the source doesn't count."


def is_sparse() -> float | None:
    """1 if each convolution has fewer connections than a fully connected layer of its inputs and outputs."""
    found = sharing_of(CNN).values()
    return float(all(each.connections < each.full_connections for each in found)) if found else None


def shares_parameters() -> float | None:
    """1 if each convolution has fewer parameters than such a layer."""
    found = sharing_of(CNN).values()
    return float(all(each.parameters < each.full_parameters for each in found)) if found else None


def first_told(what: str, few: str, many: str) -> str:
    """What the first convolution has of something, in a sentence; few, many: fields of Sharing."""
    if not (found := sharing_of(CNN)):
        return ""
    name, first = next(iter(found.items()))
    return f"{name} has {getattr(first, few):,} {what}; fully connected it would have {getattr(first, many):,}."


def bears_one_pixel() -> Share | None:
    """Of how many images no shift by one pixel each way, black coming in, changes the answer: of the first network of
    which every shift was tried, since one network is enough for a counterexample."""
    for each in measurements(CNN):
        if flips := each.get("consistency", {}).get("zeros", {}).get("flips"):
            changed = flips[1]
            return Share(1 - changed["value"], 1 - changed["high"], 1 - changed["low"], changed["n"])
    return None


def counterexamples() -> str:
    bears = bears_one_pixel()
    if bears is None:
        return ""
    count = round((1 - bears.value) * bears.n)
    wrong = round((1 - accuracy(CNN).values[0]) * bears.n)  # which all may be among those that change
    return (
        f"{count:,} of {bears.n:,} images get another answer of {card(CNN).title}, one network. Unmoved it is wrong on "
        f"{wrong:,}, so that at least {max(0, count - wrong):,} answers were right before: a counterexample each."
    )


def lit(amount: float) -> Measured | None:
    """How often one network is right on test images of which every pixel is multiplied by an amount."""
    found = [at(each, amount, "gain") for each in measurements(CNN)[:1]]
    return shares(found)


def reached() -> bool:
    """Whether ours, of seeds enough, doesn't fall short of what the best networks reach by more than chance gives."""
    if (ours := accuracy(BEST)) is None:
        return False
    return beside(REACHED, ours, ROUNDED, REACHED * (1 - REACHED) / ours.n) in (HIGHER, AS_CHANCE)


def best_to_come() -> str:
    """How the network of few errors is made and measured, while it isn't there with enough seeds; "" once it is."""
    if len(measurements(BEST)) >= SEEDS:
        return ""
    return f"To measure it: python -m training {BEST} --seeds {SEEDS}, then python -m invariance evaluate {BEST}."


def least_sure() -> float | None:
    """The least probability of the answers to the first six test images; None while they or the network are missing."""
    path, root = records.EXPORTED / f"{CNN}.onnx", data_dir()
    if not path.exists() or DATASETS["mnist"].missing("test", root):
        return None
    return _least_sure(path, path.stat().st_mtime_ns, root)


@lru_cache(maxsize=1)
def _least_sure(path: Path, modified: int, root: Path) -> float:
    del modified
    from invariance.images.pixels import to_float
    from invariance.model import Model

    test = DATASETS["mnist"].load("test", root)
    return float(Model(path).predict(to_float(test.images[:SIX])).max(1).min())


def histories() -> list[History]:
    """Of each seed's training, in the order of the seeds; [] of fewer than SEEDS."""
    found = [whole for whole in seeds(CNN) if "training" in whole]
    found.sort(key=lambda whole: whole.get("recipe", {}).get("seed", 0))
    return [whole["training"]["history"] for whole in found] if len(found) >= SEEDS else []


def without_dropout() -> list[History]:
    """The same of the network without its dropout layers; [] if that was trained on other images or fewer seeds."""
    found = records.experiment(WITHOUT_DROPOUT)
    trained = [whole["training"]["fingerprint"] for whole in seeds(CNN) if "training" in whole]
    if not found or not trained or found["training"]["fingerprint"] != trained[0]:
        return []
    runs = sorted((run for run in found["runs"] if "history" in run), key=lambda run: run["seed"])
    return [run["history"] for run in runs] if len(runs) >= SEEDS else []


def _ends(of: list[History], what: str, epoch: int = 0) -> list[float]:
    """A figure of each history's epoch, from 1; 0: the last."""
    return [history[epoch - 1][what] for history in of]


def later_gain() -> Paired | None:
    """By how much more held-out images were right at the end than after PLATEAU epochs."""
    found = histories()
    if not found or min(map(len, found)) <= PLATEAU:
        return None
    return paired(_ends(found, "validation_accuracy"), _ends(found, "validation_accuracy", PLATEAU))


def chance() -> float:
    """Half the 95 % interval of one network's right answers on the held-out images, which are a tenth of them all."""
    p = sum(ends := _ends(histories(), "validation_accuracy")) / len(ends)
    return Z_95 * math.sqrt(p * (1 - p) / (HOLDOUT * images("train")))


def levels_off() -> float | None:
    """1 if it is shown that the gain after PLATEAU epochs is smaller than chance makes one network's figure."""
    gain = later_gain()
    return None if gain is None else float(gain.within(chance()))


def plateau_told() -> str:
    if (gain := later_gain()) is None:
        return ""
    before = paired(_ends(histories(), "validation_accuracy", PLATEAU), _ends(histories(), "validation_accuracy", 1))
    return (
        f"Held-out images answered right: {number(100 * before.value, '+.2f')} points from epoch 1 to {PLATEAU}, "
        f"{number(100 * gain.value, '+.2f')} ± {100 * gain.margin:.2f} from there to {len(histories()[0])}, the last; "
        f"chance alone makes ± {100 * chance():.2f}. But our learning rate falls to 0 by the end, which levels off any "
        "training; the source names a falling one as something that it has yet to try."
    )


def _gap(of: list[History]) -> Measured:
    return gap_at_the_end(of, round((1 - HOLDOUT) * images("train")))


def fits() -> float | None:
    """1 if it does not overfit by the rule of the page Training, by more than its seeds leave to chance."""
    if not (found := histories()):
        return None
    gap = _gap(found)
    return float(gap.value + gap.margin <= BY_HEART)


def gap_told() -> str:
    if not (found := histories()):
        return ""
    each = ", ".join(number(100 * gap, ".2f") for gap in _gap(found).values)
    return f"Training right less held-out right at the end, by seed: {each} points.{_cannot(found)} The {_rise(found)}"


def _cannot(of: list[History]) -> str:
    """That no gap can be as wide as the rule wants, in a sentence after others; "" where one can."""
    held_out = min(_ends(of, "validation_accuracy"))
    if 1 - held_out > BY_HEART:
        return ""
    return f" With {percent(held_out)} of the held-out images right, no gap can be wider than {percent(1 - held_out)}."


def _rise(of: list[History]) -> str:
    """How far the loss on held-out images rises again, by which others would judge, in the end of a sentence."""
    most = max(summarise(history).rise for history in of)
    return f"loss on held-out images ends at most {percent(most, 1)} above its lowest."


def dropped() -> Paired | None:
    """By how much higher the loss on held-out images ends without dropout than with it, over pairs of a seed, nats."""
    with_it, without = histories(), without_dropout()
    if not with_it or len(with_it) != len(without):
        return None
    return paired(_ends(without, "validation_loss"), _ends(with_it, "validation_loss"))


def dropout_helps() -> float | None:
    """1 if the training overfits without dropout and doesn't with it, by the rule of fits()."""
    with_it, without = fits(), without_dropout()
    if with_it is None or not without:
        return None
    gap = _gap(without)
    return float(with_it == 1 and gap.value - gap.margin > BY_HEART)


def dropout_told() -> str:
    if (more := dropped()) is None:
        return ""
    gaps = [number(100 * _gap(each).value, ".2f") for each in (without_dropout(), histories())]
    ends = f"{number(more.value, '+.4f')} ± {more.margin:.4f} nats"
    return (
        f"Without dropout {gaps[0]} points more of the training images than of the held-out ones are right, with it "
        f"{gaps[1]}; the loss on held-out images ends {ends} from where it ends with dropout."
        f"{_cannot(without_dropout())} Without dropout the {_rise(without_dropout())}"
    )
