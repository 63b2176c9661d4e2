"""Two reports side by side, on the same images and on others; and what a stranger's report.json is made of."""

import base64
import json
import math
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invariance import UserError
from invariance.measures import mcnemar, paired_difference, share_of, unpaired_difference
from invariance.report import comparison
from invariance.report.comparison import (
    at,
    compare,
    names,
    pack_answers,
    pack_bits,
    plain,
    read,
    unpack_answers,
    unpack_bits,
)
from invariance.transforms import TRANSFORMS
from tests.report.findings import example, share


def change(findings, lost=0, gained=0, seed=0):
    """Make images wrong that are right, and the other way round, in every row of bits, and the shares that follow."""
    rng = np.random.default_rng(seed)

    def changed(bits):
        right = unpack_bits(bits).copy()
        for row in right:
            for count, value in ((lost, True), (gained, False)):
                places = np.flatnonzero(row == value)
                row[rng.permutation(places)[:count]] = not value
        return right

    right = changed(findings["accuracy_bits"])
    findings["accuracy_bits"] = pack_bits(right)
    findings["accuracy"] = share(share_of(int(right.sum()), right.size))
    for curve in findings["transforms"].values():
        right = changed(curve["bits"])
        curve["bits"] = pack_bits(right)
        shares = [share_of(int(row.sum()), len(row)) for row in right]
        curve["accuracy"] = {key: [getattr(one, key) for one in shares] for key in ("value", "low", "high")}
    for entry in findings["consistency"]:
        right = changed(entry["bits"])
        entry |= {"bits": pack_bits(right)} | share(share_of(int(right.sum()), right.size))
    return findings


def test_on_the_same_images_every_measure_is_compared_image_by_image():
    here, there = change(example(), lost=4, gained=1, seed=1), example()
    found = compare(here, there)
    assert found["same_images"]
    measures = {one["name"]: one for one in found["measures"]}
    assert set(measures) == names(here) == names(there)
    for name, curve in here["transforms"].items():
        before = unpack_bits(there["transforms"][name]["bits"])
        for row, after in enumerate(unpack_bits(curve["bits"])):
            if curve["distance"][row] == 0:
                assert at(name, curve["amounts"][row]) not in measures
                continue
            one = measures[at(name, curve["amounts"][row])]
            pairs = list(zip(before[row], after, strict=True))
            assert (one["lost"], one["gained"]) == (pairs.count((True, False)), pairs.count((False, True)))
            expected = paired_difference(one["lost"], one["gained"], len(after))
            assert (one["difference"], one["low"], one["high"]) == expected
            assert one["p"] == mcnemar(one["lost"], one["gained"])
            assert one["here"]["value"] == curve["accuracy"]["value"][row]
            assert one["there"]["value"] == there["transforms"][name]["accuracy"]["value"][row]
            assert one["here"]["value"] - one["there"]["value"] == pytest.approx(one["difference"], abs=1e-12)
    assert measures["rotation@15"]["title"] == "Rotation, 15°"
    assert measures["consistency(circular, 4)"]["lost"] == 4
    json.dumps(found, allow_nan=False)
    there["data"]["n"] -= 1
    assert not compare(here, there)["same_images"]


def test_what_is_beyond_chance_is_so_after_holm_s_correction():
    # Most of m measures lose as many images: m 2 / 2ˡᵒˢᵗ is below 0.05 for the first of them, or none is beyond chance.
    there = example()
    least = math.ceil(math.log2(2 * len(names(there)) / 0.05))
    assert least > 6  # which alone would be beyond chance
    for lost in (least - 1, least):
        found = compare(change(example(), lost=lost), there)["measures"]
        enough = {one["name"] for one in found if one["lost"] == lost and one["gained"] == 0}
        beyond = {one["name"] for one in found if one["beyond_chance"]}
        assert len(enough) > len(found) / 2
        assert enough <= beyond if lost == least else not beyond


