import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from cachetools import LRUCache
from PIL import Image

from invariance import UserError
from invariance.datasets import CIFAR10, DATASETS, Split, data_dir, strokes
from invariance.evaluation import records
from invariance.evaluation.consistency import SHIFTS, TRIED
from invariance.evaluation.evaluate import evaluate
from invariance.evaluation.recheck import TURNED, differences
from invariance.files import replacing
from invariance.images.decoding import decode
from invariance.images.pixels import to_float
from invariance.measures import cross_entropy, share_of
from invariance.model import Model
from tests.conftest import case, encoded, linear_classifier, quiet

MEASURED = json.loads((records.EXPORTED / "lenet5.json").read_text())["evaluation"]["mnist"]


def test_every_export_has_figures_of_that_very_file():
    for path in records.models():
        with case(path.stem):
            model = Model(path)
            found, problem = records.evaluation(path, model.sha256, model.card.dataset)
            assert problem == ""
            assert records.read(path)["sha256"] == model.sha256
            confusion, classes = np.array(found["confusion"]), found["per_class"].values()
            assert found["n"] == confusion.sum() == sum(one["n"] for one in classes)
            assert found["accuracy"]["value"] * found["n"] == pytest.approx(np.trace(confusion))


def test_what_is_exported_stays_below_60_mb():
    files = [*records.models(), *records.EXPORTED.rglob("*.json")]  # other seeds' networks are not kept
    assert sum(path.stat().st_size for path in files) < 60_000_000


def test_every_export_s_answers_to_shifted_images_are_recorded():
    left = []
    for path in records.models():
        with case(path.stem):
            model = Model(path)
            found, _ = records.evaluation(path, model.sha256, model.card.dataset)
            if not found["consistency"]:
                left.append(path.stem)  # not measured yet, as pages say
                continue
            assert list(found["consistency"]) == list(SHIFTS)
            for name, each in found["consistency"].items():
                assert each["reach"] == SHIFTS[name].reach
                assert each["consistency"]["n"] == found["n"]
                changed = [share["value"] for share in each["flips"]]
                assert changed[0] == 0  # the shift by nothing changes nothing
                assert changed == sorted(changed)  # more shifts, more chances
                assert len(changed) == each["reach"] + 1
    assert len(left) < len(records.models()) / 4


def test_every_figure_is_of_as_many_images_as_it_is_to_be_measured_on():
    """The first thousand of a test set are no sample of it; see sample()."""
    for model in records.models():
        for path in (model, *records.repeats(model)):
            for name, found in records.read(path).get("evaluation", {}).items():
                with case(path.stem, name):
                    curves, shifts = found.get("transforms", {}).values(), found.get("consistency", {}).values()
                    assert {curve["n"] for curve in curves} <= {DATASETS[name].sample or found["n"]}
                    assert {each["consistency"]["n"] for each in shifts} <= {found["n"]}
                    assert {share["n"] for each in shifts for share in each.get("flips", ())} <= {TRIED}


@pytest.mark.parametrize("name", ["mnist-shift-polyphase", "cifar-shift-polyphase", "mnist-invariant"])
def test_no_circular_shift_changed_an_answer_of_those_that_can_t(name):
    record = records.read(records.EXPORTED / f"{name}.onnx")
    (found,) = record["evaluation"].values()
    assert found["consistency"]["circular"]["consistency"]["value"] == 1
    assert {share["value"] for share in found["consistency"]["circular"]["flips"]} == {0}


@cache
def real(name):
    dataset = DATASETS[name]
    if dataset.missing("test", data_dir()):
        pytest.skip(f"needs real {dataset.title}; run: make data")
    return dataset.load("test", data_dir())


def measured_here(path):
    """A network's dataset and that one's real test images, if the figures recorded of it are of these very ones."""
    dataset = DATASETS[Model(path).card.dataset]
    split, recorded = real(dataset.name), records.read(path)["evaluation"][dataset.name]["dataset_title"]
    if (split.title or dataset.title) != recorded:
        pytest.skip(f"the figures of {path.name} are of {recorded}, and here is {split.title or dataset.title}")
    return dataset, split


def smallest():
    """Of each dataset's networks the smallest file."""
    by_size = sorted(records.models(), key=lambda path: -path.stat().st_size)
    return {Model(path).card.dataset: path for path in by_size}.values()


@pytest.mark.parametrize("path", smallest(), ids=lambda path: path.stem)
def test_the_figures_of_the_smallest_networks_come_out_again(path):
    assert differences(path, *measured_here(path), quiet) == []


