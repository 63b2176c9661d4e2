"""What a training's history says: how well a network fits its training images, and how much of that is by heart."""

from typing import Any, NamedTuple

BY_HEART = 0.05  # accuracy gap from which the words below speak of overfitting
WELL = 0.8  # training accuracy below which they speak of underfitting


class Learning(NamedTuple):
    """The end of a training, and its best moment. Accuracies in 0..1, losses in nats."""

    epochs: int
    train_accuracy: float  # at the end
    validation_accuracy: float  # at the end
    gap: float  # training accuracy minus validation accuracy at the end, the generalisation gap
    lowest_epoch: int  # from 1, where the validation loss was lowest: stopping there would have been best
    rise: float  # how far above the loss there it ended, as a share of it; in nats if it was 0

    def verdict(self) -> str:
        """ "overfits", "underfits" or "fits"."""
        if self.gap > BY_HEART:
            return "overfits"
        return "underfits" if self.train_accuracy < WELL else "fits"


def summarise(history: list[dict[str, Any]]) -> Learning:
    """A training's history, a dict an epoch as exported/NAME.json keeps it, in a few numbers."""
    last = history[-1]
    lowest = min(history, key=lambda epoch: epoch["validation_loss"])
    return Learning(
        epochs=len(history),
        train_accuracy=last["train_accuracy"],
        validation_accuracy=last["validation_accuracy"],
        gap=last["train_accuracy"] - last["validation_accuracy"],
        lowest_epoch=lowest["epoch"],
        rise=(last["validation_loss"] - lowest["validation_loss"]) / (lowest["validation_loss"] or 1),
    )
