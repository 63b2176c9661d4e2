"""Which versions of ONNX the onnxruntime that is installed reads: asked, since no function of it says so."""

from functools import cache

import onnx
from onnx import TensorProto, helper

from invariance.model.providers import ORT_ERRORS, open_session

OLDEST = 7  # of the operators: before it, sums and products don't repeat the smaller side
OLDEST_FORM = 8  # of the file's form; every onnxruntime of the last years reads it


@cache
def newest_opset() -> int:
    """The newest version of ONNX's operators that onnxruntime runs."""
    return max(number for number in range(OLDEST, onnx.defs.onnx_opset_version() + 1) if _opens(number, OLDEST_FORM))


@cache
def newest_form() -> int:
    """The newest form of file (IR version) that onnxruntime reads."""
    return max(number for number in range(OLDEST_FORM, int(onnx.IR_VERSION) + 1) if _opens(OLDEST, number))


def _opens(opset: int, form: int) -> bool:
    one, other = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "one", [one], [other])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=form)
    try:
        open_session(model.SerializeToString())
    except ORT_ERRORS:
        return False
    return True
