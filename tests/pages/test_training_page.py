"""The page Training, and the sentences on it."""

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from invariance.claims.verdict import of_shares
from invariance.evaluation import records
from invariance.evaluation.learning import summarise
from invariance.images.pixels import to_float
from invariance.measures import share_of
from invariance.model import Model
from tests.conftest import texts
from tests.datasets.conftest import small_mnist
from tests.pages.conftest import opened, verdict
from ui.networks import Shown
from ui.recorded import mistakes, trainings
from ui.recorded.mistakes import hardest, over_seeds
from ui.recorded.trainings import Training, by_heart, gaps, larger_by_heart, said_of_losses, seeds, sentence

TRAINING = "training.py"
CALLED = re.compile("[ ,](over|under)fits")  # a network is; the explanation has the words in italics


def history(*losses, train=0.9, validation=0.6):
    return [
        {
            "epoch": number,
            "train_loss": loss,
            "validation_loss": loss,
            "train_accuracy": train,
            "validation_accuracy": validation,
        }
        for number, loss in enumerate(losses, 1)
    ]


@pytest.fixture
def training():
    path = records.EXPORTED / "lenet5.onnx"
    run = history(1.0, 0.5, 0.75)
    return Training(Shown(Model(path), path, "#000000"), 2, [run], summarise(run), [share_of(70, 100)])


def test_a_network_s_story_is_told_from_its_figures(training):
    assert sentence(training) == (
        "**LeNet-5** after 3 epochs: training 90.00 % right, held-out 60.00 % right, a gap of 30.00 points. Its loss "
        "on held-out images was lowest after epoch 2 and is 50.0 % higher at the end."
    )


def test_a_loss_that_falls_to_the_end_needs_no_second_sentence(training):
    run = history(1.0, 0.5, 0.4)
    assert "lowest" not in sentence(training._replace(runs=[run], learned=summarise(run)))


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (
            {"a": (0.9, 0.6)},
            "**a** learned a part by heart: training 90.00 % right, held-out 60.00 % right, a gap",
        ),
        ({"a": (0.9, 0.86)}, "**a** learned hardly anything by heart: training 90.00 % right"),
        (
            {"a": (0.9, 0.6), "b": (0.97, 0.9), "c": (0.4, 0.41)},
            "**a** learned most by heart: training 90.00 % right, held-out 60.00 % right, a gap of 30.00 points. "
            "**b** gets the most held-out images right: 90.00 %, with a gap of 7.00 points.",
        ),
        (
            {"a": (1.0, 0.9), "b": (0.5, 0.5)},
            "10.00 points. It gets the most held-out images right all the same.",
        ),
        (
            {"a": (0.4, 0.41), "b": (0.3, 0.33)},
            "None of these learned much by heart. The largest gap is that of **a**: training 40.00 % right, held-out "
            "41.00 % right, a gap of −1.00 points. It gets",
        ),
    ],
)
def test_the_verdict_tells_the_largest_gap_from_the_best_network(training, ends, said):
    def ended(title, train, validation):
        run = history(1.0, 0.5, train=train, validation=validation)
        model = SimpleNamespace(card=SimpleNamespace(title=title))
        return training._replace(shown=SimpleNamespace(model=model), runs=[run], learned=summarise(run))

    assert said in by_heart([ended(title, *end) for title, end in ends.items()])


def test_the_losses_that_cannot_reach_0_are_told():
    def set_so(title, **recipe):
        return SimpleNamespace(
            title=title, shown=SimpleNamespace(model=SimpleNamespace(card=SimpleNamespace(recipe=recipe)))
        )

    plain, soft, taught = set_so("plain"), set_so("soft", label_smoothing=0.1), set_so("taught", teachers=2)
    assert "can't reach 0" not in said_of_losses([plain])
    assert "That of soft in training can't reach 0: labels leave" in said_of_losses([plain, soft])
    assert "That of taught in training can't reach 0: it is against the answers of other networks" in said_of_losses(
        [plain, taught]
    )


