"""The table of operators against ONNX's own definitions, and against what onnxruntime makes of one node."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper
from onnxruntime.capi.onnxruntime_pybind11_state import get_all_operator_schema

from invariance.inside.onnx_operators import MICROSOFT, OPERATORS, OnnxOperator, Places, Products, about
from tests.conftest import case
from tests.graphs import random

OWN = {schema.name: schema for schema in onnx.defs.get_all_schemas() if schema.domain == ""}
CONTRIBUTED = {schema.name: schema for schema in get_all_operator_schema() if schema.domain == MICROSOFT}


def schemas(name):
    """An operator's definitions in all domains that the table names."""
    tables = {"": OWN, MICROSOFT: CONTRIBUTED}
    return [tables[domain][name] for domain in OPERATORS[name].domains if domain in tables]


def test_every_operator_is_defined_where_the_table_says():
    for name, operator in OPERATORS.items():
        with case(name):
            assert [schema.name for schema in schemas(name)] == [name] * max(1, len(operator.domains) - 1)
            assert operator.whole_numbers == (name.startswith(("QLinear", "QGemm")) or name.endswith("Integer"))


HOLDS = {  # field: what ONNX calls the inputs that it may name
    "filters": {"W", "w"},
    "biases": {"B"},
    "learned": {"A", "B", "b", "C", "W", "w", "R", "scale", "Scale", "slope", "bias", "inputs"},
    "statistics": {"input_mean", "input_var"},
}


def test_inputs_are_what_their_definitions_say():
    for name, operator in OPERATORS.items():
        with case(name):
            for schema in schemas(name):
                names = [each.name for each in schema.inputs]
                for field, allowed in HOLDS.items():
                    places = getattr(operator, field)
                    places = () if places is None else (places,) if isinstance(places, int) else places
                    if schema.max_input == len(names):
                        assert {names[place] for place in places} <= allowed
                    else:  # any number of inputs, of one kind
                        assert not places or (len(places) == schema.max_input and set(names) <= allowed)
            assert all(place in operator.learned for place in (operator.filters, operator.biases) if place is not None)


def test_what_has_branches_or_loops_is_not_counted():
    for name, schema in OWN.items():
        with case(name):
            if any("GRAPH" in str(attribute.type) for attribute in schema.attributes.values()):
                assert OPERATORS[name].products is Products.UNCOUNTED


@pytest.mark.parametrize(
    ("name", "domain", "expected"),
    [
        ("Relu", "", OPERATORS["Relu"]),
        ("Relu", "ai.onnx", OPERATORS["Relu"]),
        ("Resize", "", OnnxOperator()),
        ("QLinearAdd", MICROSOFT, OPERATORS["QLinearAdd"]),
        ("QLinearConv", MICROSOFT, OPERATORS["QLinearConv"]),
        ("Relu", "own", OnnxOperator(layer="Relu (own)", products=Products.UNCOUNTED)),
        ("FusedConv", MICROSOFT, OnnxOperator(layer=f"FusedConv ({MICROSOFT})", products=Products.UNCOUNTED)),
    ],
)
def test_of_another_s_operator_nothing_is_known_but_its_name(name, domain, expected):
    assert about(helper.make_node(name, ["x"], ["y"], domain=domain)) == expected