@pytest.mark.parametrize("export", records.models(), ids=lambda path: path.stem)
def test_every_export_errs_on_the_first_images_as_it_is_recorded(export):
    """All images of every network take minutes: they are measured again by `make results`."""
    dataset, split = measured_here(export)
    recorded = records.read(export)["evaluation"][dataset.name]
    assert recorded["fingerprint"] == split.fingerprint()
    first = split._replace(images=split.images[:500], labels=split.labels[:500])
    fresh = evaluate(Model(export), dataset, first, quiet)
    # An error among the first is one among all: each kind is recorded at least as often.
    wrong = np.array(fresh["confusion"]) * (1 - np.eye(len(dataset.labels), dtype=int))
    assert (wrong <= np.array(recorded["confusion"]) + TURNED).all()
    assert wrong.sum() / 500 == pytest.approx(1 - recorded["accuracy"]["value"], abs=0.07)


def test_figures_that_do_not_come_out_again_are_named(tmp_path):
    source = next(path for path in records.models() if Model(path).card.dataset == "mnist")
    path, dataset = tmp_path / "net.onnx", DATASETS["strokes"]
    path.write_bytes(source.read_bytes())
    split = strokes.generate(100, seed=1)
    with pytest.raises(UserError, match=r"net\.onnx: This model was not measured yet"):
        differences(path, dataset, split, quiet)
    found = evaluate(Model(path), dataset, split, quiet)
    records.write_evaluation(path, dataset.name, found)
    assert differences(path, dataset, split, quiet) == []
    with pytest.raises(UserError, match=r"figures of net\.onnx are of .* differ"):
        differences(path, dataset, split._replace(labels=split.labels[::-1]), quiet)
    right = round(found["accuracy"]["value"] * 100)
    for off, named in [(TURNED, 0), (TURNED + 1, 1)]:
        records.write_evaluation(path, dataset.name, found | {"accuracy": share_of(right - off, 100)._asdict()})
        assert len(differences(path, dataset, split, quiet)) == named
    records.write_evaluation(path, dataset.name, found | {"loss": found["loss"] * 1.01})
    (said,) = differences(path, dataset, split, quiet)
    assert said.startswith("net.onnx: the loss is ")


