"""What Doshi's text says of convolutions and backpropagation, claim by claim: what holds, and where it slips."""

from collections.abc import Callable, Iterator

from invariance.claims import doshi_formulas as formulas
from invariance.claims import doshi_slips as slips
from invariance.claims.claim import Claim, Ours
from invariance.claims.index.doshi import ITEMS
from invariance.number_words import percent

DOSHI = "P. Doshi, Convolutional neural networks (2020)"
PAGES = {item.where: item.page for item in ITEMS}
# Wrong within five guesses, as printed: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep
# convolutional neural networks" (2012), abstract; O. Russakovsky et al., "ImageNet large scale visual recognition
# challenge" (2015), section 6.4, the better of two people.
ALEXNET, RUNNER_UP, PERSON = 0.153, 0.262, 0.051


def claim(name: str, where: str, says: str, rule: str, ours: Callable[[], Ours], test: str, **more) -> Claim:
    """yes or no, unless `more` gives theirs and their unit."""
    return Claim(
        name=f"doshi-{name}",
        source=DOSHI,
        where=where,
        says=says,
        rule=rule,
        ours=ours,
        page=PAGES[where],
        test=f"claims/test_doshi.py::test_{test}",
        **{"theirs": 1, "unit": ""} | more,
    )


def proofs() -> Iterator[Claim]:
    """What is printed and holds."""
    convolution, backwards = "section II.A.1", "section II.A.3"
    for name, where, says, ours, test, more in (
        ("linear", "section I.A, linear", "convolution is linear", formulas.is_linear, "sums_written_out", {}),
        (
            "equation-2",
            "equation 2",
            "convolution is Σ I(i − m, j − n) K(m, n)",
            formulas.equation_2,
            "sums_written_out",
            {},
        ),
        (
            "equation-3",
            "equation 3",
            "cross-correlation is Σ I(i + m, j + n) K(m, n)",
            formulas.equation_3,
            "sums_written_out",
            {},
        ),
        (
            "turn",
            "equation 3",
            "cross-correlation is convolution but for turning the kernel by 180°",
            formulas.differ_by_a_turn,
            "sums_written_out",
            {},
        ),
        (
            "depth",
            f"{convolution}, depth and bias",
            "over the depth, products are added up, and a bias with them",
            formulas.depth_and_bias,
            "sums_written_out",
            {},
        ),
        (
            "border",
            f"{convolution}, pixels at the border",
            "pixels near the border take part in fewer sums than those in the middle",
            formulas.sees_the_border_less,
            "pixels_at_the_border_lie_in_fewer_windows",
            {
                "inferred": "the source says that features there are not detected as well",
                "beside": lambda: f"Of 3 × 3 in 7 × 7: {formulas.windows_over_pixels(7, 3)[0, 0]:g} against 9.",
            },
        ),
        (
            "full",
            f"{convolution}, full padding",
            "full padding is p = k − 1",
            formulas.full_padding,
            "paddings_keep_what_they_promise",
            {},
        ),
        (
            "size",
            f"{convolution}, size of the output",
            "the output has (H + 2p − k)/s + 1 rows. Here: where s divides",
            lambda: float(formulas.sizes()[2] == formulas.sizes()[1]),
            "every_small_size_is_counted",
            {"beside": lambda: f"In all {formulas.sizes()[1]:,} small cases, counted place by place."},
        ),
        (
            "equation-4",
            "equation 4",
            "∂E/∂w is Σ δ ∂x/∂w, the sum over a map's places",
            formulas.equation_4,
            "gradients",
            {},
        ),
        ("equation-5", "equation 5", "∂x/∂w is the input there", formulas.equation_5, "gradients", {}),
        (
            "equation-6",
            "equation 6",
            "the gradient of a weight is Σ δ o, the convolution of o with δ turned by 180°",
            formulas.equation_6,
            "gradients",
            {},
        ),
        (
            "region",
            f"{backwards}, region Q",
            "an entry takes part in the outputs from k − 1 before it to itself",
            slips.takes_part_in,
            "what_an_output_reads_and_an_input_takes_part_in",
            {},
        ),
        (
            "recursion",
            f"{backwards}, recursion",
            "∂E/∂xˡ is the sum of δˡ⁺¹ times how xˡ⁺¹ depends on xˡ",
            slips.recursion_holds,
            "the_recursion_holds_with_other_indices",
            {},
        ),
        (
            "softmax",
            "section III.A, softmax",
            "softmax gives numbers that are not negative and add up to 1",
            formulas.softmax_adds_to_1,
            "softmax_by_hand",
            {},
        ),
    ):
        yield claim(name, where, says, "exact", ours, test, **more)