SIDE, ROW, COLUMN = 6, 2, 3  # of maps, and the place that is changed in them
SHAPE = (8, 4, SIDE, SIDE)
REAL = np.random.default_rng(0).uniform(1, 2, SHAPE).astype(np.float32)
OTHER = np.random.default_rng(1).uniform(1, 2, SHAPE).astype(np.float32)
BYTES = np.random.default_rng(0).integers(60, 80, SHAPE, np.uint8)
TRUTH = REAL > 1.5
FAR = {np.float32: (-8, 11), np.uint8: (20, 160), np.bool: (False, True)}  # below and above all that they hold
X = None  # where the maps stand among a node's inputs
SCALE, ZERO = np.float32(0.02), np.uint8(10)
STEP = (SCALE, ZERO)
FOUR = [random(4, seed=seed) ** 2 + 1 for seed in range(4)]
INPUTS = {  # an operator's inputs, where they are not the maps alone
    **dict.fromkeys(("Add", "Div", "Max", "Mean", "Min", "Mod", "Mul", "Pow", "Sub", "Sum"), (X, OTHER)),
    **dict.fromkeys(("Greater", "GreaterOrEqual", "Less", "LessOrEqual"), (X, np.float32(0))),
    **dict.fromkeys(("And", "Or", "Xor"), (X, ~TRUTH)),
    "And": (X, np.array(True)),
    "Or": (X, np.array(False)),
    "Equal": (X, REAL),
    "Where": (np.array(True), X, OTHER),
    "PRelu": (X, random(4, 1, 1)),
    "QuantizeLinear": (X, np.float32(0.1), np.uint8(100)),
    "DequantizeLinear": (X, SCALE, ZERO),
    "BatchNormalization": (X, *FOUR),
    **dict.fromkeys(("InstanceNormalization", "GroupNormalization"), (X, *FOUR[:2])),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), (X, random(4, SIDE, SIDE))),
    "Conv": (X, random(4, 4, 3, 3)),
    "ConvInteger": (X, BYTES[:, :, :3, :3], ZERO),
    "QLinearConv": (X, *STEP, BYTES[:, :, :3, :3], *STEP, np.float32(0.3), ZERO),
    "MatMul": (X, random(SIDE, SIDE)),
    "MatMulInteger": (X, BYTES[0, 0]),
    "QLinearMatMul": (X, *STEP, BYTES[0, 0], *STEP, np.float32(0.2), ZERO),
    **dict.fromkeys(("QLinearAdd", "QLinearMul"), (X, *STEP, BYTES, *STEP, np.float32(0.1), ZERO)),
    **dict.fromkeys(("QLinearAveragePool", "QLinearGlobalAveragePool"), (X, *STEP, *STEP)),
    **dict.fromkeys(("QLinearLeakyRelu", "QLinearSoftmax"), (X, *STEP, *STEP)),
    "QLinearSigmoid": (X, *STEP, np.float32(0.004), np.uint8(0)),
    "QLinearWhere": (np.array(True), X, *STEP, BYTES, *STEP, *STEP),
    "QLinearConcat": (*STEP, BYTES, *STEP, X, *STEP),
    "Concat": (OTHER, X),
    "Pad": (X, np.array([0, 0, 1, 1, 0, 0, 0, 0])),
    "Expand": (X, np.array([2, *SHAPE])),
    "Gather": (X, np.array([2, 0])),
    "Reshape": (X, np.array([8, 2, 2, -1])),
    "Slice": (X, np.array([1]), np.array([5]), np.array([2])),
    "Unsqueeze": (X, np.array([0])),
}
WINDOW, POOL = {"pads": [1, 1, 1, 1]}, {"pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}
ATTRIBUTES = {
    "Cast": {"to": TensorProto.DOUBLE},
    "Mod": {"fmod": 1},
    "LRN": {"size": 3, "alpha": 1.0},
    "GroupNormalization": {"num_groups": 2},
    "LayerNormalization": {"axis": 1},
    "RMSNormalization": {"axis": 1},
    **dict.fromkeys(("Conv", "ConvInteger", "QLinearConv"), WINDOW),
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), POOL),
    "QLinearAveragePool": POOL,
    "QLinearSoftmax": {"axis": 3, "opset": 13},
    "Concat": {"axis": 2},
    "QLinearConcat": {"axis": 2},
    "Gather": {"axis": 1},
    "Split": {"axis": 1, "num_outputs": 2},
}
OUTPUTS = {"Split": 2, "DynamicQuantizeLinear": 3}
OPSETS = {"GlobalLpPool": 20}  # onnxruntime has no newer one


def given(name):
    """Maps of a type that an operator takes."""
    if name in ("And", "Or", "Xor", "Not"):
        return TRUTH
    whole = OPERATORS[name].whole_numbers or name == "DequantizeLinear"
    return BYTES if whole else REAL


