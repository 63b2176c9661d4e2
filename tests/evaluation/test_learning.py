import pytest

from invariance.evaluation.learning import summarise


def epoch(number, train, validation, loss):
    return {"epoch": number, "train_accuracy": train, "validation_accuracy": validation, "validation_loss": loss}


def test_the_end_and_the_best_moment_are_told_apart():
    found = summarise([epoch(1, 0.5, 0.5, 1.0), epoch(2, 0.7, 0.6, 0.8), epoch(3, 0.9, 0.55, 1.2)])
    assert (found.epochs, found.lowest_epoch) == (3, 2)
    assert found.gap == pytest.approx(0.35)
    assert found.rise == pytest.approx(0.5)
    assert found.verdict() == "overfits"


@pytest.mark.parametrize(
    ("train", "validation", "verdict"),
    [
        (0.4, 0.38, "underfits"),
        (0.99, 0.98, "fits"),
        (0.99, 0.9, "overfits"),
        (0.6, 0.5, "overfits"),
        (0.9, 0.95, "fits"),
    ],
)
def test_the_verdict_follows_from_the_gap_and_then_from_the_training_accuracy(train, validation, verdict):
    assert summarise([epoch(1, train, validation, 1.0)]).verdict() == verdict
