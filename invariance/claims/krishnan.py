"""What Krishnan says of kernels, of pooling and of comparing pixel to pixel, beside what was counted and measured."""

from collections.abc import Callable

from invariance.claims import krishnan_arrays as arrays
from invariance.claims.claim import Claim, accuracy_at, card, consistency, data, parameters
from invariance.claims.index.krishnan import CIRCLE, GLOBAL, ITEMS, MIRROR, NUMBERS, PAIR, RIGHT, SAME, SLIDE, STAGES
from invariance.claims.pairs import apart_by
from invariance.claims.source import Source, in_order
from invariance.claims.verdict import Measured, more
from invariance.evaluation.consistency import SHIFTS
from invariance.number_words import percent

KRISHNAN = "A. Krishnan, Translation invariance and CNN (2022)"
TESTS = "claims/test_krishnan.py"
PIXELS = 6  # of the shift at which networks with and without convolutions are compared
WITH_POOLING = {"mnist": ("mnist-shift-plain", "Digits"), "cifar10": ("cifar-shift-plain", "Objects")}
WITHOUT_CONVOLUTION, WITH_CONVOLUTION = "mnist-mlp", "mnist-shift-plain"
POOLED, UNPOOLED = "mnist-pooled", "mnist-unpooled"  # otherwise equal


REACHES = {name: shift.reach for name, shift in SHIFTS.items()}  # pixels


def moved(name: str) -> Measured | None:
    """Accuracy of an exported model on test images moved by PIXELS to the right, black coming in."""
    return accuracy_at(name, PIXELS, "translation")


def steady(name: str) -> Measured | None:
    """How often it gives the same answer to two random shifts, black coming in."""
    return consistency(name, "zeros")


def changed(same: Measured | None) -> str:
    """How many images get two answers, in a sentence; same: how many get one."""
    if same is None:
        return ""
    counts = [round(same.n * (1 - share)) for share in same.values]
    few, most = f"{min(counts):,}", f"{max(counts):,}"
    found = few if few == most else f"{few} to {most}, by the seed,"
    return f"Of {same.n:,} images {found} get two answers: each is a counterexample."


def _named(name: str) -> str:
    """A network by its title, or by its file where that isn't there."""
    return known.title if (known := card(name)) else name


def _with_and_without() -> str:
    found = apart_by(_named(POOLED), steady(POOLED), _named(UNPOOLED), steady(UNPOOLED))
    sizes = parameters(POOLED), parameters(UNPOOLED)
    if not found or None in sizes:
        return found
    more_values = f"What is not pooled makes the last layer larger: {sizes[1]:,.0f} parameters against {sizes[0]:,.0f}."
    return f"{found} {more_values}"


def _pixel_to_pixel() -> str:
    """The two, and a CNN that takes no mean over all places, which makes most of the difference."""
    found = apart_by(
        f"{_named(WITH_CONVOLUTION)}, a CNN that ends in a mean over all places,",
        moved(WITH_CONVOLUTION),
        _named(WITHOUT_CONVOLUTION),
        moved(WITHOUT_CONVOLUTION),
    )
    other = moved(POOLED)
    if not found or other is None:
        return found
    return f"{found} {_named(POOLED)}, a CNN without such a mean: {percent(other.value)}."


CLAIMS = [
    *(
        Claim(
            name=f"krishnan-pooling-{dataset}",
            source=KRISHNAN,
            where="introduction",
            says="with pooling the answer is the same, however the image is shifted. Here: with max pooling and a mean "
            f"over all places, how often two random circular shifts of up to {REACHES['circular']} pixels get the same "
            "answer",
            theirs=1.0,
            unit="%",
            rule="always",
            ours=lambda name=name: consistency(name, "circular"),
            page=SAME + what,
            test=f"{TESTS}::test_one_other_answer_refutes_what_is_said_of_every_shift",
            data=lambda name=name: data(name),
            inferred="the source gives no figure: translation invariance, which it calls a result of pooling, "
            "it defines as “exactly the same response”, and that of every image is 100 %",
            beside=lambda name=name: changed(consistency(name, "circular")),
        )
        for dataset, (name, what) in WITH_POOLING.items()
    ),
    Claim(
        name="krishnan-with-and-without-pooling",
        source=KRISHNAN,
        where="why pooling layers?",
        says="pooling makes a network more robust to shifts. Here: the same convolutions with and without max pooling, "
        f"and how often two random shifts of up to {REACHES['zeros']} pixels, black coming in, get the same answer",
        theirs=1,
        unit="",
        rule="comparison",
        ours=lambda: more(steady(POOLED), steady(UNPOOLED)),
        page=PAIR,
        test=f"{TESTS}::test_the_pair_is_told_apart_only_by_more_than_chance_gives",
        data=lambda: data(POOLED),
        beside=_with_and_without,
    ),
    Claim(
        name="krishnan-pixel-to-pixel",
        source=KRISHNAN,
        where="why convolutional neural network?",
        says=f"an MLP, which compares pixel to pixel, bears shifts worse than a CNN. Here: by {PIXELS} pixels",
        theirs=1,
        unit="",
        rule="comparison",
        ours=lambda: more(moved(WITH_CONVOLUTION), moved(WITHOUT_CONVOLUTION)),
        page=RIGHT,
        test=f"{TESTS}::test_the_pair_is_told_apart_only_by_more_than_chance_gives",
        data=lambda: data(WITHOUT_CONVOLUTION),
        beside=_pixel_to_pixel,
    ),
]


