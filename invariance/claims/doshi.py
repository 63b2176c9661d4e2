"""What Doshi claims: of the mathematics, and of his network."""

from collections.abc import Iterator

from invariance.claims import doshi_network as network
from invariance.claims.claim import Claim, accuracy, accuracy_at, data, in_words
from invariance.claims.doshi_mathematics import DOSHI, claim, of_slips, proofs
from invariance.claims.doshi_network import BEST, CNN, PLATEAU
from invariance.claims.index.doshi import ITEMS
from invariance.claims.pairs import apart_by
from invariance.claims.source import Source, in_order
from invariance.evaluation.learning import BY_HEART
from invariance.number_words import percent

HOW_JUDGED = "by what rule, and after how many epochs"
PIXELS, LIGHT = 2, 0.5  # of the shift, and of the brightness, that may be "a reasonable degree"


def _network() -> Iterator[Claim]:
    """Of the network, its trainings and its images."""
    yield claim(
        "images",
        "section III, data",
        "MNIST has 60,000 images of 28 × 28 pixels, and 10,000 more for testing",
        "exact",
        lambda: network.images("train") + network.images("test"),
        "the_images_are_counted",
        theirs=70_000,
        unit="images",
    )
    yield claim(
        "layers",
        "section III.A, layers",
        "16, 128 and 256 maps, of kernels of 2 × 2, 3 × 3 and 3 × 3; then 128 and 10 outputs",
        "exact",
        network.has_the_layers,
        "the_exported_layers_are_those_listed",
        beside=network.parameters_told,
    )
    yield claim(
        "accuracy",
        "section III.B",
        "its network is right on about 99.2 % of the test images",
        "figure",
        lambda: accuracy(CNN),
        "the_network_s_figures_are_those_recorded",
        theirs=0.992,
        unit="%",
        data=lambda: data(CNN),
        better=1,
        rounding=0.0005,
    )
    yield claim(
        "plateau",
        "section III.B, levelling off",
        f"after {PLATEAU} epochs learning levels off. Here: right answers on held-out images",
        "comparison",
        network.levels_off,
        "a_gain_is_judged_against_chance",
        data=lambda: data(CNN),
        untold="how many epochs it went on",
        beside=network.plateau_told,
    )
    yield claim(
        "overfitting",
        "section III.B, overfitting",
        "there is no overfitting. Here: by the rule of the page Training",
        "comparison",
        network.fits,
        "overfitting_is_judged_by_the_page_s_rule",
        data=lambda: data(CNN),
        untold=HOW_JUDGED,
        inferred=f"the source gives no rule. Ours: over {100 * BY_HEART:g} points more of the training images right, "
        "in the last epoch, than of those held out",
        beside=network.gap_told,
    )
    yield claim(
        "dropout",
        "section III.B, overfitting",
        "that is owed to the two dropout layers. Here: whether it overfits without them, by the same rule",
        "comparison",
        network.dropout_helps,
        "dropout_helps_only_where_the_network_overfits_without_it",
        data=lambda: data(CNN),
        untold=HOW_JUDGED,
        inferred="the source didn't train without them",
        beside=network.dropout_told,
    )
    yield claim(
        "no-doubt",
        "figure 5",
        "“no doubt”: six digits get probabilities almost equal to 1. Here: the least of the first six test images",
        "comparison",
        network.least_sure,
        "the_least_sure_answer_is_found",
        theirs=None,
        unit="%",
        data=lambda: data(CNN),
        untold="which six images they are, and the numbers",
        beside=lambda: (
            "Of one network and six images. A probability says how far an answer leads, not how likely it is right: "
            "wrong ones can be as sure."
        ),
    )
    yield claim(
        "sparse",
        "section IV, sparse interactions",
        "an output of a convolution is connected to few inputs",
        "exact",
        network.is_sparse,
        "the_exported_layers_are_those_listed",
        beside=lambda: network.first_told("connections", "connections", "full_connections"),
    )
    yield claim(
        "shared",
        "section IV, shared parameters",
        "sharing weights considerably reduces their number",
        "exact",
        network.shares_parameters,
        "the_exported_layers_are_those_listed",
        beside=lambda: network.first_told("parameters", "parameters", "full_parameters"),
    )
    yield claim(
        "distortions",
        "section I.A, pooling",
        "pooling lets a network detect images in spite of any small distortion. Here: images whose answer no shift by "
        "one pixel changes",
        "always",
        network.bears_one_pixel,
        "one_changed_answer_refutes_any_small_distortion",
        theirs=1.0,
        unit="%",
        data=lambda: data(CNN),
        inferred="“any” is every image and every shift by one pixel, black coming in",
        beside=network.counterexamples,
    )
    yield claim(
        "position",
        "section IV, equivariant representations",
        f"an image out of position to a reasonable degree is still recognised. Here: moved by {PIXELS} pixels",
        "figure",
        lambda: accuracy_at(CNN, PIXELS, "translation"),
        "the_network_s_figures_are_those_recorded",
        theirs=None,
        unit="%",
        data=lambda: data(CNN),
        untold="what a reasonable degree is",
        beside=lambda: apart_by("Moved", accuracy_at(CNN, PIXELS, "translation"), "as they are", accuracy(CNN)),
    )
    yield claim(
        "light",
        "section IV, equivariant representations",
        f"so is one in other light. Here: at {percent(LIGHT, 0)} of its brightness",
        "figure",
        lambda: network.lit(LIGHT),
        "the_network_s_figures_are_those_recorded",
        theirs=None,
        unit="%",
        data=lambda: data(CNN),
        untold="what a reasonable degree is",
        beside=lambda: f"As they are: {in_words(network.lit(1), '%')}.",
    )
    yield claim(
        "best",
        "section IV, 99.7 %",
        "the best networks for digits are right on about 99.7 %. Here: one of ours",
        "figure",
        lambda: accuracy(BEST),
        "the_network_s_figures_are_those_recorded",
        theirs=network.REACHED,
        unit="%",
        data=lambda: data(BEST),
        finding=network.reached,
        better=1,
        rounding=network.ROUNDED,
        inferred="that one network of ours stands for the best",
        beside=network.best_to_come,
    )


CLAIMS = in_order([*proofs(), *of_slips(), *_network()], ITEMS)

SOURCE = Source(
    "doshi", "Doshi", DOSHI, "the mathematics of convolutional networks, and a network for digits", ITEMS, CLAIMS
)