@pytest.mark.parametrize(
    ("networks", "said"),
    [
        (
            {"a": (10, 0.1), "b": (20, 0.2), "c": (30, 0.3)},
            "Mostly: of 3 pairs of networks, in 3 the larger one has the larger gap. The largest gap, 30.00 points, is "
            "that of **c**, the largest network.",
        ),
        (
            {"a": (10, 0.3), "b": (20, 0.2), "c": (20, 0.1), "d": (None, 0.9)},
            "Hardly ever: of 2 pairs of networks, in 0 the larger one has the larger gap. The largest gap, 30.00 "
            "points, is that of **a**; the largest network, **b**, has one of 20.00 points.",
        ),
        ({"a": (10, 0.3)}, "There are no two networks of different size to compare."),
    ],
)
def test_larger_networks_are_compared_pair_by_pair(training, networks, said):
    def ended(title, parameters, gap):
        run = history(1.0, train=0.9, validation=0.9 - gap)
        model = SimpleNamespace(card=SimpleNamespace(title=title, parameters=parameters))
        return training._replace(shown=SimpleNamespace(model=model), learned=summarise(run))

    assert larger_by_heart([ended(title, *each) for title, each in networks.items()]) == said


def test_networks_that_learned_from_other_images_are_left_out_where_sizes_are_compared():
    """24 turns, rotated MNIST has the size of 24 turns inside: beside it, one pair more for each other size."""
    app = opened(TRAINING, learned="larger", what="mnist")
    assert not app.exception
    records_here = [json.loads(path.with_suffix(".json").read_text()) for path in records.models()]
    learned = [each["recipe"] for each in records_here if "training" in each]
    learned = [each for each in learned if each["dataset"] == "mnist"]
    others = [each["title"] for each in learned if "images" in each]
    assert others == ["24 turns, rotated MNIST"]
    assert f"Left out, since they learned from other training images: {others[0]}." in texts(app)
    names = [each["name"] for each in learned if "images" not in each]
    sizes = [Model(records.EXPORTED / f"{name}.onnx").card.parameters for name in names]
    pairs = sum(small < large for small in sizes for large in sizes)
    assert f" of {pairs} pairs of networks, " in verdict(app)
    assert "Left out" not in texts(opened(TRAINING, learned="larger", what="cifar10"))
    chosen = opened(TRAINING, learned="end", what="mnist", networks=["lenet5", "mnist-rot12k"])
    assert f"Learned from other training images than the rest: {others[0]}." in texts(chosen)


def test_the_hardest_class_is_the_least_right_on_average():
    shares = {
        "x": {"cat": {"value": 0.2}, "dog": {"value": 0.5}},
        "y": {"cat": {"value": 0.6}, "dog": {"value": 0.4}, "frog": {"value": 0.9}},
    }
    theirs = {"cat": 0.3, "dog": 0.4, "frog": 0.8}
    assert hardest(shares, theirs) == (
        "Hardest for these 2 networks: **cat**, 40.0 % right on average. It is the source's hardest too, with 30.0 %."
    )
    assert hardest({"y": shares["y"]}, theirs) == (
        "Hardest for **y**: **dog**, 40.0 % right. The source's hardest is **cat**, with 30.0 %."
    )


def test_every_section_has_a_verdict_of_its_own():
    said = {
        section: verdict(opened(TRAINING, learned=section, what="cifar10", networks=["cifar-overfit", "cifar-linear"]))
        for section in ("end", "larger", "classes")
    }
    assert len(set(said.values())) == len(said)
    assert " pairs of networks, in " in said["larger"]
    assert said["classes"].startswith("Hardest for these 2 networks: ")


def test_the_verdict_on_mistakes_counts_those_on_the_test_images(tmp_path, monkeypatch, lenet5):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    assert "is known once the test images are here" in verdict(opened(TRAINING, learned="wrong", what="mnist"))
    images, labels = small_mnist(tmp_path, 10)
    probabilities = lenet5.predict(to_float(images[:, None]))
    wrong = probabilities.argmax(1) != labels
    sure = int((probabilities.max(1)[wrong] > 0.99).sum())
    assert verdict(opened(TRAINING, learned="wrong", what="mnist")) == (
        f"**LeNet-5** errs on {wrong.sum()} of 10 test images, and is over 99 % sure of {sure} of these answers."
    )


def test_several_seeds_give_a_mean_and_a_standard_deviation(training):
    assert seeds(training) == "70.00 % (60.42 to 78.11)"
    three = training._replace(tests=[share_of(70, 100), share_of(72, 100), share_of(77, 100)])
    assert seeds(three) == f"73.00 ± {np.std([70, 72, 77], ddof=1):.2f} % over 3 seeds (70.00, 72.00, 77.00)"
    assert seeds(training._replace(tests=[])) == "not measured"


