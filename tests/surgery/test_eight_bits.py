"""A network in whole numbers of 8 bits answers as it did before, and what was exact stays exact."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from invariance.evaluation import records
from invariance.model import Model, ModelError
from invariance.surgery.eight_bits import SUFFIX, in_eight_bits
from tests.wrapped import wrapped

SMALL = [path for path in records.models() if path.stem.endswith(SUFFIX)]
IMAGES = np.random.default_rng(0).random((60, 1, 28, 28), np.float32)


def whole(path):
    """Names of the sizes of number that the graph holds its tensors of two and more axes in."""
    return {tensor.data_type for tensor in onnx.load(path).graph.initializer if len(tensor.dims) > 1}


def test_it_holds_whole_numbers_and_gives_about_the_same_logits(tmp_path):
    path = records.EXPORTED / "scratch.onnx"
    small = tmp_path / "small.onnx"
    small.write_bytes(in_eight_bits(path, IMAGES))
    assert whole(path) == {TensorProto.FLOAT}
    assert whole(small) == {TensorProto.INT8}
    before, after = Model(path), Model(small)
    logits = before.logits(IMAGES)
    error = np.abs(after.logits(IMAGES) - logits).max()
    assert 0 < error < np.ptp(logits) / 20
    assert after.card.title == f"{before.card.title}, 8-bit"
    assert after.card.recipe["made_of"] == before.sha256


def test_a_file_whose_images_are_prepared_is_refused(tmp_path):
    path = wrapped(tmp_path / "file.onnx", batch=1, ends="softmax")
    with pytest.raises(ModelError, match="takes images as they are"):
        in_eight_bits(path, IMAGES)


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_what_is_kept_was_made_of_what_lies_beside_it_and_loses_little(path):
    original = path.with_name(path.name.replace(SUFFIX, ""))
    small, before = Model(path), Model(original)
    assert small.card.recipe["made_of"] == before.sha256
    (data,) = records.read(path)["evaluation"]
    right = [records.evaluation(each, Model(each).sha256, data)[0]["accuracy"]["value"] for each in (path, original)]
    assert right[0] >= right[1] - 0.003


def test_turned_kernels_stay_turned_copies():
    """Sums of whole numbers are the same in any order: quarter turns change no digit of the logits."""
    model = Model(records.EXPORTED / f"p4cnn{SUFFIX}.onnx")
    logits = model.logits(IMAGES)
    for quarters in range(1, 4):
        turned = np.ascontiguousarray(np.rot90(IMAGES, quarters, (2, 3)))
        np.testing.assert_array_equal(model.logits(turned), logits)
