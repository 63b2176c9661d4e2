"""What a file may be: an ONNX network in any order and in parts, or something else that is named in one sentence."""

import random as chance

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from invariance.model import Model, ModelError, reading
from invariance.model.reading import read
from invariance.model.versions import newest_opset
from tests.conftest import case
from tests.graphs import node, small
from tests.tolerances import FLOAT

IMAGES = np.random.default_rng(0).random((4, 1, 8, 8), np.float32)


def save(path, proto):
    path.write_bytes(proto.SerializeToString())
    return path


def refusal(path, folder):
    """The sentence with which a file is refused; nothing of this machine or of onnxruntime's own language is in it."""
    with pytest.raises(ModelError) as raised:
        Model(path)
    sentence = str(raised.value)
    assert path.name in sentence
    for foreign in (str(folder), "ONNXRuntimeError", "::", "void ", ".cc", "\n", "Traceback"):
        assert foreign not in sentence
    assert len(sentence) < 450
    return sentence


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return Model(save(tmp_path_factory.mktemp("bare") / "bare.onnx", small(20))).logits(IMAGES)


def test_another_order_of_nodes_and_stored_inputs_change_nothing(tmp_path, bare):
    """As CNTK wrote files: what is stored is listed as an input too, and its form is older than that of today."""
    for form, opset in [(3, 8), (4, 9), (8, 20)]:
        with case(form, opset):
            proto = small(opset)
            proto.ir_version = form
            nodes = list(proto.graph.node)[::-1]
            del proto.graph.node[:]
            proto.graph.node.extend(nodes)
            proto.graph.input.extend(
                helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
                for tensor in proto.graph.initializer
            )
            model = Model(save(tmp_path / "x.onnx", proto))
            np.testing.assert_allclose(model.logits(IMAGES), bare, atol=FLOAT)


def test_functions_of_a_file_are_written_out_whatever_their_version(tmp_path, bare):
    for opset in (15, 20):
        proto = small(20)
        conv, relu, *rest = proto.graph.node
        conv.output[0], relu.input[0], relu.output[0] = "c", "c", "y"
        conv.input[:] = ["x", "w", "b"]
        block = helper.make_function(
            "own", "Block", ["x", "w", "b"], ["y"], [conv, relu], [helper.make_opsetid("", opset)]
        )
        call = helper.make_node("Block", ["image", "w", "b"], ["relu"], domain="own")
        proto.functions.append(block)
        proto.opset_import.append(helper.make_opsetid("own", 1))
        del proto.graph.node[:]
        proto.graph.node.extend([call, *rest])
        path = save(tmp_path / "x.onnx", proto)
        assert not read(path).proto.functions
        np.testing.assert_allclose(Model(path).logits(IMAGES), bare, atol=FLOAT)


def test_nodes_that_wait_for_each_other_are_damage(tmp_path):
    proto = small(20)
    proto.graph.node[0].input[0] = "relu"
    assert "its nodes wait for each other. Export it anew" in refusal(save(tmp_path / "x.onnx", proto), tmp_path)


def outside(path, location="x.onnx.data"):
    """Write small() with its weights in a second file, and say where it lies."""
    onnx.save(small(20), path, save_as_external_data=True, location="x.onnx.data", size_threshold=0)
    proto = onnx.load(path, load_external_data=False)
    for tensor in proto.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = location
    return save(path, proto)


def test_weights_beside_the_file_are_found_from_any_folder(tmp_path, bare, monkeypatch):
    home, away = tmp_path / "home", tmp_path / "away"
    home.mkdir()
    away.mkdir()
    path = outside(home / "x.onnx")
    monkeypatch.chdir(away)
    model = Model(path)
    np.testing.assert_array_equal(model.logits(IMAGES), bare)
    weights = home / "x.onnx.data"
    other = bytearray(weights.read_bytes())
    other[0] ^= 1
    weights.write_bytes(bytes(other))
    assert Model(path).sha256 != model.sha256  # the weights are part of what was measured
    weights.rename(away / weights.name)
    monkeypatch.chdir(away)
    assert "x.onnx.data, which is not there: put it beside the model" in refusal(path, tmp_path)


