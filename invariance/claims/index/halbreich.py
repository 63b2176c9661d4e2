"""Figure by figure: A. Halbreich, Neural networks for images, exercise 1.

Its figures are numbered anew with every network, and not in order: they stand here as it prints them.
"""

from invariance.claims.source import Item

END, LARGER, MATRIX, CLASSES = (
    f"training?what=Objects&learned={view}"
    for view in ("By+heart%3F", "Larger+networks", "One+matrix", "Class+by+class")
)
TEST_SET = "classify?what=Objects&source=Test+set"
RUN = "the training can't be repeated exactly"
IMPULSE = "linear?linear_view=What+one+impulse+tells&lti_operator=Convolution+around+the+edges"
RELU, PICK, BIAS, DENSE = (
    f"linear?linear_view=Where+a+law+fails&lti_operator={title}"
    for title in ("ReLU", "Picking+one+pixel", "Adding+a+bias", "Fully+connected")
)
LAWS = "linear?linear_view=Law+by+law&lti_operator=Convolution+around+the+edges"
FLATTENING, EVERY, MATRICES = (f"linear?linear_view={view}" for view in ("Flattening", "Every+operator", "Matrices"))


def training(network: str) -> str:
    """Where the training of a network is drawn."""
    return f"{END}&networks={network}"


def layers(network: str) -> str:
    """Where the layers of a network are listed."""
    return f"inside?what=Objects&inside={network}&look=Layers"


QUESTION_1, QUESTION_2, QUESTION_3 = (f"coding question {number}" for number in (1, 2, 3))
THEORY = "theoretical question"