def test_the_page_says_what_its_networks_did_and_calls_the_best_no_names():
    app = opened(TRAINING, what="cifar10", networks=["cifar-overfit", "cifar-linear", "cifar-best"])
    assert verdict(app).startswith("**2 convolutions, 168 k** learned most by heart: training ")
    assert "**Residual** gets the most held-out images right: " in verdict(app)
    assert not CALLED.search(texts(app))
    assert "Residual" not in verdict(opened(TRAINING, what="cifar10", networks=["cifar-linear"]))


def test_objects_show_the_sources_questions_beside_ours():
    said = ""
    for section in ("larger", "matrix", "classes"):
        app = opened(TRAINING, learned=section, what="cifar10", networks=["cifar-overfit", "cifar-linear"])
        assert not app.exception
        said += texts(app)
    assert "over 3 seeds" in said
    assert "**1,386**" in said
    assert "one matrix of 3,072 × 10" in said
    assert "Halbreich, best of question 1" in said
    assert "it gives 100 % for every class of every network, and not 77.7 %" in said
    assert "Of its 10 classes, 10 differ from those of **2 convolutions, 70 k** by no more than chance gives" in said
    assert "its network with ReLU and max pooling the source gives about 0.5 nats, not saying on which images" in said


def test_a_class_is_the_mean_over_seeds_where_there_are_several(monkeypatch):
    one = share_of(700, 1000)._asdict()
    found = {"cat": of_shares([0.6, 0.7, 0.8], 1000), "dog": of_shares([0.7], 1000), "frog": None}
    monkeypatch.setattr(mistakes, "of_class", lambda name, label: found[label])
    cat = found["cat"]
    assert over_seeds("a network", dict.fromkeys(found, one)) == {
        "cat": {"value": cat.value, "low": cat.value - cat.margin, "high": cat.value + cat.margin, "n": 1000},
        "dog": one,
        "frog": one,
    }


def test_a_gap_is_the_mean_over_seeds(training):
    several = training._replace(runs=[history(1, train=0.9, validation=held) for held in (0.8, 0.7, 0.6)])
    assert (gaps(training), gaps(several)) == ("30.00", "20.00 ± 10.00")


def test_a_network_s_row_is_the_mean_over_its_seeds(training, monkeypatch):
    tables = []
    monkeypatch.setattr(trainings, "written_table", lambda name, shown, rows, **words: tables.append(rows))
    runs = [history(1, train=0.9, validation=held) for held in (0.88, 0.7, 0.67)]  # the first by itself fits
    several = training._replace(runs=runs, learned=summarise(runs[0]))
    trainings.story([several], {"lenet5": "overfits"})
    ((row,),) = tables
    assert (row["training right"], row["held-out right"], row["gap, points"]) == ("90.00 %", "75.00 %", "15.00 ± 11.36")
    assert row["by our rule"] == "overfits"


def test_the_words_overfits_and_underfits_stand_beside_the_sources_only():
    said = texts(opened(TRAINING, learned="larger", what="cifar10"))
    assert "the source says" in said
    assert "By our rule, a network overfits if the gap is over 5 points" in said
    assert CALLED.search(said)
    assert not CALLED.search(texts(opened(TRAINING, learned="larger", what="mnist")))


def test_digits_show_doshis_training():
    app = opened(TRAINING, learned="doshi", what="mnist")
    assert not app.exception
    assert "level off after 10 epochs" in texts(app)


def test_a_test_set_that_cannot_be_read_is_done_without(tmp_path, monkeypatch):
    small_mnist(tmp_path, labels=np.array([1, 2], np.uint8))
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    app = opened(TRAINING, learned="doshi", what="mnist")
    assert not app.exception
    assert "The first six digits written by code" in texts(app)


def test_a_network_without_a_record_is_named(exported):
    shutil.copy(records.ROOT / "exported" / "lenet5.onnx", exported)
    app = opened(TRAINING, what="mnist")
    assert not app.exception
    assert "No training is recorded of LeNet-5" in texts(app)


def test_a_network_in_eight_bits_is_not_asked_for_its_training():
    app = opened(TRAINING, what="mnist")
    assert not app.exception
    assert "No training is recorded" not in texts(app)
