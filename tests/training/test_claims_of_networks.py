"""What the file of an architecture says of its networks is what was measured of them."""

import re
import statistics

import numpy as np

from invariance.claims.claim import measurements
from invariance.evaluation import records
from invariance.inside.architecture import summary
from invariance.inside.values import Inside
from invariance.model import Model
from invariance.number_words import percent
from invariance.surgery.eight_bits import SUFFIX
from tests.conftest import ROOT

# NAME   99.68 ± 0.05 %   54 million multiply-adds: the mean over seeds and their standard deviation, or one run's
CLAIM = re.compile(r"^    ([\w-]+) +([\d.]+)(?: ± ([\d.]+))? % +(\d+) million multiply-adds", re.MULTILINE)


def test_accuracies_and_multiply_adds_are_those_of_the_files():
    found = [
        claim
        for path in sorted((ROOT / "training" / "models").glob("*.py"))
        for claim in CLAIM.findall(path.read_text("utf-8"))
    ]
    assert len(found) >= 13
    for name, accuracy, spread, millions in found:
        of_seeds = [each["accuracy"]["value"] for each in measurements(name)]
        assert bool(spread) == (len(of_seeds) >= 3), name
        if spread:
            assert f"{100 * statistics.stdev(of_seeds):.2f}" == spread, name
        assert percent(statistics.mean(of_seeds) if spread else of_seeds[0]) == f"{accuracy} %", name
        whole = summary(Inside(Model(records.EXPORTED / f"{name}.onnx")))
        assert round(whole.multiply_adds / 1e6) == int(millions), name


def test_the_network_that_turns_the_image_is_as_good_at_all_angles_as_it_says():
    curve = measurements("mnist-any-angle")[0]["transforms"]["rotation"]
    mean, worst = percent(curve["mean"]["value"]), percent(min(curve["accuracy"]))
    told = (ROOT / "training" / "models" / "any_angle.py").read_text("utf-8")
    assert f"{mean} on average and on {worst} at the worst" in told


def test_the_network_built_for_turns_and_shifts_is_as_good_without_6_and_9_as_it_says():
    counts = np.array(measurements("mnist-invariant")[0]["confusion"])
    others = [label for label in range(10) if label not in (6, 9)]
    right = counts[others, others].sum() / counts[others].sum()
    told = (ROOT / "training" / "models" / "shift.py").read_text("utf-8")
    assert f"of the other digits {percent(right)} are right" in told
    errors = counts.sum(1) - np.diag(counts)
    assert errors[[6, 9]].sum() > errors[others].sum()
    assert "Most of its errors\nare 6s and 9s" in told


def test_a_network_in_eight_bits_is_made_of_the_one_beside_it():
    small = [path for path in records.models() if path.stem.endswith(SUFFIX)]
    assert small
    for path in small:
        whole = path.with_name(path.name.replace(SUFFIX, ""))
        assert Model(path).card.recipe["made_of"] == Model(whole).sha256, path.name
