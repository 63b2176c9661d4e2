"""The field's words, and texts in which their meaning shows where they stand: under the mouse, at Tab, at a tap."""

import html
import re
from typing import NamedTuple


class Term(NamedTuple):
    """A word of the field."""

    meaning: str  # one plain sentence
    forms: tuple[str, ...] = ()  # how else it is written in texts; an s at the end is found anyway


TERMS: dict[str, Term] = {
    "accuracy": Term("The share of images for which a network's answer is right."),
    "aliasing": Term(
        "Patterns that were never there, which appear when fine detail is kept at too few places: as in films, where "
        "wheels seem to turn backwards.",
        ("aliased", "alias"),
    ),
    "amount": Term("How much of a change is made to an image, such as a turn by 45° or a shift by 3 pixels."),
    "augmentation": Term(
        "Training on changed copies of the images too, turned ones for example, so that a network learns to bear the "
        "change.",
        ("augmented",),
    ),
    "backpropagation": Term(
        "Working out, from the last layer back to the first, how much a small change of each weight would change the "
        "error."
    ),
    "bilinear": Term(
        "A value between four pixels, taken from all four of them: the nearer one is, the more it counts."
    ),
    "bias": Term("A number that a layer adds to each of its sums, whatever the image shows.", ("biases",)),
    "centre of mass": Term("The point on which a drawing would balance if its ink had weight."),
    "circular shift": Term("A shift in which what leaves the image at one edge comes in at the opposite one."),
    "CIFAR-10": Term("60,000 small colour photos of ten kinds of things, such as airplanes, cats and ships."),
    "confidence interval": Term(
        "A range around a measured figure: measured again and again on other images, 95 of 100 such ranges would "
        "hold the true value.",
        ("95 % interval",),
    ),
    "consistency": Term(
        "How often a network gives the same answer to one image that is shifted in two ways, be it right or wrong."
    ),
    "convolution": Term(
        "A small grid of weights slides over an image; at every place the pixels under it are multiplied by the "
        "weights and summed up.",
        ("convolve",),
    ),
    "cross-entropy": Term(
        "How wrong a network's probabilities are: minus the logarithm of the one that it gave to the right class."
    ),
    "epoch": Term("One pass of the training over all training images."),
    "equivariant": Term(
        "It changes along: shift the input, and the output is shifted too but otherwise the same. A layer that does so "
        "with shifts follows shifts.",
        ("equivariance", "follows shifts", "follow shifts"),
    ),
    "feature map": Term("A grid of numbers that says where in the image a layer found what it looks for."),
    "fully connected layer": Term(
        "A layer in which each number depends on every number before it, with a weight for each; also called a dense "
        "layer.",
        ("fully connected", "dense layer"),
    ),
    "gradient": Term("How much a number would grow if each of the values that it depends on were a little larger."),
    "group convolution": Term(
        "A convolution that tries each of its kernels in several orientations, for example in all four quarter turns.",
        ("group network",),
    ),
    "held-out": Term("Kept out of the training, to see how a network does on images that it never saw.", ("held out",)),
    "impulse": Term(
        "An image that is black but for one pixel; what a linear operator that follows shifts makes of it tells all it "
        "does."
    ),
    "invariant": Term("It does not change when the input does: the answer stays the same.", ("invariance",)),
    "kernel": Term("The small grid of weights that a convolution slides over an image.", ("filter",)),
    "linear": Term(
        "The answer to a sum of two inputs is the sum of their answers, and twice the input gives twice the answer."
    ),
    "logit": Term("A network's raw score for a class, before scores are made into probabilities."),
    "loss": Term(
        "One number for how wrong a network is, which training makes smaller; here it is the cross-entropy.",
        ("losses",),
    ),
    "MNIST": Term("70,000 small grey pictures of handwritten digits."),
    "nats": Term("A unit of surprise: to learn how a fair coin fell is worth 0.69 nats, the natural logarithm of 2."),
    "ONNX": Term("A file format for networks that programs of many makers write and read."),
    "orbit": Term("All that a set of changes makes of one image: of quarter turns, the image in its four turns."),
    "overfit": Term(
        "It knows its training images by heart and does worse on others.", ("overfits", "overfitting", "overfitted")
    ),
    "p4": Term(
        "The set of all shifts and quarter turns; a p4 network is built so that a quarter turn can't change its answer."
    ),
    "padding": Term(
        "Pixels, mostly black, that are put around an image so that a kernel can reach its edge.", ("padded",)
    ),
    "polyphase sampling": Term(
        "When every second pixel is kept there are several grids to choose from; it takes the one with the most in it, "
        "which moves along with a shift.",
        ("polyphase",),
    ),
    "pooling": Term(
        "A layer that puts one number in place of every small window of a map, such as the largest.", ("pool",)
    ),
    "receptive field": Term("The part of the image that one number in a layer depends on."),
    "ReLU": Term("What is below zero becomes zero; the rest stays as it is."),
    "softmax": Term("It makes scores into probabilities: all above zero, one in sum, the highest score the likeliest."),
    "stride": Term("How many pixels a window moves from one place to the next: at 2, it skips every second one."),
}

_named = {form.lower(): name for name, term in TERMS.items() for form in (name, *term.forms)}
_TERM = re.compile(
    rf"(?<![\w-])({'|'.join(sorted(map(re.escape, _named), key=len, reverse=True))})s?(?![\w-])", re.IGNORECASE
)
# What is left as it is: code, headings, formulas, links and pictures, HTML, places to fill in, addresses, and what a
# stranger wrote, which here means the titles that sources gave themselves.
_LEFT = re.compile(
    r"(```.*?```|^\#.*?$|`[^`]*`|\$\$.*?\$\$|\$[^$]+\$|!?\[[^\]]*\]\([^)]*\)|<[^>]*>|\{\{\w+\}\}|https?://\S+"
    r"|^\*Sources?:.*?(?=\n\n|\Z))",
    re.DOTALL | re.MULTILINE,
)


def glossed(text: str) -> str:
    """A Markdown text with the first of each term marked; for st.markdown(…, unsafe_allow_html=True)."""
    seen = set()

    def mark(found: re.Match) -> str:
        name = _named[found[1].lower()]
        if name in seen:
            return found[0]
        seen.add(name)
        meaning = html.escape(TERMS[name].meaning)
        return f'<abbr class="term" tabindex="0" data-meaning="{meaning}">{found[0]}</abbr>'

    parts = _LEFT.split(text)
    parts[::2] = [_TERM.sub(mark, part) for part in parts[::2]]
    return "".join(parts)
