import hashlib
import math
import re

import onnx
import pytest

from invariance.cli.inspect import inspect
from invariance.evaluation import records
from invariance.model import Model
from tests.conftest import linear_classifier
from tests.training.conftest import run

LENET5 = records.EXPORTED / "lenet5.onnx"


def told(text):
    """What is printed, taken apart: the facts by name, and the cells of the table by layer."""
    facts, table = (re.sub(" {2,}", "\t", part).splitlines() for part in text.split("\n\n"))
    assert table[0].split("\t") == ["layer", "type", "output shape", "parameters", "multiply-adds", "sees, pixels"]
    return dict(line.split("\t") for line in facts), {row.split("\t")[0]: row.split("\t")[1:] for row in table[1:]}


def test_inspect_counts_as_onnx_does():
    graph = onnx.shape_inference.infer_shapes(onnx.load(LENET5)).graph
    weights = {tensor.name: math.prod(tensor.dims) for tensor in graph.initializer}
    shapes = {
        value.name: tuple(size.dim_value for size in value.type.tensor_type.shape.dim)[1:]
        for value in (*graph.value_info, *graph.output)
    }
    facts, rows = told(inspect(LENET5))
    parameters = products = 0
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm"):
            shape = shapes[node.output[0]]
            held = weights[node.input[1]] + weights[node.input[2]]
            multiplied = weights[node.input[1]] * math.prod(shape[1:])  # at each place of a map
            assert rows[node.output[0]][1:4] == [" × ".join(map(str, shape)), f"{held:,}", f"{multiplied:,}"]
            parameters, products = parameters + held, products + multiplied
    assert facts["parameters"] == f"{parameters:,} ({parameters:,} trainable)"
    assert facts["multiply-adds"] == f"{products:,} for one image"
    assert rows["conv2"][4:] == ["14 × 14"]
    assert rows["fc1"][4:] == []


def test_inspect_tells_the_card_the_file_and_what_runs_it():
    facts, _ = told(inspect(LENET5))
    model = Model(LENET5)
    assert facts["sha256"] == hashlib.sha256(LENET5.read_bytes()).hexdigest()
    assert (facts["title"], facts["takes"], facts["dataset"]) == ("LeNet-5", "1 × 28 × 28", "mnist")
    assert (facts["source"], facts["licence"]) == (model.card.source, model.card.licence)
    assert facts["labels"] == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert facts["runs on"] == str(model.provider)


def test_of_many_labels_the_first_and_their_number_are_told(tmp_path):
    facts, _ = told(inspect(linear_classifier(tmp_path / "many.onnx", classes=1000)))
    assert facts["labels"] == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 … (1,000)"
    assert "source" not in facts


def test_what_a_file_says_of_itself_does_not_command_the_terminal(tmp_path):
    text = inspect(linear_classifier(tmp_path / "rude.onnx", metadata={"title": "\x1b[2Jgone\nsha256  0"}))
    assert "\x1b" not in text
    assert len([line for line in text.splitlines() if line.startswith("sha256")]) == 1


@pytest.mark.parametrize("content", [b"", b"no model", LENET5.read_bytes()[:3000], None])
def test_a_file_that_is_no_model_gets_one_line(content, tmp_path):
    path = tmp_path / "broken.onnx"
    if content is not None:
        path.write_bytes(content)
    found = run("inspect", str(path), module="invariance")
    assert (found.returncode, found.stdout) == (1, "")
    assert re.fullmatch(r"error: .*broken\.onnx (is no ONNX model|can't be read).*\n", found.stderr)
