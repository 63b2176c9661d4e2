import numpy as np
import pytest

from ui.answers.steadiness import steadiness, verdict_of

LABELS = ("cat", "dog", "ship")
NONE = ("no answer", "no answer")
ANSWERS = np.array([[0, 1, 1], [0, 2, 1]])  # unchanged: number 1; as it is now: number 4


def made(title, truth, answers=ANSWERS):
    return steadiness(title, LABELS, answers, 4, 1, truth)


@pytest.mark.parametrize(("truth", "good"), [("cat", 2), ("ship", 1), ("", 3), ("house", 3)])
def test_answers_are_counted_against_the_truth_or_else_against_the_unchanged_image(truth, good):
    found = made("A", truth)
    assert (found.here, found.unchanged, found.good, found.tried) == ("ship", "dog", good, 6)


def test_where_the_truth_is_known_it_says_right_or_wrong():
    both = [made("A", "ship"), made("B", "ship", np.full((2, 3), 2))]
    assert verdict_of("Turned by 90°", both, "angles") == (
        "Turned by 90°, **A** says **ship**, which is right. It is right at 1 of 6 angles; **B** at all of them."
    )
    wrong = verdict_of("", [made("A", "dog")], "")
    assert "**A** says **ship**, which is wrong: it is a dog. It is right at 3" in wrong


def test_where_nobody_knows_it_says_same_or_another():
    both = [made("A", ""), made("B", "", np.full((2, 3), 2))]
    assert verdict_of("Moved", both, "shifts") == (
        "Moved, **A** says **ship**, another answer than before. It changes its answer at 3 of 6 shifts; **B** at none."
    )
    assert "**B** says **ship**, the same answer as before." in verdict_of("Moved", both[1:], "shifts")
    unmoved = verdict_of("Unmoved", both[1:], "shifts", moved=False)
    assert unmoved == "Unmoved, **B** says **ship**. It changes its answer at none of 6 shifts."


def test_no_answer_is_neither_right_nor_the_same():
    none = [made("A", truth, np.array([[0, -1, -1], [0, -1, 1]])) for truth in ("cat", "")]
    assert [(each.good, each.here, each.unchanged) for each in none] == [(2, *NONE), (0, *NONE)]
    assert verdict_of("Moved", none[1:], "shifts") == (
        "Moved, **A** has no answer. The unchanged image gets none that could survive."
    )


def test_of_many_networks_the_last_are_told_together_and_of_none_nothing():
    many = [made(title, "cat", np.full((2, 3), answer)) for title, answer in zip("ABCD", (0, 0, 1, 0), strict=True)]
    assert verdict_of("Moved", many, "shifts").endswith("at all 6 shifts; **B** at all of them; 2 others at 0 to 6.")
    assert verdict_of("Moved", [], "shifts") == ""


def test_titles_and_labels_of_strangers_are_shown_letter_by_letter():
    odd = steadiness("*A*", ("_x_", "y"), np.array([0, 0]), 0, 0, "")
    assert r"**\*A\*** says **\_x\_**" in verdict_of("Moved", [odd], "shifts")
