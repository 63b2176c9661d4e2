"""What others report, and how ours stands beside it."""

import re
from dataclasses import replace

import pytest

from invariance.claims import published, results_page, verdict
from invariance.claims.claim import measurements
from invariance.claims.published import PUBLISHED, Published, Setting
from invariance.claims.verdict import of_shares
from invariance.evaluation import records
from invariance.measures import share_of
from tests.conftest import case
from tests.tolerances import RECORDED


def entry(values, right=0.9, digits=2, images="MNIST", differs=""):
    """A figure of others beside one of ours, seed by seed."""
    setting = Setting("a setting", "how", images, lambda name: of_shares(values, 10_000) if values else None)
    return Published(setting, "theirs", right, digits, 10_000, "a page", "lenet5", differs)


def test_every_figure_is_printed_as_it_was_read_and_says_where():
    for one in PUBLISHED:
        with case(one.theirs):
            assert 0 < one.right < 1
            assert 100 * one.right == pytest.approx(round(100 * one.right, one.digits))
            assert one.theirs_in_words() == f"{100 * one.right:.{one.digits}f} %"
            assert one.source
    assert len({(one.setting.title, one.theirs) for one in PUBLISHED}) == len(PUBLISHED)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([0.92, 0.92, 0.92], verdict.HIGHER),  # two shares of 10,000 differ by chance by up to 0.8 points
        ([0.88, 0.88, 0.88], verdict.LOWER),
        ([0.904, 0.903, 0.905], verdict.AS_CHANCE),
        ([0.88, 0.92, 0.96], verdict.AS_CHANCE),  # seeds are too far apart to tell
        ([0.92, 0.92], verdict.TOO_FEW),
        ([0.92], "not judged: fewer than 3 seeds"),
        ([], verdict.NOT_MEASURED),
    ],
)
def test_a_word_is_given_by_chance_over_images_and_seeds(values, word):
    assert entry(values).verdict() == word


def test_what_was_printed_with_few_digits_may_be_off():
    values = [0.91, 0.91, 0.91]
    assert entry(values).verdict() == verdict.HIGHER
    assert entry(values, digits=0).verdict() == verdict.AS_CHANCE  # 90 % may be 90.5 %


def test_a_mean_of_many_runs_leaves_less_to_chance():
    # Seeds 0.90, 0.91, 0.92: s = 0.01, so 4.302653 · 0.01 √(1 + 1/3) = 4.97 points beside one run, with what images add
    # 5.04, and 4.302653 · 0.01 √(1/1000 + 1/3) = 2.49 beside 1,000, 2.63 with it.
    one = replace(entry([0.90, 0.91, 0.92]), right=0.87)
    assert one.runs == 1
    assert one.verdict() == verdict.AS_CHANCE
    assert replace(one, runs=1_000).verdict() == verdict.HIGHER
    for one in PUBLISHED:
        if told := re.search(r"the mean of ([\d,]+)", one.theirs):
            assert one.runs == int(told[1].replace(",", "")), one.theirs


def test_what_was_measured_otherwise_is_not_compared():
    values = [0.99, 0.99, 0.99]
    assert entry(values, images="CIFAR-10").verdict() == "not comparable: ours on MNIST"
    assert entry(values, differs="theirs vote").verdict() == "not comparable: theirs vote"
    assert entry(values, images="CIFAR-10", differs="theirs vote").unlike() == "theirs vote; ours on MNIST"


def test_ours_is_told_with_its_seeds():
    assert entry([0.90, 0.91, 0.92]).ours_in_words() == "91.00 % ± 1.00 over 3 seeds"
    assert entry([0.9]).ours_in_words() == "90.00 %, one seed"
    assert entry([]).ours_in_words() == "not measured"


def test_the_mean_over_angles_is_the_recorded_one():
    ours = published.at_all_angles("lenet5")
    mean = records.read(records.EXPORTED / "lenet5.onnx")["evaluation"]["mnist"]["transforms"]["rotation"]["mean"]
    assert ours.values[0] == pytest.approx(mean["value"], rel=RECORDED)
    assert len(ours.values) == len(measurements("lenet5")) > 1
    one = verdict.Measured(ours.values[:1], ours.n, ours.variance)
    assert one.margin == pytest.approx((mean["high"] - mean["low"]) / 2, abs=RECORDED)
    assert published.at_all_angles("not-there") is None


def test_a_protocol_counts_only_when_every_seed_was_measured_by_it(monkeypatch):
    whole = [{"protocol": {"accuracy": share_of(right, 50_000)._asdict()}} for right in (49_000, 49_250)]
    for found, values in ((whole, (0.98, 0.985)), ([*whole, {}], None), ([], None)):
        monkeypatch.setattr(published, "measurements", lambda name, found=found: found)
        ours = published.by_protocol("a")
        assert (ours and ours.values) == values
    assert published.by_protocol("a") is None


def test_only_what_is_measured_has_a_row(monkeypatch, tmp_path):
    shown = published.measured()
    assert all(one.ours() for one in shown)
    table = results_page.beside_others()
    for one in PUBLISHED:
        assert (f"| {one.theirs} |" in table) == (one in shown)
    monkeypatch.setattr(records, "EXPORTED", tmp_path)
    assert published.measured() == []


def test_the_readme_stays_short_when_every_network_is_there(monkeypatch):
    monkeypatch.setattr(Published, "ours", lambda one: of_shares([0.9, 0.9, 0.9], 10_000))
    readme = results_page.with_headlines((records.ROOT / "README.md").read_text("utf-8"))
    assert sum(one.headline for one in PUBLISHED) == results_page.where_it_stands().count("\n") - 1
    assert len(readme.splitlines()) <= 150
