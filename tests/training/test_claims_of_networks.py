"""What the file of an architecture says of its networks is what was measured of them."""

import re
import statistics

import numpy as np

from invariance.claims.claim import measurements, seeds
from invariance.evaluation import records
from invariance.inside.architecture import summary
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.number_words import percent
from invariance.surgery.eight_bits import SUFFIX
from tests.conftest import ROOT, case
from training.recipes import RECIPES

# NAME   99.68 ± 0.05 %   54 million multiply-adds   40 epochs, 2 to 4 minutes on an H100: right answers, the mean over
# seeds and their standard deviation or one run's, and how long the shortest and the longest training took
CLAIM = re.compile(
    r"^    ([\w-]+) +([\d.]+)(?: ± ([\d.]+))? % +([\d.]+) million multiply-adds +(\d+) epochs?\b.*?, "
    r"(?:(\d+) to )?(\d+) minutes?\b",
    re.MULTILINE,
)


def test_the_figures_of_every_network_are_those_of_its_file():
    found = [
        claim
        for path in sorted((ROOT / "training" / "models").glob("*.py"))
        for claim in CLAIM.findall(path.read_text("utf-8"))
    ]
    assert sorted(name for name, *_ in found) == sorted(RECIPES)
    for name, accuracy, spread, millions, epochs, shortest, longest in found:
        with case(name):
            of_seeds = [each["measured"]["accuracy"]["value"] for each in seeds(name)]
            assert bool(spread) == (len(of_seeds) >= 3)
            if spread:
                assert f"{100 * statistics.stdev(of_seeds):.2f}" == spread
            assert percent(statistics.mean(of_seeds) if spread else of_seeds[0]) == f"{accuracy} %"
            whole = summary(Inside(Model(records.EXPORTED / f"{name}.onnx")))
            assert f"{whole.multiply_adds / 1e6:.{len(millions.partition('.')[2])}f}" == millions
            histories = [each["training"]["history"] for each in seeds(name)]
            assert {len(history) for history in histories} == {int(epochs)}
            minutes = [max(1, round(sum(epoch["seconds"] for epoch in history) / 60)) for history in histories]
            assert (min(minutes), max(minutes)) == (int(shortest or longest), int(longest))


def test_the_network_that_turns_the_image_is_as_good_at_all_angles_as_it_says():
    curve = measurements("mnist-any-angle")[0]["transforms"]["rotation"]
    mean, worst = percent(curve["mean"]["value"]), percent(min(curve["accuracy"]))
    told = (ROOT / "training" / "models" / "any_angle.py").read_text("utf-8")
    assert f"{mean} on average and on {worst} at the worst" in told


def test_the_network_built_for_turns_and_shifts_is_as_good_without_6_and_9_as_it_says():
    counts = np.array(measurements("mnist-invariant")[0]["confusion"])
    others = [label for label in range(10) if label not in (6, 9)]
    right = counts[others, others].sum() / counts[others].sum()
    told = " ".join((ROOT / "training" / "models" / "shift.py").read_text("utf-8").split())
    assert f"of the other digits {percent(right)} are right" in told
    errors = counts.sum(1) - np.diag(counts)
    assert errors[[6, 9]].sum() > errors[others].sum()
    assert "Most of its errors are 6s and 9s" in told


def test_a_network_in_eight_bits_is_made_of_the_one_beside_it():
    small = [path for path in records.models() if path.stem.endswith(SUFFIX)]
    assert small
    for path in small:
        whole = path.with_name(path.name.replace(SUFFIX, ""))
        assert Model(path).card.recipe["made_of"] == Model(whole).sha256, path.name