def test_a_report_compared_with_itself_differs_in_nothing():
    found = compare(example(), example())
    assert {(one["lost"], one["gained"], one["difference"], one["p"]) for one in found["measures"]} == {(0, 0, 0, 1)}
    assert not any(one["beyond_chance"] for one in found["measures"])
    assert found["agreement"]["value"] == 1


def test_on_other_images_shares_are_compared():
    here, there = change(example(), lost=30), example()
    there["data"]["fingerprint"] = "0" * 64
    there["model"]["name"] = "old.onnx"
    found = compare(here, there)
    assert found["model"] == {key: there["model"][key] for key in ("name", "title", "sha256")}
    assert not found["same_images"]
    assert found["agreement"] is None
    accuracy = found["measures"][0]
    assert (accuracy["lost"], accuracy["gained"], accuracy["p"]) == (None, None, None)
    shares = (share_of(round(one["value"] * one["n"]), one["n"]) for one in (here["accuracy"], there["accuracy"]))
    assert (accuracy["difference"], accuracy["low"], accuracy["high"]) == unpaired_difference(*shares)
    # Each of m intervals is of level 1 - 0.05/m: one that leaves 0 out at 95 % alone need not be beyond chance.
    apart = [one for one in found["measures"] if one["low"] > 0 or one["high"] < 0]
    beyond = [one for one in found["measures"] if one["beyond_chance"]]
    assert 0 < len(beyond) < len(apart)
    assert all(one in apart for one in beyond)


def test_only_what_both_have_is_compared():
    here, there = example(), example()
    del there["transforms"]["gain"]
    curve = there["transforms"]["rotation"]
    keep = [0, 3, 18]
    curve["bits"] = pack_bits(unpack_bits(curve["bits"])[keep])
    for column in ("amounts", "labels", "distance", "lost", "gained"):
        curve[column] = [curve[column][row] for row in keep]
    curve["accuracy"] = {key: [column[row] for row in keep] for key, column in curve["accuracy"].items()}
    there["consistency"] = [there["consistency"][0], there["consistency"][1] | {"reach": 2}]
    there["accuracy"] = None
    found = {one["name"]: one for one in compare(here, there)["measures"]}
    assert {name for name in found if "rotation" in name} == {"rotation@15", "rotation@90"}
    assert {name for name in found if "consistency" in name} == {"consistency(circular, 4)"}
    assert not {name for name in found if "gain" in name or name == "accuracy"}
    assert {name for name in found if "reflection" in name} == {"reflection@1", "reflection@2", "reflection@3"}
    assert {one["difference"] for one in found.values()} == {0}  # each with its own row


def test_agreement_counts_same_answers_by_the_classes_names():
    here, there = example(), example()
    labels = here["model"]["labels"]
    answers = unpack_answers(here["answers"], len(labels)).copy()
    answers[:3] = (answers[:3] + 1) % len(labels)
    answers[3:5] = -1
    there["answers"] = pack_answers(answers)
    n = len(answers)
    assert compare(here, there)["agreement"] == share_of(n - 5, n)._asdict()
    there["model"]["labels"] = labels[::-1]
    there["answers"] = pack_answers(np.where(answers < 0, -1, len(labels) - 1 - answers))
    assert compare(here, there)["agreement"] == share_of(n - 5, n)._asdict()
    there["model"]["labels"] = ["another", *labels[1:]]
    assert compare(here, there)["agreement"] is None
    # An answer that is no number agrees with nothing, not even with another one.
    here["answers"] = there["answers"] = pack_answers(np.full(n, -1))
    there["model"]["labels"] = labels
    assert compare(here, there)["agreement"]["value"] == 0


@given(st.data())
def test_bits_and_answers_come_back(data):
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 40))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    right = rng.random((rows, columns)) < 0.5
    found = unpack_bits(json.loads(json.dumps(pack_bits(right))))
    assert found.dtype == bool
    np.testing.assert_array_equal(found, right)
    answers = rng.integers(-1, 7, columns)
    np.testing.assert_array_equal(unpack_answers(json.loads(json.dumps(pack_answers(answers))), 7), answers)


