import numpy as np
import pytest

from invariance.strangers_words import letters
from ui import words


@pytest.mark.parametrize(
    ("probabilities", "text"),
    [
        ([0.0, 1.0, 1e-9], "Sure: over a million times likelier than the runner-up, **c**."),
        ([0.02, 0.97, 0.01], "Sure: 48 times likelier than the runner-up, **a**."),
        ([0.2, 0.02, 0.78], "Fairly sure: 3.9 times likelier than the runner-up, **a**."),
        ([0.5, 0.3, 0.2], "Unsure: **b** comes next, with 30.00 %."),
        ([0.34, 0.32, 0.33], "Torn: **c** comes next, with 33.00 %."),
    ],
)
def test_the_margin_in_words(probabilities, text):
    assert words.lead(np.array(probabilities), ("a", "b", "c")) == text


def test_the_margin_in_words_of_a_stranger_s_labels_and_of_no_numbers():
    assert r"runner-up, **!\[x\](y)**" in words.lead(np.array([0.99, 0.01]), ("a", "![x](y)"))
    assert words.lead(np.array([np.nan, 1]), ("a", "b")).endswith("so it has no answer.")


def test_a_name_is_shown_letter_by_letter():
    assert words.escaped("a_b*c`$x$:red[d]") == "a\\_b\\*c\\`\\$x\\$:\u2060red\\[d\\]"
    assert words.escaped("- a\n# b") == r"\- a \# b"
    assert words.escaped("1. a") == r"1\. a"
    assert words.escaped("a\u202egpj.exe\0\ud800") == letters("a\u202egpj.exe\0\ud800") == "a�gpj.exe��"
    assert words.as_html("<b>:material/x:\n\n") == "&lt;b&gt;&#58;material/x&#58;"
    for plain in ("conv1, 6 × 28 × 28", "Energies (logits)", "LeNet-5, all angles", "1.5 px: wide", "👩‍🔬"):
        assert words.escaped(plain) == plain


def test_the_article_of_a_class_and_of_one_without_a_name():
    assert [words.one(label) for label in ("8", "3", "airplane", "")] == ["an 8", "a 3", "an airplane", "a "]


def test_the_answer_in_words():
    said = words.answer("a_b", np.array([0.003, 0.005, 0.992]), ("x", "y", "z*"))
    assert said == r"**a\_b** answers **z\***, with 99.2 %."
    assert "has no answer" in words.answer("a", np.array([np.nan, np.nan]), ("x", "y"))