def _listed(numbers: list[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _counted(name: str, where: str, says: str, ours: Callable[[], float], page: str, test: str, **more) -> Claim:
    """A claim that is counted or proved; yes or no unless `more` gives theirs and their unit."""
    return Claim(
        name=f"krishnan-{name}",
        source=KRISHNAN,
        where=where,
        says=says,
        rule="exact",
        ours=ours,
        page=page,
        test=f"{TESTS}::{test}",
        **{"theirs": 1, "unit": ""} | more,
    )


CLAIMS += [
    _counted(
        "bits",
        "how a computer sees images, colour",
        "a colour pixel takes 3 × 8 bits",
        arrays.bits_of_a_colour_pixel,
        f"{NUMBERS}&what=Objects",
        "test_a_colour_pixel_takes_three_bytes",
        theirs=24,
        unit="bits",
    ),
    _counted(
        "mirror",
        "picture 1: two different images",
        "an image and its mirror image are one image translated",
        arrays.mirrored_by_a_shift,
        MIRROR,
        "test_no_shift_makes_a_mirror_image",
        inferred="the source says “these translations” of a flipped image",
        beside=lambda: "A corner that points one way points the same way after every shift: to flip is another change.",
    ),
    _counted(
        "stride",
        "mathematics behind convolution, stride",
        "with stride 2 the kernel moves two pixels at a time",
        arrays.pixels_a_stride,
        SLIDE,
        "test_stride_2_gives_every_second_sum",
        theirs=2,
        unit="pixels",
    ),
    _counted(
        "line",
        "array 2: kernel",
        "the kernel extracts the vertical line",
        arrays.finds_the_line,
        SLIDE,
        "test_the_kernel_answers_at_the_line_s_edges",
        inferred="to extract the line is to answer on it and nowhere else",
        beside=arrays.answers_on_the_line,
    ),
    _counted(
        "relu",
        "picture 5: ReLU",
        "ReLU isolates the vertical line. Here: whether its columns are what is left",
        arrays.relu_leaves_the_line,
        STAGES,
        "test_relu_keeps_one_edge_of_the_line",
        inferred="to isolate the line is to leave its two columns and set the others to 0",
        beside=arrays.columns_after_relu,
    ),
    _counted(
        "smaller",
        "picture 6: max pooling",
        "pooling reduces the dimensions of the maps. Here: each round halves the circle's height and width",
        arrays.halves,
        CIRCLE,
        "test_both_loops_run_as_they_are_printed",
        beside=lambda: f"From 64 pixels to {_listed(arrays.loops_as_printed()[0])}.",
    ),
    _counted(
        "average-loop",
        "picture 7: average pooling",
        "after one round of average pooling the circle is 32 pixels wide",
        lambda: float(arrays.loops_as_printed()[1][0]),
        CIRCLE,
        "test_both_loops_run_as_they_are_printed",
        theirs=32,
        unit="pixels",
        inferred="the text has no numbers, but shows the loop as a second way to pool the circle of 64 pixels",
        beside=lambda: (
            "As printed, its loop goes on from what max pooling left: its pictures are "
            f"{_listed(arrays.loops_as_printed()[1])} pixels wide."
        ),
    ),
    _counted(
        "global",
        "global pooling",
        "global pooling is pooling with a window as large as the map",
        arrays.is_one_window,
        GLOBAL,
        "test_global_pooling_is_one_window",
    ),
    _counted(
        "intensify",
        "picture 11: intensified",
        "max pooling intensifies the pattern. Here: makes the line's strongest answer stronger, after ReLU",
        arrays.grows_by_pooling,
        STAGES,
        "test_max_pooling_leaves_the_peak_as_it_is",
        inferred="to intensify is to make the strongest answer stronger",
        beside=arrays.what_pooling_grows,
    ),
]

SOURCE = Source(
    "krishnan", "Krishnan", KRISHNAN, "pooling, and answers that survive a shift", ITEMS, in_order(CLAIMS, ITEMS)
)
