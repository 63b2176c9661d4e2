"""Figure by figure: M. Jaloli, Rotation invariance in CNN model (2019)."""

from invariance.claims.source import Item

A_FOUR = "what=Digits&source=Samples&sample=4"
LENET5 = "inside?what=Digits&inside=lenet5"
LAYERS = f"{LENET5}&look=Layers"
ROTATION, TABLES = (f"rotation?what=Digits&measured={what}" for what in ("On+test+images", "The+source%27s+tables"))
TURNED = f"{TABLES}&networks=lenet5&networks=lenet5-1epoch"  # one trained to the end, and one no better than theirs
CHANGES = "changes?what=Digits&change=Perspective"
POOLED = "pooling?pooling_view=Round+after+round&pooled=your+picture&what=Digits&source=Samples&sample=4"
FORGETS = "pooling?pooling_view=Shift+it"
WEIGHTS = "the trained weights are not in the text"
A_DIGIT = "which of MNIST's 4s it was is not told"


def kernels(layer: str) -> str:
    """The place that shows the kernels of a layer."""
    return f"{LENET5}&look=Kernels&kernels_of={layer}"


def maps(layer: str) -> str:
    """The place that shows a layer's maps of a 4."""
    return f"inside?{A_FOUR}&inside=lenet5&look=Maps&layer={layer}&map=1"


ITEMS = (
    Item(
        "figure 1",
        "A thing that is moved, turned, resized or lit differently is still that thing",
        "changes?what=Objects&change=Scale",
        "Light",
        "the photographs are the author's",
    ),
    Item(
        "section 2, invariance",
        "Invariant: exactly the same answer, wherever the thing is",
        "translation?what=Digits&see=One+answer+everywhere",
        "Drag your digit and turn it",
    ),
    Item(
        "section 2, equivariance",
        "Equivariant: a map of answers whose bumps move along with the things",
        "translation?see=Several+digits",
        "red where the network sees one",
    ),
    Item(
        "section 3, experiment",
        "Train LeNet-5 on upright digits, test it on turned ones",
        ROTATION,
        "test images at every angle",
    ),
    Item(
        "section 3.1, kernel",
        "A kernel of 5 × 5 makes one number of each block of the image",
        "convolution?convolution_view=A+learned+kernel&what=Digits&source=Samples&sample=4",
        "the network's own map",
    ),
    Item(
        "section 3.1, size of a map",
        "(N − K + 1) × (N − K + 1) numbers, of N × N pixels and a kernel of K × K",
        "convolution?convolution_view=Slide+it",
        "H' = ",
    ),
    Item("section 3.1, 6 × 28 × 28", "How large the first convolution's maps are", LAYERS, "6 × 28 × 28"),
    Item("section 3.1, 6 × 14 × 14", "Pooling by 2 halves them", LAYERS, "6 × 14 × 14"),
    Item(
        "section 3.1, max or average",
        "Max pooling keeps what stands out, average pooling smooths; max pooling is better",
        POOLED,
        "Average pooling",
    ),
    Item("section 3.1, 120 × 7 × 7", "What is flattened and classified", LAYERS, "120 × 7 × 7"),
    Item(
        "section 3.1, softmax and cross-entropy",
        "Ten numbers become probabilities, and their cross-entropy is the loss",
        "backpropagation?backpropagation_view=Softmax%2C+with+your+numbers",
        "central difference",
    ),
    Item("figure 2", "LeNet-5 as a drawing", LAYERS, "layers as volumes"),
    Item("figure 3", "LeNet-5's layers, output shapes and parameters", LAYERS, "output shape"),
    Item("figure 4", "The 6 kernels of the first convolution", kernels("conv1"), "The 6 kernels of conv1", WEIGHTS),
    Item(
        "figure 5",
        "The first convolution's 6 maps of a 4, after the activation",
        maps("relu1"),
        "Made by kernel 1 of conv1",
        WEIGHTS,
    ),
    Item("figure 6", "A 4 turned by 90, 180 and 270°", f"rotation?{A_FOUR}", "turned: 270°", A_DIGIT),
    Item("table 1", "Loss and accuracy, trained and tested upright", TABLES, "Table 1."),
    Item("table 2", "Loss and accuracy on digits turned by 90, 180, 270 and 360°", TABLES, "Table 2."),
    Item(
        "section 5, turned by 360°",
        "A whole turn changes nothing: no claim about a network, but a check of the turning. The losses printed for it "
        "and for upright digits differ, though the images are the same",
        ROTATION,
        "whole turns move no pixel",
    ),
    Item("conclusion", "CNNs are not rotation invariant", ROTATION, "A flat line survives turning"),
    Item(
        "figure 7", "The 6 × 16 kernels of the second convolution", kernels("conv2"), "The 16 kernels of conv2", WEIGHTS
    ),
    Item(
        "figure 8",
        "The 16 × 120 kernels of the third convolution",
        kernels("conv3"),
        "The 120 kernels of conv3",
        WEIGHTS,
    ),
    Item("figure 9", "The second convolution's 16 maps of a 4", maps("conv2"), "The 16 maps of conv2", WEIGHTS),
    Item("figure 10", "The third convolution's 120 maps of a 4", maps("conv3"), "The 120 maps of conv3", WEIGHTS),
)