def result(name, maps):
    """What a node gives for maps."""
    inputs = [maps if each is X else np.asarray(each) for each in INPUTS.get(name, (X,))]
    attributes = dict(ATTRIBUTES.get(name, {}))
    if OPERATORS[name].places is Places.REDUCED:
        inputs.append(np.array([2, 3]))
    names = [f"x{place}" for place in range(len(inputs))]
    outputs = ["y", "y1", "y2"][: OUTPUTS.get(name, 1)]
    domain = "" if name in OWN else MICROSOFT
    made = helper.make_node(name, names, outputs, domain=domain, **attributes)
    types = [helper.np_dtype_to_tensor_dtype(each.dtype) for each in inputs]
    graph = helper.make_graph(
        [made],
        "one",
        [helper.make_tensor_value_info(*each) for each in zip(names, types, map(np.shape, inputs), strict=True)],
        [helper.make_empty_tensor_value_info("y")],
    )
    opsets = [helper.make_opsetid("", OPSETS.get(name, 24)), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=11)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["y"], dict(zip(names, inputs, strict=True)))[0]


def seen(name, channels=slice(None)):
    """Which numbers of a result change with one place of the maps, to more or to less than all that they hold."""
    maps = given(name)
    before = result(name, maps)
    changes = np.zeros(before.shape, bool)
    for new in FAR[maps.dtype.type]:
        changed = maps.copy()
        changed[:, channels, ROW, COLUMN] = new
        changes |= result(name, changed) != before
    return changes


def names_of(*places):
    return [name for name, operator in OPERATORS.items() if operator.places in places]


def having(field):
    return [name for name, operator in OPERATORS.items() if getattr(operator, field)]


def at(rows, columns):
    """Which places are meant, as truth values."""
    places = np.zeros((SIDE, SIDE), bool)
    places[rows, columns] = True
    return places


NEAR = at(slice(ROW - 1, ROW + 2), slice(COLUMN - 1, COLUMN + 2))
SEEN = {  # which places of the result change with the one that is changed
    Places.SAME: at(ROW, COLUMN),
    Places.WINDOW: NEAR,
    Places.POOLED: NEAR,
    Places.ONE: np.array([[True]]),
    Places.REDUCED: np.array([[True]]),
    Places.MIXED: at(slice(None), slice(None)),
    Places.FROM_AXIS: at(slice(None), slice(None)),  # from the channels on
    Places.ALONG_AXIS: at(ROW, slice(None)),  # along columns
    Places.MULTIPLIED: at(ROW, slice(None)),
    Places.PADDED: np.pad(at(ROW, COLUMN), ((1, 0), (1, 0))),
    Places.JOINED: np.concatenate([at([], []), at(ROW, COLUMN)]),  # behind another
}


def test_a_changed_place_changes_those_that_the_table_says():
    for name in names_of(*SEEN):
        with case(name):
            np.testing.assert_array_equal(seen(name).any((0, 1)), SEEN[OPERATORS[name].places])


def test_what_pools_or_mixes_places_keeps_maps_apart():
    """Those of a group together: a map's group is left alone by what changes in the other's."""
    for name in names_of(Places.POOLED, Places.ONE, Places.REDUCED, Places.MIXED):
        with case(name):
            maps = seen(name, channels=[0]).any((0, 2, 3))
            assert maps[0]
            assert not maps[2:].any()


def test_what_rearranges_gives_no_number_that_it_did_not_get():
    for name in having("rearranges"):
        with case(name):
            assert set(result(name, REAL).ravel()) <= set(REAL.ravel())


def test_what_passes_on_keeps_numbers_in_their_order():
    for name in having("passes_on"):
        with case(name):
            maps = given(name)
            passed = result(name, maps).ravel()[np.argsort(maps, axis=None)].astype(np.float64)
            assert (np.diff(passed) >= 0).all()
            assert len(np.unique(passed)) >= 5


def test_what_depends_on_a_shape_is_the_same_for_all_images():
    for name in having("only_shape"):
        with case(name):
            np.testing.assert_array_equal(result(name, REAL), result(name, OTHER))