def test_weights_may_lie_in_a_folder_beside_the_file_and_both_be_links(tmp_path, bare):
    """As a cache keeps them: the names are links to blobs in one folder."""
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshot"
    (snapshot / "onnx").mkdir(parents=True)
    blobs.mkdir()
    outside(blobs / "x.onnx").rename(blobs / "1")
    (blobs / "x.onnx.data").rename(blobs / "2")
    (snapshot / "x.onnx").symlink_to(blobs / "1")
    (snapshot / "x.onnx.data").symlink_to(blobs / "2")
    np.testing.assert_array_equal(Model(snapshot / "x.onnx").logits(IMAGES), bare)
    inner = outside(tmp_path / "x.onnx", "onnx/weights")
    (tmp_path / "onnx").mkdir()
    (tmp_path / "x.onnx.data").rename(tmp_path / "onnx/weights")
    np.testing.assert_array_equal(Model(inner).logits(IMAGES), bare)


def test_weights_outside_of_the_folder_are_refused(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    path = outside(home / "x.onnx")
    secret = tmp_path / "secret"
    (home / "x.onnx.data").rename(secret)
    names = ["../secret", str(secret), "a/../../secret", r"..\secret", r"C:\secret", r"\\server\secret", "C:secret", ""]
    for name in names:
        with case(name):
            outside(home / "x.onnx", name)
            with pytest.raises(ModelError, match=r"leads out of its folder: this is refused\. Export it anew"):
                read(path)
    outside(path, "link")
    (home / "link").symlink_to(secret)
    assert "a link that leads out of its folder" in refusal(path, home)


def test_weights_that_are_cut_or_another_file_s_are_refused(tmp_path):
    path = outside(tmp_path / "x.onnx")
    weights = tmp_path / "x.onnx.data"
    whole = weights.read_bytes()
    for content in (whole[:-1], b"", whole[: len(whole) // 2]):
        weights.write_bytes(content)
        assert "x.onnx.data is not the file with the weights of x.onnx, or is cut short" in refusal(path, tmp_path)


def test_where_weights_lie_must_make_sense(tmp_path):
    for key, value in [("offset", "-8"), ("offset", "many"), ("offset", "9" * 30), ("length", "7"), ("length", "-1")]:
        with case(key, value):
            proto = onnx.load(outside(tmp_path / "x.onnx"), load_external_data=False)
            entries = proto.graph.initializer[0].external_data
            kept = [entry for entry in entries if entry.key != key]
            del entries[:]
            entries.extend([*kept, onnx.StringStringEntryProto(key=key, value=value)])
            refusal(save(tmp_path / "x.onnx", proto), tmp_path)
    for name, value in [("data_type", 99), ("data_type", 0), ("dims", [-4, 1, 3, 3]), ("dims", [2**40, 2**40])]:
        with case(name, value):
            proto = onnx.load(outside(tmp_path / "x.onnx"), load_external_data=False)
            tensor = proto.graph.initializer[0]
            tensor.ClearField(name)
            if name == "dims":
                tensor.dims.extend(value)
            else:
                tensor.data_type = value
            refusal(save(tmp_path / "x.onnx", proto), tmp_path)


def test_no_more_is_read_than_the_bound(tmp_path, monkeypatch):
    inside, beside = save(tmp_path / "inside.onnx", small(20)), outside(tmp_path / "x.onnx")
    size = inside.stat().st_size
    assert size < read(beside).bytes_in_all + 2000  # as large together
    monkeypatch.setattr(reading, "MOST_BYTES", size)
    assert read(inside).bytes_in_all == size
    monkeypatch.setattr(reading, "MOST_BYTES", size - 1)
    assert "has more than 0 MB with its weights. Take a smaller network" in refusal(inside, tmp_path)
    monkeypatch.setattr(reading, "MOST_BYTES", beside.stat().st_size + 100)
    assert "x.onnx has more than 0 MB" in refusal(beside, tmp_path)


def test_weights_that_a_file_reads_again_and_again_count_each_time(tmp_path, monkeypatch):
    path = outside(tmp_path / "x.onnx")
    proto = onnx.load(path, load_external_data=False)
    largest = max(proto.graph.initializer, key=lambda tensor: np.prod(tensor.dims))
    for number in range(50):
        proto.graph.initializer.append(largest)
        proto.graph.initializer[-1].name = f"again{number}"
    monkeypatch.setattr(reading, "MOST_BYTES", 5 * (tmp_path / "x.onnx.data").stat().st_size)
    assert "has more than" in refusal(save(path, proto), tmp_path)


def test_no_tensor_is_read_from_a_file_that_does_not_lie_beside_the_model(tmp_path, monkeypatch):
    """onnxruntime reads it from the working folder, wherever in the file the tensor stands."""
    (tmp_path / "home").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/config").write_bytes(np.ones(64, np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    tensor = TensorProto(name="secret", data_type=TensorProto.FLOAT, dims=[64], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": ".git/config", "offset": "0", "length": "256"}.items():
        tensor.external_data.add(key=key, value=value)
    sparse = onnx.SparseTensorProto(dims=[64], values=tensor)
    sparse.indices.CopyFrom(numpy_helper.from_array(np.arange(64)))
    constant, of_sparse = (helper.make_node("Constant", [], ["secret"]) for _ in range(2))
    constant.attribute.add(name="value", type=onnx.AttributeProto.TENSOR, t=tensor)
    of_sparse.attribute.add(name="sparse_value", type=onnx.AttributeProto.SPARSE_TENSOR, sparse_tensor=sparse)
    branch = helper.make_graph([constant], "b", [], [helper.make_tensor_value_info("secret", 1, [64])])
    function = helper.make_function("own", "F", [], ["secret"], [constant], [helper.make_opsetid("", 20)])

    def made(*nodes, **fields):
        proto = with_numbers({"always": np.array(True)}, "Flatten image flat", "Add flat,secret logits")
        for each in nodes:
            proto.graph.node.insert(0, each)
        proto.graph.initializer.extend(fields.get("initializer", []))
        proto.graph.sparse_initializer.extend(fields.get("sparse", []))
        if "function" in fields:
            proto.functions.append(fields["function"])
            proto.opset_import.add(domain="own", version=1)
        return proto

    for name, proto in {
        "initializer": made(initializer=[tensor]),
        "constant": made(constant),
        "sparse initializer": made(sparse=[sparse]),
        "sparse constant": made(of_sparse),
        "in a branch": made(helper.make_node("If", ["always"], ["secret"], then_branch=branch, else_branch=branch)),
        "in a function": made(helper.make_node("F", [], ["secret"], domain="own"), function=function),
    }.items():
        with case(name):
            sentence = refusal(save(tmp_path / "home/x.onnx", proto), tmp_path)
            assert "weights of x.onnx lie in a second file, .git/config, which is not there" in sentence


def nested(times):
    """The bytes of a file whose node has a graph in it, whose node has a graph in it ..."""

    def field(number, content):
        size = len(content)
        sizes = [size >> 7 * place & 127 for place in range(max(1, -(-size.bit_length() // 7)))]
        return bytes([number << 3 | 2, *(each | 128 for each in sizes[:-1]), sizes[-1]]) + content

    graph = b""
    for _ in range(times):
        graph = field(1, field(5, field(6, graph)))  # a node's attribute's graph
    return field(7, graph + field(12, b""))


FOREIGN = {
    b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n": ("Git LFS pointer", "git lfs pull"),
    b"\n<!DOCTYPE html><html>": ("web page", "Download the file itself"),
    b"PK\x03\x04" + bytes(50): (".pt", "Export the network to ONNX"),
    b"\x80\x02}q\x00": ("pickle", "Export the network to ONNX"),
    b"\x89HDF\r\n\x1a\n": ("Keras (.h5)", "Export the network to ONNX"),
    b"\x1f\x8b\x08\x00": ("gzip", "Unpack it first"),
    b'{"format": "layers-model"}': ("JSON", "Export the network to ONNX"),
    b"\x1c\x00\x00\x00TFL3" + bytes(20): ("TensorFlow Lite", "Export the network to ONNX"),
    b"\x1c\x00\x00\x00ORTM" + bytes(20): ("onnxruntime's own format", "Export the network to ONNX"),
    b"": ("empty", "Get it again"),
    b"nonsense": ("no network was found", "Get the file again"),
    b"\x08\x0a" * 100: ("no network was found", "Get the file again"),
    nested(500): ("no network was found", "Get the file again"),
}


def test_what_is_no_onnx_file_is_named_with_what_to_do(tmp_path):
    for content, words in FOREIGN.items():
        with case(content):
            (tmp_path / "x.onnx").write_bytes(content)
            sentence = refusal(tmp_path / "x.onnx", tmp_path)
            assert all(word in sentence for word in words)


def operators(*nodes, opset=20, domain=None):
    proto = small(opset)
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    proto.opset_import.extend([helper.make_opsetid(domain, 1)] if domain else [])
    return proto


def with_input(value, *nodes):
    """small() with another input, and with nodes in front that make what it takes of it."""
    proto = small(20)
    del proto.graph.input[:]
    proto.graph.input.append(value)
    for place, each in enumerate(nodes):
        proto.graph.node.insert(place, each)
        proto.graph.node[place + 1].input[0] = each.output[0]
    return proto


def with_function(*nodes, domain="own"):
    """small() whose first layer is the function Block, of these nodes."""
    proto = small(20)
    imports = [helper.make_opsetid("", 20), helper.make_opsetid(domain, 1)]
    proto.functions.append(helper.make_function("own", "Block", ["x", "w", "b"], ["y"], nodes, imports))
    proto.opset_import.append(helper.make_opsetid("own", 1))
    proto.graph.node[0].op_type, proto.graph.node[0].domain = "Block", "own"
    return proto


def with_numbers(numbers, *nodes, shape=("n", 1, 8, 8)):
    """A file of these stored numbers and nodes: "OPERATOR INPUTS OUTPUT", its inputs with commas between."""
    proto = small(20)
    proto.graph.input[0].CopyFrom(helper.make_tensor_value_info("image", TensorProto.FLOAT, shape))
    del proto.graph.node[:], proto.graph.initializer[:]
    proto.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in numbers.items())
    for each in nodes:
        operator, given, *made = each.split()
        proto.graph.node.append(helper.make_node(operator, given.split(","), made, axis=1))
        if operator != "Concat":
            del proto.graph.node[-1].attribute[:]
    return proto


def functions_in_functions():
    """Forty functions, each of which calls the one before twice."""
    proto, imports = with_function(node("Relu", "x", "y")), [helper.make_opsetid("own", 1)]
    for number in range(40):
        nodes = [helper.make_node(f"F{number - 1}" if number else "Relu", ["x"], ["y"], domain="own" if number else "")]
        proto.functions.append(helper.make_function("own", f"F{number}", ["x"], ["y"], 2 * nodes, imports))
    proto.graph.node.append(helper.make_node("F39", ["image"], ["unused"], domain="own"))
    return proto


def two_images():
    proto = small(20)
    proto.graph.input.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, ["n", 1, 8, 8]))
    return proto


REFUSED = {
    "too new": (lambda: small(newest_opset() + 1), "this onnxruntime knows up to", "Export it with opset_version="),
    "too old": (lambda: operators(node("Reshape", "image", "logits"), opset=4), "too old to run", "export it anew"),
    "custom": (
        lambda: operators(helper.make_node("Secret", ["image"], ["logits"], domain="com.me"), domain="com.me"),
        "Secret (com.me)",
        "Export it without custom operators",
    ),
    "unknown": (lambda: operators(node("Sekret", "image", "logits")), "Sekret", "Export it without"),
    "younger": (lambda: operators(node("Gelu", "image", "logits"), opset=17), "Gelu", "Export it"),
    "custom in a function": (
        lambda: with_function(helper.make_node("Secret", ["x"], ["y"], domain="com.me"), domain="com.me"),
        "not ONNX's: Secret (com.me). Export it",
    ),
    "calls itself": (
        lambda: with_function(helper.make_node("Block", ["x", "w", "b"], ["y"], domain="own")),
        "a function in it names itself",
    ),
    "two images": (
        two_images,
        "has 2 inputs (image ['n', 1, 8, 8], other ['n', 1, 8, 8])",
        "expected one",
    ),
    "text": (
        lambda: with_input(
            helper.make_tensor_value_info("image", TensorProto.STRING, ["n", 1, 8, 8]),
            node("Cast", "image", "numbers", to=TensorProto.FLOAT),
        ),
        "takes text: expected images",
        "Export",
    ),
    "maps": (
        lambda: operators(node("Identity", "image", "logits")),
        "no classifier: expected one number a class for each image; for 3 images it gives logits (3, 1, 8, 8)",
        "Export",
    ),
    "huge": (
        lambda: with_input(helper.make_tensor_value_info("image", TensorProto.FLOAT, [10**9, 1, 8, 8])),
        "1,000,000,000 images at a time have 64,000,000,000 numbers; at most 50,000,000 are taken",
        "can't be run",
    ),
    "a huge image": (
        lambda: with_numbers(
            {},
            "GlobalAveragePool image pooled",
            "Flatten pooled mean",
            "Concat mean,mean logits",
            shape=[1, 1, 60_000, 60_000],
        ),
        "an image of it has 3,600,000,000 numbers; at most 1,500,000 are taken",
    ),
    "many classes": (
        lambda: with_numbers({"repeats": np.array([1, 2000])}, "Flatten image flat", "Tile flat,repeats logits"),
        "answers with 128,000 numbers an image; at most 100,000 are taken",
    ),
    "many nodes": (
        lambda: with_numbers({}, *["Neg image"] * 100_000),
        "has 100,000 nodes; at most 20,000 are taken. Take a smaller network",
    ),
    "many values": (
        lambda: with_numbers({}, "Concat " + ",".join(["image"] * 200_001) + " logits"),
        "has 200,003 values between its nodes; at most 200,000 are taken",
    ),
    "functions in functions": (functions_in_functions, "has more than a million million nodes; at most 20,000"),
}


def test_networks_that_can_t_be_used_are_named_with_what_to_do(tmp_path):
    for name, (made, *words) in REFUSED.items():
        with case(name):
            sentence = refusal(save(tmp_path / "x.onnx", made()), tmp_path)
            assert all(word in sentence for word in words), sentence


def test_damaged_files_open_or_get_a_sentence(tmp_path, capfd):
    """Bytes of a file's structure changed by chance, and the file cut anywhere."""
    proto = small(20)
    helper.set_model_props(proto, {"labels": '["a", "b", "c"]', "order": "3", "mean": "[0.1]", "std": "[0.3]"})
    whole, rng, refused = proto.SerializeToString(), chance.Random(0), 0
    structure = [*range(600), *range(len(whole) - 400, len(whole))]
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.sample(structure, rng.choice([1, 1, 2])):
            data[place] = rng.randrange(256)
        data = data if rng.random() < 0.8 else data[: rng.randrange(len(data))]
        (tmp_path / "x.onnx").write_bytes(bytes(data))
        with case(bytes(data[:600])):
            try:
                model = Model(tmp_path / "x.onnx")
                model.logits(np.zeros((2, *model.card.shape), np.float32))
            except ModelError:
                refusal(tmp_path / "x.onnx", tmp_path)
                refused += 1
    assert 50 < refused < 290
    assert capfd.readouterr().out == ""
