"""What each ONNX operator does with the numbers that it gets: one table, a line an operator.

Source: "ONNX operators", https://onnx.ai/onnx/operators; of those that calculate with whole numbers and are not ONNX's
own, onnxruntime's "Contrib operators", https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

import onnx

ONNX, MICROSOFT = ("", "ai.onnx"), "com.microsoft"  # domains: names of ONNX's own, and of what onnxruntime adds
EVERY = range(2**31 - 1)  # of a node's inputs; ONNX allows so many


class Places(Enum):
    """What becomes of the places of maps, their rows and columns."""

    UNKNOWN = auto()  # not followed
    SAME = auto()  # each sees its own place only (of all channels, maybe), so several values side by side do too
    WINDOW = auto()  # each sees those in a window that slides over them, of all channels maybe
    POOLED = auto()  # each sees those in a window of its own map
    SPREAD = auto()  # each is seen by those in a window: there are more of them, and they are not followed
    ONE = auto()  # all of them make one number a map
    REDUCED = auto()  # those along the node's axes make one number
    MIXED = auto()  # each sees all of its map, as the mean over all places is brought in
    FROM_AXIS = auto()  # each sees all if they lie behind the node's axis
    ALONG_AXIS = auto()  # each sees all that lies along the node's axis
    PADDED = auto()  # more of them are put around
    JOINED = auto()  # several values, one behind the other
    RESHAPED = auto()  # the same numbers in the same order, cut into other axes
    TRANSPOSED = auto()  # the axes in another order
    SLICED = auto()  # some of them, from a first to a last
    SPLIT = auto()  # several results, one behind the other in what it gets
    GATHERED = auto()  # some along an axis, picked by number
    EXPANDED = auto()  # repeated
    MULTIPLIED = auto()  # the last axis times a matrix


class Products(Enum):
    """How often an operator multiplies with weights."""

    NONE = auto()  # never, or with one number a map
    WINDOW = auto()  # with a filter for each number that it gives
    SPREAD = auto()  # with a filter for each number that it gets
    MATRIX = auto()  # with a column of a matrix for each number that it gives
    STEPS = auto()  # with the weights for the input and for the state, at each step of a sequence
    UNCOUNTED = auto()  # in ways that are not counted here


@dataclass(frozen=True, kw_only=True)
class OnnxOperator:
    """An operator; the defaults are those of one of which nothing is known."""

    layer: str = ""  # what a layer that it makes is called; "": as the operator
    places: Places = Places.UNKNOWN
    pooling: str = ""  # what it is called where it makes one number of those in a window or of a whole map; "": no such
    filters: int | None = None  # which of its inputs holds filters
    biases: int | None = None  # and the biases that are added to what they give
    learned: Sequence[int] = ()  # inputs whose numbers, where they are stored, are learned
    statistics: Sequence[int] = ()  # inputs whose numbers are averaged in training and not learned
    products: Products = Products.NONE
    arithmetic: bool = False  # with stored numbers it scales or shifts
    rearranges: bool = False  # gives numbers that it gets, and no others
    passes_on: bool = False  # gives what it gets, rounded maybe
    of_logits: bool = False  # makes probabilities of a classifier's logits, or logarithms of them
    only_shape: bool = False  # depends on the shape of what it gets, which is the same for all images
    known_to_slide: bool = False  # in a network over a canvas of any size, where numbers added to maps are single ones
    whole_numbers: bool = False  # calculates with whole numbers that stand for real ones
    domains: tuple[str, ...] = ONNX  # where it is defined

    @property
    def has_kernels(self) -> bool:
        """Whether it is a convolution whose filters a file holds in full."""
        return self.places is Places.WINDOW


def about(node: onnx.NodeProto) -> OnnxOperator:
    """What is known of a node's operator. Operators that are not ONNX's own bear the name of their domain too."""
    known = OPERATORS.get(node.op_type)
    if known is not None and node.domain in known.domains:
        return known
    if node.domain in ONNX:
        return OnnxOperator()
    return OnnxOperator(layer=f"{node.op_type} ({node.domain})", products=Products.UNCOUNTED)


def biases_of(node: onnx.NodeProto) -> list[str]:
    """The names of the biases that a convolution adds itself, of which there may be none."""
    place = about(node).biases
    return [] if place is None else [name for name in node.input[place:] if name]


def _arithmetic(layer: str) -> OnnxOperator:
    return OnnxOperator(layer=layer, places=Places.SAME, learned=(0, 1), arithmetic=True, known_to_slide=True)


def _normalisation(layer: str, places: Places, learned: Sequence[int] = (1, 2), **more: Sequence[int]) -> OnnxOperator:
    return OnnxOperator(layer=layer, places=places, learned=learned, **more)


def _convolution(layer: str, places: Places, products: Products, **more: bool) -> OnnxOperator:
    return OnnxOperator(layer=layer, places=places, filters=1, biases=2, learned=(1, 2), products=products, **more)


def _fully_connected(learned: Sequence[int], **more: Places | bool) -> OnnxOperator:
    return OnnxOperator(layer="Fully connected", learned=learned, products=Products.MATRIX, **more)


def _pool(pooling: str, **more: bool) -> OnnxOperator:
    return OnnxOperator(layer=pooling.capitalize(), places=Places.POOLED, pooling=pooling, **more)


def _global(pooling: str) -> OnnxOperator:
    return OnnxOperator(layer=f"Global {pooling}", places=Places.ONE, pooling=pooling)


def _reduction(layer: str, pooling: str = "") -> OnnxOperator:
    return OnnxOperator(layer=layer, places=Places.REDUCED, pooling=pooling)


def _rearranging(places: Places, **more: bool) -> OnnxOperator:
    return OnnxOperator(places=places, rearranges=True, **more)


def _in_whole_numbers(
    operator: str,
    filters: int | None = None,
    biases: int | None = None,
    learned: Sequence[int] = (),
    domains: tuple[str, ...] = (MICROSOFT,),
) -> OnnxOperator:
    """An operator that gives another's result, with inputs of its own: scales and zero points are among them."""
    real = OPERATORS[operator]
    return replace(
        real,
        layer=real.layer or operator,
        filters=filters,
        biases=biases,
        learned=learned,
        known_to_slide=False,
        whole_numbers=True,
        domains=domains,
    )