@pytest.mark.parametrize("size", [(80, 60), (300, 300), (417, 1000)])
def test_a_cat_of_any_size_is_a_cat(size):
    model, split = Model(records.EXPORTED / "cifar-best.onnx"), real("cifar10")
    cat = CIFAR10.labels.index("cat")
    cats = split.images[split.labels == cat][:40]
    side, seen = min(size), []
    for pixels in cats:
        photo = Image.new("RGB", size, "teal")
        small = Image.fromarray(pixels.transpose(1, 2, 0)).resize((side, side), Image.Resampling.BICUBIC)
        photo.paste(small, ((size[0] - side) // 2, (size[1] - side) // 2))
        seen.append(CIFAR10.prepare(decode(encoded(photo, compress_level=0)).pixels).pixels)
    right, as_they_are = ((model.logits(images).argmax(1) == cat).sum() for images in (np.stack(seen), to_float(cats)))
    assert right >= as_they_are - 3


def test_a_report_equals_what_one_counts_by_hand(tmp_path):
    model = Model(linear_classifier(tmp_path / "tiny.onnx"))
    rng, steps = np.random.default_rng(0), []
    split = Split(rng.integers(0, 256, (1203, 1, 4, 4), np.uint8), rng.integers(0, 3, 1203))
    dataset = DATASETS["strokes"]
    found = evaluate(
        model, dataset.__class__(**{**dataset.__dict__, "labels": ("a", "b", "c")}), split, lambda *s: steps.append(s)
    )
    logits = model.logits(to_float(split.images))
    right = logits.argmax(1) == split.labels
    assert found["accuracy"]["value"] == right.mean()
    assert found["per_class"]["b"]["value"] == right[split.labels == 1].mean()
    assert found["loss"] == pytest.approx(cross_entropy(logits, split.labels))
    assert (found["sha256"], found["fingerprint"]) == (model.sha256, split.fingerprint())
    assert steps[-1] == ("tiny", 1203, 1203)
    json.dumps(found)


def test_nothing_measured_and_another_file_measured_are_told_apart(tmp_path):
    path = tmp_path / "net.onnx"
    assert records.evaluation(path, "abc", "mnist") == (
        None,
        "This model was not measured yet. Run: python -m invariance evaluate net",
    )
    records.write(path, {"evaluation": {"mnist": MEASURED}})
    found, problem = records.evaluation(path, "abc", "mnist")
    assert found == MEASURED
    assert "another file" in problem


def test_a_record_is_read_back_as_it_was_written(tmp_path):
    record = {"a": [], "b": {}, "c": [[1, 2.5], [3]], "d": [{"e": "ü\n"}, {}], "f": {"g": [[[1], []], []]}, "1": None}
    records.write(tmp_path / "net.onnx", record)
    assert records.read(tmp_path / "net.onnx") == record


def test_numbers_with_a_fraction_keep_six_digits(tmp_path):
    values = [2 / 3, 1e-9 / 3, -12345.678901, 123456789, 0.5]
    records.write(tmp_path / "net.onnx", {"values": values, "alone": 1 / 3})
    found = records.read(tmp_path / "net.onnx")
    assert found == {"values": [0.666667, 3.33333e-10, -12345.7, 123456789, 0.5], "alone": 0.333333}


def test_a_record_has_a_line_for_each_matrix_and_for_each_object_of_numbers(tmp_path):
    path = tmp_path / "net.onnx"
    record = {"row": [0, 0.5], "matrix": [[1, 2], [3, 4]], "stack": [[[1, 2], [3, 4]], [[5]]], "no": [{}]}
    records.write(path, record | {"epochs": [{"epoch": 1, "loss": 2 / 3}], "said": {"n": 1, "title": "Net"}})
    assert path.with_suffix(".json").read_text().splitlines() == [
        "{",
        ' "row": [0,0.5],',
        ' "matrix": [[1,2],[3,4]],',
        ' "stack": [',
        "  [[1,2],[3,4]],",
        "  [[5]]",
        " ],",
        ' "no": [',
        "  {}",
        " ],",
        ' "epochs": [',
        '  {"epoch":1,"loss":0.666667}',
        " ],",
        ' "said": {',
        '  "n": 1,',
        '  "title": "Net"',
        " }",
        "}",
    ]


def test_a_record_is_parsed_once_until_its_file_changes(tmp_path, monkeypatch):
    path, parsed = tmp_path / "net.onnx", []
    monkeypatch.setattr(records.json, "loads", lambda content, loads=json.loads: parsed.append(1) or loads(content))
    records.write_evaluation(path, "mnist", MEASURED)
    first = records.read(path)
    assert records.read(path) is first
    assert len(parsed) == 1
    records.write_evaluation(path, "strokes", MEASURED)
    assert first == {"evaluation": {"mnist": MEASURED}}, "what others hold is not changed"
    assert list(records.read(path)["evaluation"]) == ["mnist", "strokes"]
    assert len(parsed) == 2
    path.with_suffix(".json").unlink()
    assert records.read(path) == {}


def test_who_reads_while_another_writes_sees_a_whole_record(tmp_path):
    path = tmp_path / "net.onnx"
    records.write_evaluation(path, "mnist", MEASURED)
    with ThreadPoolExecutor(2) as pool:
        written = [
            pool.submit(records.write, path, {"evaluation": {"mnist": MEASURED}, "round": number})
            for number in range(20)
        ]
        seen = []
        while not all(each.done() for each in written):
            seen.append(records.read(path))
    assert [each.result() for each in written] == [None] * 20
    assert all(each["evaluation"] == {"mnist": MEASURED} for each in seen)


def test_records_that_are_kept_stay_within_their_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "MOST_BYTES", 100_000)
    monkeypatch.setattr(records, "_kept", LRUCache(100_000, records._kept.getsizeof))
    for number in range(9):
        path = tmp_path / f"{number}.onnx"
        records.write(path, {"text": "x" * 8000})
        records.read(path)
    assert len(records._kept) == 100_000 // (records.PARSED * path.with_suffix(".json").stat().st_size)
    records.write(path, {"text": "x" * 100_000})
    assert len(records.read(path)["text"]) == 100_000


@pytest.mark.parametrize(
    ("content", "why"),
    [
        *((content, "it is no JSON") for content in (b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 5000)),
        (b"[1]", "the whole should be an object and is a list of 1"),
        (b"NaN", "the whole should be an object and is NaN"),
        (b'"' + b"x" * records.LARGEST, f"it has more than {records.LARGEST:,} bytes"),
    ],
)
def test_a_damaged_record_says_what_to_do(tmp_path, content, why):
    for path in (tmp_path / "net.onnx", tmp_path / "repeats" / "net-seed1.onnx"):
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".json").write_bytes(content)
        for _ in range(2):  # read, and kept
            with pytest.raises(UserError) as raised:
                records.read(path)
            assert str(raised.value) == (
                f"{path.stem}.json is damaged: {why}. Put it back as it was, or delete it and run: "
                "python -m invariance evaluate net"
            )


def test_a_record_that_can_t_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "net.onnx"
    records.write_evaluation(path, "mnist", MEASURED)

    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(UserError, match=r"^net\.json can't be written \(No space left on device\); the one before is"):
        records.write_evaluation(path, "strokes", MEASURED)
    assert records.read(path) == {"evaluation": {"mnist": MEASURED}}
    assert [each.name for each in tmp_path.iterdir()] == ["net.json"]


def test_a_record_that_can_t_be_read_is_told_without_its_folder(tmp_path):
    (tmp_path / "net.json").mkdir()
    with pytest.raises(UserError, match=r"^net\.json can't be read \(Is a directory\)"):
        records.read(tmp_path / "net.onnx")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    target = tmp_path / "folder" / "file"
    with replacing(target) as partial:
        partial.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    with pytest.raises(UnicodeEncodeError), replacing(target) as partial:
        partial.write_text("half \ud800", encoding="utf-8")
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["file"]