ITEMS = (
    Item(f"{THEORY} 1", "A linear system that follows shifts is a convolution", LAWS, "which makes it a convolution"),
    Item(f"{THEORY} 1, impulse", "δ: 1 at one place, else 0", IMPULSE, "What one impulse tells"),
    Item(f"{THEORY} 1, impulse response", "h = L[δ]: what comes out for an impulse", IMPULSE, "h = L(\\delta)"),
    Item(
        f"{THEORY} 1, sum of impulses", "Every signal is a sum of shifted, weighted impulses", IMPULSE, "\\sum_k x[k]"
    ),
    Item(f"{THEORY} 1, y = x * h", "By linearity, what comes out is a convolution with h", IMPULSE, "x * h"),
    Item(
        f"{THEORY} 1, shifted input",
        "A shifted input gives a shifted output; the last step printed there would make every h constant",
        IMPULSE,
        "Where the source's proof slips",
    ),
    Item(
        f"{THEORY} 2",
        "Does the order matter in which a map is flattened?",
        FLATTENING,
        "Does the order of flattening matter",
    ),
    Item(f"{THEORY} 2, orders", "By rows, by columns, diagonally, or at random", FLATTENING, "diagonal"),
    Item(f"{THEORY} 3 a", "Is ReLU linear, and does it follow shifts?", RELU, "max(x, 0) of every pixel"),
    Item(f"{THEORY} 3 a, equation 1", "ReLU as a maximum", RELU, "max(x, 0) of every pixel"),
    Item(
        f"{THEORY} 3 a, equation 2",
        "ReLU by cases",
        "convolution?convolution_view=Detect%2C+isolate%2C+condense",
        "sets the negative",
    ),
    Item(f"{THEORY} 3 b", "Is strided pooling linear, and does it follow shifts?", PICK, "Where a law fails"),
    Item(
        f"{THEORY} 3 b, counterexample",
        "An image and its copy, one column further: other pixels are picked",
        PICK,
        "The smallest there is",
    ),
    Item(f"{THEORY} 3 c", "Is adding a bias linear, and does it follow shifts?", BIAS, "Where a law fails"),
    Item(f"{THEORY} 3 c, homogeneity", "λI + b is not λ(I + b)", BIAS, "Homogeneous"),
    Item(f"{THEORY} 3 d", "Is a fully connected layer linear, and does it follow shifts?", DENSE, "Where a law fails"),
    Item(f"{THEORY} 3 d, equation 1", "O = WI: an image times a matrix", MATRICES, "Fully connected"),
    Item(
        f"{THEORY} 3 d, equation 2",
        "W(I + a), meant as a shift, though adding a vector moves nothing",
        DENSE,
        "it moves nothing",
    ),
    Item(f"{THEORY} 3 d, equation 3", "WI + Wa, which every matrix obeys", DENSE, "every matrix obeys"),
    Item(
        f"{QUESTION_1}, smallest, figure 1",
        "Loss over the epochs",
        training("cifar-underfit"),
        "loss over the epochs",
        RUN,
    ),
    Item(f"{QUESTION_1}, smallest, figure 2", "The network's layers", layers("cifar-underfit"), "69,706"),
    Item(f"{QUESTION_1}, smallest, figure 3", "Its parameters and losses", LARGER, "69,706"),
    Item(f"{QUESTION_1}, middle, figure 1", "Loss over the epochs", training("cifar-fit"), "loss over the epochs", RUN),
    Item(f"{QUESTION_1}, middle, figure 3", "Its parameters and losses", LARGER, "106,008"),
    Item(f"{QUESTION_1}, middle, figure 2", "The network's layers", layers("cifar-fit"), "106,008"),
    Item(
        f"{QUESTION_1}, largest, figure 1",
        "Loss over the epochs",
        training("cifar-overfit"),
        "loss over the epochs",
        RUN,
    ),
    Item(
        f"{QUESTION_1}, overall, figure 4",
        "From underfitting to overfitting, as networks grow",
        LARGER,
        "Do larger networks learn more by heart?",
        RUN,
    ),
    Item(f"{QUESTION_1}, largest, figure 3", "Its parameters and losses", LARGER, "167,530"),
    Item(f"{QUESTION_1}, largest, figure 4", "The network's layers", layers("cifar-overfit"), "167,530"),
    Item(QUESTION_2, "Without non-linear layers the loss stays high", MATRIX, "a network is one matrix"),
    Item(f"{QUESTION_2}, non-linear layers", "ReLU and max pooling are not linear", EVERY, "Max pooling"),
    Item(f"{QUESTION_2}, figure 1", "Loss over the epochs", training("cifar-linear"), "loss over the epochs", RUN),
    Item(f"{QUESTION_2}, figure 3", "Its parameters and losses", LARGER, "6,434"),
    Item(f"{QUESTION_2}, figure 2", "The network's layers", layers("cifar-linear"), "6,434"),
    Item(
        f"{QUESTION_3}, averaged, figure 6", "Loss over the epochs", training("cifar-gap"), "loss over the epochs", RUN
    ),
    Item(f"{QUESTION_3}, averaged, figure 5", "The network's layers", layers("cifar-gap"), "1,386"),
    Item(f"{QUESTION_3}, averaged, figure 4", "Its parameters and losses", LARGER, "1,386"),
    Item(
        f"{QUESTION_3}, one layer, figure 8",
        "Loss over the epochs",
        training("cifar-shallow"),
        "loss over the epochs",
        RUN,
    ),
    Item(f"{QUESTION_3}, one layer, figure 7", "The network's layers", layers("cifar-shallow"), "54,046"),
    Item(f"{QUESTION_3}, one layer, figure 9", "Its parameters and losses", LARGER, "54,046"),
    Item(QUESTION_3, "One convolution is not enough", LARGER, "One convolution is not enough"),
    Item(f"{QUESTION_3}, output: accuracy", "Right answers on all test images", LARGER, "test images, kept epoch"),
    Item(f"{QUESTION_3}, output: classes", "Right answers, class by class", CLASSES, "Which things are hard?"),
    Item(
        f"{QUESTION_3}, counting loop",
        "The loop that counts right answers class by class",
        CLASSES,
        "counts an image only if the answer is right",
    ),
    Item(
        f"{QUESTION_3}, output: four images",
        "The answer is the class of the highest energy, here of four test images",
        TEST_SET,
        "called energies",
        "the trained weights are not in the text",
    ),
)
