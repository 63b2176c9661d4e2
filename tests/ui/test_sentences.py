import numpy as np
import pytest

from ui import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00 %"),
        (1e-9, "under 0.01 %"),
        (0.5, "50.00 %"),
        (0.99994, "99.99 %"),
        (0.999999, "over 99.99 %"),
        (1.0, "100.00 %"),
    ],
)
def test_a_percentage_is_never_rounded_to_certainty(value, text):
    assert words.percent(value) == text


@pytest.mark.parametrize(
    ("probabilities", "text"),
    [
        ([0.0, 1.0, 1e-9], "Sure: over a million times likelier than the runner-up, **c**."),
        ([0.02, 0.97, 0.01], "Sure: 48 times likelier than the runner-up, **a**."),
        ([0.2, 0.02, 0.78], "Fairly sure: 3.9 times likelier than the runner-up, **a**."),
        ([0.5, 0.3, 0.2], "Unsure: **b** is nearly as likely, 30.00 %."),
        ([0.34, 0.32, 0.33], "Torn: **c** is nearly as likely, 33.00 %."),
    ],
)
def test_the_margin_in_words(probabilities, text):
    assert words.margin(np.array(probabilities), ("a", "b", "c")) == text


@pytest.mark.parametrize(("seconds", "text"), [(5.5e-5, "0.0550 ms"), (0.00123, "1.23 ms"), (0.25, "250 ms")])
def test_times_have_three_figures(seconds, text):
    assert words.milliseconds(seconds) == text


def test_a_name_is_shown_letter_by_letter():
    assert words.escaped("a_b*c`$x$:red[d]") == r"a\_b\*c\`\$x\$\:red\[d\]"
    assert words.escaped("conv1, 6 × 28 × 28") == "conv1, 6 × 28 × 28"