def of_slips() -> Iterator[Claim]:
    """What is printed and doesn't hold."""
    yield claim(
        "negated",
        "section II.A.1, indices negated",
        "K(−m, −n) = K(m, n), of every kernel",
        "exact",
        slips.is_its_own_turn,
        "a_kernel_is_rarely_its_own_turn",
        inferred="read as an equation, not as a new name for the turned kernel, of which it then speaks rightly",
        beside=lambda: (
            "It holds of kernels only that are the same turned by 180°: of others the two give other numbers."
        ),
    )
    yield claim(
        "same",
        "section II.A.1, same padding",
        "“same” padding is p = 1. Here: whether that keeps an image's size with every kernel",
        "exact",
        lambda: float(len(formulas.kernels_that_p_1_keeps()) == formulas.LARGEST),
        "paddings_keep_what_they_promise",
        inferred="the source defines “same” by p = 1; that the size stays the same is what the word means",
        beside=lambda: (
            f"Only with {' and '.join(f'{k} × {k}' for k in formulas.kernels_that_p_1_keeps())}: in general p is "
            "(k − 1)/2. Its own first layer, of 2 × 2, would make 29 × 29 of 28 × 28."
        ),
    )
    yield claim(
        "size-in-general",
        "section II.A.1, size of the output",
        "in general the output has (H + 2p − k)/s + 1 rows",
        "exact",
        lambda: float(formulas.sizes()[2] == formulas.sizes()[0]),
        "every_small_size_is_counted",
        beside=lambda: (
            f"In {formulas.sizes()[0] - formulas.sizes()[2]} of {formulas.sizes()[0]:,} small cases the division "
            "leaves a remainder, and has to be rounded down."
        ),
    )
    yield claim(
        "range",
        "section II.A.3, region Q",
        "an entry of equation 2 depends on the input from itself to k − 1 after it",
        "exact",
        slips.reads_on,
        "what_an_output_reads_and_an_input_takes_part_in",
        beside=lambda: "That is equation 3, cross-correlation. Equation 2 reads from k − 1 before it to itself.",
    )
    yield claim(
        "layer-index",
        "section II.A.3, recursion",
        "∂E/∂xˡ has the factor f′(xˡ⁺¹)",
        "exact",
        lambda: float(slips.right_as_indexed() == slips.recursion().slope.size),
        "the_recursion_holds_with_other_indices",
        beside=lambda: (
            f"Of two layers with 6 × 6 and 4 × 4 it gives {slips.right_as_indexed()} of {slips.recursion().slope.size} "
            "entries right. The factor is f′(xˡ), and what goes into xˡ⁺¹ is oˡ: both indices are one too high."
        ),
    )
    yield claim(
        "star",
        "section II.A.3, recursion",
        "∂E/∂xˡ is δ * rot180{w} f′, with the * of equations 1, 2 and 6",
        "exact",
        slips.star_holds,
        "the_recursion_holds_with_other_indices",
        inferred="that * means here what it means there; where a bias is added, the source writes it for ⊗",
        beside=slips.star_told,
    )
    yield claim(
        "cross-entropy",
        "section III.A, cross-entropy",
        "in −Σ p ln q, p is softmax's output and q the label. Here: whether that is a finite number",
        "exact",
        slips.swapped_is_finite,
        "the_cross_entropy_by_hand",
        inferred="a loss has to be a number",
        beside=slips.told_the_other_way_round,
    )
    yield claim(
        "equivariant",
        "section IV, equivariant representations",
        "equivariant representations are a CNN's invariance",
        "exact",
        slips.equivariant_is_invariant,
        "what_follows_a_shift_does_not_stay",
        inferred="the source says that they “describe” it",
        beside=lambda: "A convolution's map of a line follows the line: it is equivariant, and thus not invariant.",
    )
    yield claim(
        "alexnet",
        "section I, AlexNet",
        "AlexNet makes almost half the errors of a person",
        "exact",
        lambda: round(ALEXNET / PERSON, 2),
        "alexnet_s_printed_errors",
        theirs=0.5,
        unit="times a person's errors",
        inferred="“almost half” is read as 0.5",
        untold="whose errors it means, in how many guesses and on which images",
        beside=lambda: (
            f"By printed figures, not measured here: AlexNet {percent(ALEXNET, 1)}, the runner-up "
            f"{percent(RUNNER_UP, 1)} (Krizhevsky et al. 2012), a person {percent(PERSON, 1)} (Russakovsky et al. "
            f"2015). It is the runner-up's errors of which it makes {percent(ALEXNET / RUNNER_UP, 0)}."
        ),
    )