PLACE = OnnxOperator(places=Places.SAME)
SLIDING = replace(PLACE, known_to_slide=True)
PASSED_ON = replace(PLACE, passes_on=True)
ALONG_AXIS = OnnxOperator(places=Places.ALONG_AXIS)
SOFTMAX = replace(ALONG_AXIS, of_logits=True)
RECURRENT = OnnxOperator(learned=(1, 2, 3), products=Products.STEPS)
UNCOUNTED = OnnxOperator(products=Products.UNCOUNTED)

OPERATORS: dict[str, OnnxOperator] = {
    # One number from one number
    "Abs": SLIDING,
    "Cast": PASSED_ON,
    "Ceil": PLACE,
    "Celu": PLACE,
    "Clip": replace(PLACE, layer="Clipping"),
    "Cos": PLACE,
    "DequantizeLinear": PASSED_ON,
    "Dropout": PASSED_ON,
    "Elu": SLIDING,
    "Erf": PLACE,
    "Exp": SLIDING,
    "Floor": PLACE,
    "Gelu": replace(PLACE, layer="GELU"),
    "HardSigmoid": PLACE,
    "HardSwish": PLACE,
    "Identity": replace(PASSED_ON, known_to_slide=True),
    "LeakyRelu": replace(SLIDING, layer="Leaky ReLU"),
    "Log": replace(PLACE, of_logits=True),
    "Mish": PLACE,
    "Neg": PLACE,
    "Not": PLACE,
    "PRelu": replace(PLACE, layer="PReLU", learned=(1,)),
    "QuantizeLinear": PASSED_ON,
    "Reciprocal": PLACE,
    "Relu": replace(SLIDING, layer="ReLU"),
    "Round": PLACE,
    "Selu": PLACE,
    "Sigmoid": replace(SLIDING, of_logits=True),
    "Sign": PLACE,
    "Sin": PLACE,
    "Softplus": PLACE,
    "Softsign": PLACE,
    "Sqrt": PLACE,
    "Swish": PLACE,
    "Tanh": SLIDING,
    "ThresholdedRelu": PLACE,
    # One number from several at the same place
    "Add": _arithmetic("Sum"),
    "And": PLACE,
    "Div": _arithmetic("Quotient"),
    "Equal": PLACE,
    "Greater": PLACE,
    "GreaterOrEqual": PLACE,
    "Less": PLACE,
    "LessOrEqual": PLACE,
    "Max": PLACE,
    "Mean": PLACE,
    "Min": PLACE,
    "Mod": PLACE,
    "Mul": _arithmetic("Product"),
    "Or": PLACE,
    "Pow": PLACE,
    "Sub": _arithmetic("Difference"),
    "Sum": PLACE,
    "Where": PLACE,
    "Xor": PLACE,
    # Normalisation
    "BatchNormalization": _normalisation("Batch normalisation", Places.SAME, statistics=(3, 4)),
    "GroupNormalization": _normalisation("Group normalisation", Places.MIXED),
    "InstanceNormalization": _normalisation("Instance normalisation", Places.MIXED),
    "LayerNormalization": _normalisation("Layer normalisation", Places.FROM_AXIS),
    "LRN": _normalisation("Local response normalisation", Places.SAME, ()),
    "RMSNormalization": _normalisation("", Places.FROM_AXIS, (1,)),
    # Products with weights
    "Attention": UNCOUNTED,
    "Conv": _convolution("Convolution", Places.WINDOW, Products.WINDOW, known_to_slide=True),
    "ConvTranspose": _convolution("Transposed convolution", Places.SPREAD, Products.SPREAD),
    "DeformConv": UNCOUNTED,
    "Einsum": UNCOUNTED,
    "Gemm": _fully_connected((1, 2), known_to_slide=True),
    "GRU": RECURRENT,
    "LSTM": RECURRENT,
    "MatMul": _fully_connected((0, 1), places=Places.MULTIPLIED),
    "RNN": RECURRENT,
    # Many places into one
    "AveragePool": _pool("average pooling", known_to_slide=True),
    "GlobalAveragePool": _global("average pooling"),
    "GlobalLpPool": _global("norm pooling"),
    "GlobalMaxPool": _global("max pooling"),
    "LpPool": _pool("norm pooling"),
    "MaxPool": _pool("max pooling", known_to_slide=True),
    "ReduceL1": _reduction("L1"),
    "ReduceL2": _reduction("L2"),
    "ReduceLogSum": _reduction("LogSum"),
    "ReduceLogSumExp": _reduction("LogSumExp"),
    "ReduceMax": _reduction("Maximum", "max pooling"),
    "ReduceMean": _reduction("Mean", "average pooling"),
    "ReduceMin": _reduction("Min"),
    "ReduceProd": _reduction("Prod"),
    "ReduceSum": _reduction("Sum"),
    "ReduceSumSquare": _reduction("SumSquare"),
    # Along an axis
    "Hardmax": ALONG_AXIS,
    "LogSoftmax": SOFTMAX,
    "Softmax": SOFTMAX,
    # The same numbers elsewhere
    "Concat": OnnxOperator(layer="Side by side", places=Places.JOINED, learned=EVERY),
    "Expand": _rearranging(Places.EXPANDED),
    "Flatten": _rearranging(Places.RESHAPED, known_to_slide=True),
    "Gather": _rearranging(Places.GATHERED),
    "Pad": OnnxOperator(layer="Padding", places=Places.PADDED),
    "Reshape": _rearranging(Places.RESHAPED, known_to_slide=True),
    "Slice": _rearranging(Places.SLICED),
    "Split": _rearranging(Places.SPLIT),
    "Squeeze": _rearranging(Places.RESHAPED),
    "Transpose": _rearranging(Places.TRANSPOSED),
    "Unsqueeze": _rearranging(Places.RESHAPED),
    # Others
    "DynamicQuantizeLinear": OnnxOperator(passes_on=True),  # its scale is that of all places together
    "If": replace(UNCOUNTED, layer="Branches"),
    "Loop": UNCOUNTED,
    "Scan": replace(UNCOUNTED, layer="Loop"),
    "SequenceMap": UNCOUNTED,
    "Shape": OnnxOperator(only_shape=True),
    "Size": OnnxOperator(only_shape=True),
}
OPERATORS |= {
    "ConvInteger": _in_whole_numbers("Conv", filters=1, learned=(1,), domains=ONNX),
    "MatMulInteger": _in_whole_numbers("MatMul", learned=(1,), domains=ONNX),
    "QGemm": _in_whole_numbers("Gemm", learned=(3, 6)),
    "QLinearAdd": _in_whole_numbers("Add"),
    "QLinearAveragePool": _in_whole_numbers("AveragePool"),
    "QLinearConcat": _in_whole_numbers("Concat"),
    "QLinearConv": _in_whole_numbers("Conv", filters=3, biases=8, learned=(3, 8), domains=(*ONNX, MICROSOFT)),
    "QLinearGlobalAveragePool": _in_whole_numbers("GlobalAveragePool"),
    "QLinearLeakyRelu": _in_whole_numbers("LeakyRelu"),
    "QLinearMatMul": _in_whole_numbers("MatMul", learned=(3,), domains=ONNX),
    "QLinearMul": _in_whole_numbers("Mul"),
    "QLinearSigmoid": _in_whole_numbers("Sigmoid"),
    "QLinearSoftmax": _in_whole_numbers("Softmax"),
    "QLinearWhere": _in_whole_numbers("Where"),
}
