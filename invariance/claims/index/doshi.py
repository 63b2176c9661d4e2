"""Figure by figure: P. Doshi, Convolutional neural networks (2020)."""

from invariance.claims.source import Item

CONVOLUTION, BACK, DIGITS = (
    "convolution?convolution_view=Slide+it",
    "backpropagation?backpropagation_view=Step+by+step",
    "training?what=Digits&learned=Six+digits",
)
SOFTMAX = "backpropagation?backpropagation_view=Softmax%2C+with+your+numbers"
CNN = "inside?what=Digits&inside=mnist-cnn"
NUMBERS = "pooling?pooling_view=In+numbers"
LAWS = "linear?linear_view=Law+by+law&lti_operator=Convolution+around+the+edges"
SHIFTED = "translation?see=On+test+images&stays=Same+answers&what=Digits"
RUN, WEIGHTS = "the training can't be repeated exactly", "the trained weights are not in the text"

ITEMS = (
    Item(
        "section I, AlexNet",
        "AlexNet's errors against those of a person",
        "sources?paper=Doshi&beside=Theirs+beside+ours",
        "By printed figures",
    ),
    Item("section I.A, linear", "Convolution is linear", LAWS, "which makes it a convolution"),
    Item("section I.A, pooling", "Answers in spite of small distortions", SHIFTED, "shift change the answer"),
    Item(
        "section II.A.1, values of a pixel",
        "One number, or three: red, green, blue",
        "convolution?convolution_view=As+numbers&what=Digits",
        "8 bits",
    ),
    Item("equation 1", "A feature map is the image convolved with a kernel", CONVOLUTION, "**Convolution** proper"),
    Item("equation 2", "Convolution as a double sum over the kernel", CONVOLUTION, "I(i - m, j - n)"),
    Item("section II.A.1, indices negated", "The same sum over a kernel turned by 180°", CONVOLUTION, "180°"),
    Item("equation 3", "Cross-correlation: the kernel isn't turned", CONVOLUTION, "**Cross-correlation**"),
    Item("section II.A.1, depth and bias", "The sum over all channels, and a bias", CONVOLUTION, "S_{i,j} = b + "),
    Item(
        "section II.A.1, pixels at the border",
        "They take part in fewer sums",
        CONVOLUTION,
        "only windows that lie inside",
    ),
    Item(
        "section II.A.1, same padding",
        "Zeros around the image that keep its size; p = 1, as printed, does so for 3 × 3 kernels only",
        CONVOLUTION,
        "is not always p = 1",
    ),
    Item("section II.A.1, full padding", "p = k − 1 zeros around the image", CONVOLUTION, "p = k - 1"),
    Item("section II.A.1, valid padding", "No zeros around the image", CONVOLUTION, "*Valid*"),
    Item("section II.A.1, stride", "By how many pixels the kernel moves on", CONVOLUTION, "Stride"),
    Item("section II.A.1, size of the output", "(H + 2p − k) / s + 1", CONVOLUTION, "The output's size"),
    Item("section II.A.2, receptive field", "The part of the image behind a number", f"{CNN}&look=Layers", "receptive"),
    Item("section II.A.2, max pooling", "The largest number of each window", NUMBERS, "Max pooling"),
    Item("section II.A.2, average pooling", "The mean of each window", NUMBERS, "Average pooling"),
    Item("section II.A.3, x and o", "What goes into a layer, and what its activation makes of it", BACK, "o = f(x)"),
    Item("equation 4", "The loss's gradient for a weight, by the chain rule", BACK, "chain rule"),
    Item("equation 5", "How x depends on a weight: it is the input there", f"{BACK}&back=kernel", "I, the image"),
    Item(
        "equation 6",
        "The kernel's gradient is the correlation of input and δ",
        f"{BACK}&back=kernel",
        "the correlation of input and δ",
    ),
    Item("section II.A.3, δ", "δ: the loss's gradient for what goes into a layer", f"{BACK}&back=ReLU", "δ"),
    Item(
        "section II.A.3, region Q",
        "Which outputs a number of the input takes part in",
        f"{BACK}&back=image",
        "takes part in $E$ only through what comes after it",
    ),
    Item(
        "section II.A.3, recursion",
        "From δ of a layer to δ of the one before: δ convolved with the turned kernel, times f′",
        f"{BACK}&back=image",
        "slides over δ with zeros around it",
    ),
    Item("section III, data", "MNIST, 70,000 digits", "glossary", "70,000 small grey pictures"),
    Item("figure 1", "Six digits of MNIST", DIGITS, "The first six"),
    Item("section III.A, layers", "The network's eleven layers", f"{CNN}&look=Layers", "1,134,426"),
    Item(
        "figure 2",
        "The first convolution's maps of a digit",
        f"{CNN}&look=Maps&layer=conv1&map=1",
        "The 16 maps of conv1",
        WEIGHTS,
    ),
    Item("section III.A, softmax", "Scores become probabilities", SOFTMAX, "central difference"),
    Item("section III.A, cross-entropy", "The loss of an answer", SOFTMAX, "E = -"),
    Item("figure 3", "Loss in training and validation", DIGITS, "loss over the epochs", RUN),
    Item("figure 4", "Accuracy in training and validation", DIGITS, "accuracy over the epochs", RUN),
    Item("section III.B", "Right answers on all test images", DIGITS, "Doshi's CNN"),
    Item("section III.B, levelling off", "After 10 epochs little is learned", DIGITS, "level off", RUN),
    Item("section III.B, overfitting", "No overfitting, thanks to dropout", DIGITS, "by heart"),
    Item("figure 5", "The network's probabilities for the six digits", DIGITS, "the least sure answer", WEIGHTS),
    Item("section IV, sparse interactions", "An output depends on few inputs", f"{CNN}&look=Layers", "connections"),
    Item("section IV, shared parameters", "The same weights at every place", f"{CNN}&look=Layers", "is used"),
    Item(
        "section IV, equivariant representations",
        "Features that follow when the image is shifted or lit differently",
        "symmetry?what=Digits&networks=mnist-cnn&broken_by=Shift",
        "How far every layer of Doshi's CNN is from following",
    ),
    Item(
        "section IV, 99.7 %",
        "What the best networks for digits reach",
        "training?what=Digits&learned=Larger+networks",
        "Do larger networks learn more by heart?",
        "the figure is of other people's networks",
    ),
    Item(
        "section IV, what could help",
        "More kinds of training images, normalisation",
        "training?what=Objects&learned=Larger+networks",
        "changed at random",
    ),
    Item(
        "section IV, colour",
        "Images with colours and backgrounds",
        "training?what=Objects&learned=Class+by+class",
        "Which things are hard?",
    ),
    Item(
        "section IV, in numpy",
        "A CNN from scratch in numpy",
        "backpropagation?backpropagation_view=Enough+to+learn%3F",
        "learned by these formulas alone",
    ),
)
