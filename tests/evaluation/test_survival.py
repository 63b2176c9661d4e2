import numpy as np
import pytest

from invariance.datasets import strokes
from invariance.evaluation.evaluate import evaluate_transform
from invariance.evaluation.survival import errors, exchanged, measured_amounts, per_class, survival, without
from invariance.measures import cross_entropy, mean_share, share_of
from invariance.model import Model
from invariance.transforms import TRANSFORMS
from tests.conftest import linear_classifier

MIRROR, ROTATION = TRANSFORMS["reflection"], TRANSFORMS["rotation"]


def logits_for(answers, classes=3):
    """Logits (A, N, classes) that answer as given, (A, N), each a little less sure than the one before."""
    sure = np.linspace(5, 1, np.size(answers)).reshape(np.shape(answers))
    return np.eye(classes)[np.array(answers)] * sure[..., None]


# Three images labelled 0, 1, 2 under four amounts.
LABELS = np.array([0, 1, 2])
ANSWERS = [[0, 1, 1], [0, 1, 2], [0, 0, 1], [2, 2, 2]]


@pytest.fixture
def found():
    return survival(logits_for(ANSWERS), LABELS, MIRROR, MIRROR.amounts)


def test_each_amount_has_its_accuracy_with_its_interval(found):
    assert found["accuracy"] == [2 / 3, 1, 1 / 3, 1 / 3]
    assert found["low"][0] == share_of(2, 3).low
    assert found["high"][3] == share_of(1, 3).high


def test_agreement_is_with_the_unchanged_answer_right_or_wrong(found):
    assert found["agreement"]["value"] == [1, 2 / 3, 2 / 3, 0]
    assert found["agreement"]["low"][1] == share_of(2, 3).low


def test_classes_and_confusion_are_counted_at_each_amount(found):
    assert per_class(found)[2] == [share_of(1, 1), share_of(0, 1), share_of(0, 1)]
    assert found["confusion"][3] == [[0, 0, 1], [0, 0, 1], [0, 0, 1]]


def test_mean_area_and_always(found):
    assert found["mean"]["value"] == pytest.approx(np.mean([2 / 3, 1, 1 / 3, 1 / 3]))
    assert found["area"]["value"] == pytest.approx(((2 / 3 + 1) / 2 + (1 + 1 / 3) / 2 + 1 / 3) / 3)
    assert (found["always"]["value"], found["always"]["n"]) == (0, 3)


def test_the_worst_amount_is_where_the_label_is_least_probable(found):
    assert sum(found["worst"]) == 3
    assert found["worst"] == [1, 0, 1, 1]


def test_losses_are_those_of_each_amount_alone():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(4, 50, 7)), rng.integers(0, 7, 50)
    found = survival(logits, labels, MIRROR, MIRROR.amounts)
    assert found["loss"] == pytest.approx([cross_entropy(one, labels) for one in logits])
    alone = [cross_entropy(logits[0, [image]], labels[[image]]) for image in range(50)]
    assert found["loss_margin"][0] == pytest.approx(1.959963984540054 * np.std(alone) / np.sqrt(50))


def test_what_is_measured_beyond_a_transform_s_own_amounts_leaves_its_mean_alone():
    amounts = measured_amounts(ROTATION)
    assert amounts == (*range(0, 360, 5), 360)
    right = np.zeros((73, 1), int)
    right[-1] = 1  # wrong at 360° only, were that possible
    found = survival(logits_for(right), np.array([0]), ROTATION, amounts)
    assert found["mean"]["value"] == found["area"]["value"] == 1
    assert len(found["worst"]) == 72
    assert found["accuracy"][-1] == 0


def test_a_mean_over_images_has_the_interval_of_its_images():
    values = np.array([0.0, 1.0] * 50)
    found = mean_share(values)
    assert found.value == 0.5
    assert found.high - found.value == pytest.approx(1.959963984540054 * 0.5 / 10)
    assert mean_share(np.ones(5)) == (1, 1, 1, 5)


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=list(TRANSFORMS))
def test_a_sweep_over_all_images_equals_a_loop_over_single_ones(transform, tmp_path):
    model = Model(linear_classifier(tmp_path / "tiny.onnx"))
    data = strokes.generate(30, seed=3)
    data = data._replace(images=data.images[:, :, 12:16, 12:16].copy(), labels=data.labels % 3)
    steps = []
    found = evaluate_transform(model, data, transform, lambda *step: steps.append(step))
    for place, amount in enumerate(found["amounts"]):
        images = data.images.astype(np.float32) / 255
        answers = [model.logits(transform.apply(image[None], amount)).argmax() for image in images]
        assert found["accuracy"][place] == np.mean(answers == data.labels)
    assert steps[-1][1:] == (len(found["amounts"]), len(found["amounts"]))
    assert found["n"] == 30


def test_what_is_left_out_is_images_and_not_answers():
    """By hand: of 12 images of 0 and 1 nine are right; two are taken for the 2 that is left out."""
    counts = [[5, 1, 0], [0, 4, 2], [3, 0, 7]]
    assert without(counts, (2,)) == share_of(9, 12)
    assert without(counts, ()) == share_of(16, 22)
    assert without(counts, (0, 1, 2)).n == 0
    assert errors(counts, 1, 2) == errors(counts, 2, 1) == (2, 6)
    assert errors(counts, 0, 1) == (1, 6)


def test_exchanged_counts_two_classes_that_are_taken_for_each_other():
    counts = np.zeros((2, 10, 10), int)
    counts[0, 6, 6], counts[0, 6, 9], counts[0, 9, 6], counts[0, 9, 9], counts[0, 9, 4], counts[0, 1, 6] = (
        5,
        2,
        1,
        3,
        1,
        7,
    )
    counts[1, 6, 6], counts[1, 9, 9] = 7, 5
    found = exchanged({"confusion": counts.tolist()}, 6, 9)
    assert found == [share_of(3, 12), share_of(0, 12)] == exchanged({"confusion": counts.tolist()}, 9, 6)
