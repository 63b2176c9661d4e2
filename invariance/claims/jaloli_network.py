"""What Jaloli says of LeNet-5's layers: their sizes and parameters, counted in its exported file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from invariance.claims.claim import Claim, parameters
from invariance.claims.index.jaloli import LAYERS
from invariance.claims.opened import layers_of

if TYPE_CHECKING:  # it takes long to load
    from invariance.inside.architecture import Layer

JALOLI = "M. Jaloli, Rotation invariance in CNN model (2019)"
LENET5 = "lenet5"
FIGURE_3 = (  # a layer, the shape of its output, its parameters
    ("Conv2d-1", (6, 28, 28), 156),
    ("MaxPool2d-2", (6, 14, 14), 0),
    ("Conv2d-3", (16, 14, 14), 2_416),
    ("MaxPool2d-4", (16, 7, 7), 0),
    ("Conv2d-5", (120, 7, 7), 48_120),
    ("Linear-6", (120,), 705_720),
    ("Linear-7", (84,), 10_164),
    ("Linear-8", (10,), 850),
)
STRIDE, SIDE = 2, 32  # of the first convolution, and of the image that its size is worked out from, as the text has it
THERE = "claims/test_jaloli.py::"
BYTES = 4  # of a parameter, float32


def listed() -> list["Layer"]:
    """LeNet-5's layers that figure 3 lists, those with a sliding window or with weights; none without its file."""
    return [layer for layer in layers_of(LENET5) if layer.sliding or layer.parameters]


def _with_stride() -> str:
    """What the source's stride would make of the first convolution's maps, in a sentence."""
    if not listed():
        return ""
    from invariance.operators.windows import output_size

    window, (given, _), (gives, _), _ = listed()[0].sliding
    side = output_size(given, window.size[0], window.before[0] + window.after[0], STRIDE)
    return f"With a stride of {STRIDE} its maps would be {side} × {side}, and its own table has {gives} × {gives}."


def _convolutions() -> list["Layer"]:
    return [layer for layer in listed() if layer.sliding and layer.parameters]


def _follow_the_formula() -> float | None:
    """1 if every convolution of figure 3 makes maps of the size that the source's formula says."""
    found = [
        layer.sliding.given[0] - layer.sliding.window.size[0] + 1 == layer.sliding.gives[0] for layer in _convolutions()
    ]
    return float(all(found)) if found else None


def _without_padding() -> str:
    """What the source's formula gives for each of its convolutions, in a sentence."""
    if not listed():
        return ""
    sums = []
    for layer in _convolutions():
        window, (given, _), (gives, _), _ = layer.sliding
        size = window.size[0]
        sums.append(f"{given} − {size} + 1 = {given - size + 1}, not {gives}")
    around = listed()[0].sliding.window.before[0]
    return (
        f"In its own table: {'; '.join(sums)}. There a padding of {around} all round keeps the size, which the formula "
        f"leaves out. The LeNet-5 of 1998 gets images of {SIDE} × {SIDE}."
    )


def network() -> Iterator[Claim]:
    """Figure 3, and what section 3.1 says of the same layers."""
    common: dict[str, Any] = {"source": JALOLI, "rule": "exact", "page": LAYERS}
    yield Claim(
        name="jaloli-parameters",
        where="figure 3",
        says="LeNet-5, as drawn there, has 767,426 parameters",
        theirs=767_426,
        unit="parameters",
        ours=lambda: parameters(LENET5),
        test=f"{THERE}test_figure_3_worked_by_hand",
        **common,
    )
    yield Claim(
        name="jaloli-size",
        where="figure 3",
        says="they take 2.93 MB",
        theirs=2.93,
        unit="MB",
        ours=lambda: None if (count := parameters(LENET5)) is None else round(count * BYTES / 2**20, 2),
        test=f"{THERE}test_figure_3_worked_by_hand",
        beside=lambda: f"Of {BYTES} bytes each, a MB being 2²⁰ bytes.",
        **common,
    )
    for place, (layer, _, count) in enumerate(FIGURE_3):
        yield Claim(
            name=f"jaloli-parameters-{layer.lower()}",
            where="figure 3",
            says=f"its layer {layer} has {count:,} parameters",
            theirs=count,
            unit="parameters",
            ours=lambda place=place: listed()[place].parameters if listed() else None,
            test=f"{THERE}test_figure_3_worked_by_hand",
            **common,
        )
    yield Claim(
        name="jaloli-shapes",
        where="figure 3",
        says="the outputs of its 8 layers have the shapes that are listed",
        theirs=len(FIGURE_3),
        unit="layers",
        ours=lambda: (
            sum(layer.shape == shape for layer, (_, shape, _) in zip(listed(), FIGURE_3, strict=True))
            if listed()
            else None
        ),
        test=f"{THERE}test_figure_3_worked_by_hand",
        **common,
    )
    yield Claim(
        name="jaloli-stride",
        where="section 3.1, 6 × 28 × 28",
        says="the first convolution moves on by 2 pixels at a time, and so makes maps of 28 × 28",
        theirs=STRIDE,
        unit="px",
        ours=lambda: listed()[0].sliding.window.strides[0] if listed() else None,
        test=f"{THERE}test_the_stride_that_leaves_28_of_28_pixels_is_1",
        beside=_with_stride,
        **common,
    )
    yield Claim(
        name="jaloli-image",
        where="section 3.1, size of a map",
        says="of maps of N × N pixels a convolution with kernels of K × K makes maps of N − K + 1 pixels a side",
        theirs=1,
        unit="",
        ours=_follow_the_formula,
        test=f"{THERE}test_the_stride_that_leaves_28_of_28_pixels_is_1",
        inferred="N is the size of what each layer gets; the source says the size of the images, and 32 of MNIST's "
        "28 × 28",
        beside=_without_padding,
        **common,
    )
    yield Claim(
        name="jaloli-flattened",
        where="section 3.1, 120 × 7 × 7",
        says="flattened, what comes out of this network's last convolution is a vector of 120 numbers",
        theirs=120,
        unit="numbers",
        ours=lambda: next((layer.shape[0] for layer in layers_of(LENET5) if len(layer.shape) == 1), None),
        test=f"{THERE}test_figure_3_worked_by_hand",
        beside=lambda: (
            "120 is what the layer after it makes of them, and what the last convolution gives in the LeNet-5 of 1998."
        ),
        **common,
    )