def packed(data):
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    "damage",
    [
        {"data": packed(bytes(3 * 25 + 1))},
        {"data": packed(bytes(3 * 25 - 1))},
        {"data": packed(bytes(50_000_000))},
        {"data": base64.b64encode(zlib.compress(bytes(3 * 25))[:-1]).decode()},
        {"data": base64.b64encode(b"no zlib").decode()},
        {"data": "not base 64!"},
        {"data": "ä"},
        {"data": ""},
        {"rows": 0},
        {"rows": 10**9, "columns": 10**9},
        {"rows": 3.0},
        {"columns": -200},
        {"columns": 10**400},
        {"columns": True},
    ],
)
def test_damaged_bits_get_a_sentence(damage):
    whole = {"rows": 3, "columns": 200, "data": packed(bytes(3 * 25))}
    assert not unpack_bits(whole).any()
    with pytest.raises(UserError, match=r"^A report is damaged: .*\.$"):
        unpack_bits(whole | damage)


def test_no_more_is_unpacked_than_is_asked_for(monkeypatch):
    asked = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self):
            self.real = real()

        def decompress(self, data, most):
            asked.append(most)
            return self.real.decompress(data, most)

        eof = False

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    with pytest.raises(UserError):
        unpack_bits({"rows": 3, "columns": 200, "data": packed(bytes(10**7))})
    assert asked == [3 * 25 + 1]


def test_answers_that_are_no_classes_get_a_sentence():
    for answers in ([0, 7], [-2, 0]):
        with pytest.raises(UserError, match="classes from 0 to 6"):
            unpack_answers(pack_answers(np.array(answers)), 7)


def test_a_share_of_no_images_or_of_endlessly_many_gets_a_sentence():
    for n in (0, 10**400):
        there = example()
        there["data"]["fingerprint"], there["accuracy"]["n"] = "other", n
        with pytest.raises(UserError, match="a share is of 1 to"):
            compare(example(), there)


@given(st.floats(-1e6, 1e6))
def test_amounts_are_written_without_exponents_and_told_apart(amount):
    assert float(plain(amount)) == amount
    assert "e" not in plain(amount)
    assert plain(amount) != "-0"


def test_the_names_are_those_of_the_transforms():
    assert {name.split("@")[0] for name in names(example()) if "@" in name} <= set(TRANSFORMS)


def test_a_written_report_is_read(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(example()))
    assert read(path) == example()


def with_fewer(findings):
    findings["transforms"]["rotation"]["accuracy"]["low"].pop()


def with_fewer_bits(findings):
    findings["transforms"]["rotation"]["bits"]["rows"] -= 1


def with_a_wrong_part(findings):
    findings["accuracy"]["value"] = 1.5


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (with_fewer, "amounts are more or fewer"),
        (with_fewer_bits, "amounts are more or fewer"),
        (with_a_wrong_part, r"damaged at '\$\.accuracy"),
        (lambda findings: findings.pop("transforms"), "damaged at"),
        (lambda findings: findings.update(version=2), "another version than 1"),
        (lambda findings: findings.update(format="other"), "is no report"),
        (lambda findings: findings.update(loss=math.nan), "is no JSON"),
    ],
)
def test_a_damaged_report_gets_a_sentence(damage, said, tmp_path):
    findings = example()
    damage(findings)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(findings))
    with pytest.raises(UserError, match=said) as raised:
        read(path)
    assert str(raised.value).startswith("report.json ")
    assert str(tmp_path) not in str(raised.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"null", b'{"format": 1}', b"9" * 5000]
)
def test_what_is_no_report_gets_a_sentence(content, tmp_path):
    path = tmp_path / "old.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"^old\.json is no (JSON|report)"):
        read(path)


def test_a_report_that_is_not_there_or_too_large_gets_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"^old\.json can't be read \(No such file"):
        read(tmp_path / "old.json")
    monkeypatch.setattr(comparison, "LARGEST", 1000)
    path = tmp_path / "large.json"
    path.write_text(json.dumps(example()))
    with pytest.raises(UserError, match=r"^large\.json has more than 1,000 bytes"):
        read(path)
