"""What networks say of one image, in one sentence."""

from types import SimpleNamespace

import numpy as np

from ui.answers.as_it_is import Answer, verdict


def said(*answers):
    """Networks called A, B, ... of three classes, each with the likeliest of them; None: with no answer."""
    given = []
    for name, answer in zip("ABCD", answers, strict=False):
        card = SimpleNamespace(title=name, labels=("0", "1", "8"))
        logits = np.full(3, np.nan) if answer is None else np.array([label == answer for label in card.labels], float)
        given.append(Answer(SimpleNamespace(model=SimpleNamespace(card=card)), logits))
    return given


def test_networks_that_agree_and_others_are_told_apart():
    assert verdict(said("8"), "") == "**A** sees an 8."
    assert verdict(said("8", "8", "8"), "8") == "All 3 networks see an 8 (✓ right)."
    assert verdict(said("8", "8", "1"), "") == "**A** and **B** see an 8; **C** sees a 1."
    assert verdict(said("8", "1"), "1") == "**A** sees an 8 (✗ wrong); **B** sees a 1 (✓ right). It is a 1."
    assert verdict(said("0", None), "").startswith("**A** sees a 0; **B** gives infinite logits")
