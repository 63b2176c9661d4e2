"""Tables of a source beside the same figures measured here."""

from typing import Any

import streamlit as st

from invariance.claims.jaloli import TABLE, TRAINING_LOSS
from invariance.number_words import percent, with_interval
from ui.drawing.shown import table
from ui.recorded.curves import image_counts

THEIRS = "Jaloli 2019, LeNet-5"
ANGLES = (90, 180, 270, 360)


def rotation_tables(curves: dict[str, dict[str, Any]], training_losses: dict[str, float | None]) -> None:
    """Jaloli's tables 1 and 2: losses and accuracy upright and at quarter turns, theirs and every network's here.

    Args:
        curves: network title -> what survival() measured.
        training_losses: network title -> mean cross-entropy on training images at the chosen epoch, nats, if known.
    """

    st.markdown("**Table 1.** Training and test on upright images.")
    rows = [
        {
            "network": THEIRS,
            "training loss": f"{TRAINING_LOSS:.3f}",
            "test loss": f"{TABLE[0][1]:.3f}",
            "test accuracy": percent(TABLE[0][0], 0),
        }
    ]
    for network, curve in curves.items():
        rows.append(
            {
                "network": network,
                "training loss": "not recorded" if (known := training_losses[network]) is None else f"{known:.4f}",
                "test loss": _loss(curve, 0),
                "test accuracy": _accuracy(curve, 0),
            }
        )
    count = image_counts(curves)
    how = f"Theirs: {THEIRS}. Ours: in brackets, or behind ±, the 95 % interval, n = {count}."
    what = "Loss and accuracy upright, theirs and ours"
    table("Jaloli table 1", rows, alt=what, caption=f"{what}. {how}")
    st.markdown("**Table 2.** The same networks on turned test images.")
    rows = [{"network": THEIRS} | {f"{a}°": percent(TABLE[a][0], 0) for a in ANGLES}]
    rows += [{"network": network} | {f"{a}°": _accuracy(curve, a) for a in ANGLES} for network, curve in curves.items()]
    what = "Test accuracy of turned images, theirs and ours"
    table("Jaloli table 2 accuracy", rows, alt=what, caption=f"{what}. {how}")
    rows = [{"network, loss in nats": THEIRS} | {f"{a}°": f"{TABLE[a][1]:g}" for a in ANGLES}]
    rows += [
        {"network, loss in nats": network} | {f"{a}°": _loss(curve, a) for a in ANGLES}
        for network, curve in curves.items()
    ]
    what = "Test loss of turned images, theirs and ours"
    table("Jaloli table 2 loss", rows, alt=what, caption=f"{what}. {how}")
    st.caption(
        f"In brackets, or behind ±, the 95 % interval, n = {count}. The source gives none. The loss, in nats, is the "
        "mean of −ln p, p being the probability that the right answer gets: 0 is perfect, and guessing gives 2.3. "
        "Where training images were turned at random, the training loss is on turned images."
    )


def _at(curve: dict[str, Any], kind: str, angle: float) -> float:
    return curve[kind][curve["amounts"].index(angle)]


def _loss(curve: dict[str, Any], angle: float) -> str:
    return f"{_at(curve, 'loss', angle):.4f} ± {_at(curve, 'loss_margin', angle):.4f}"


def _accuracy(curve: dict[str, Any], angle: float) -> str:
    ends = {end: _at(curve, kind, angle) for end, kind in (("value", "accuracy"), ("low", "low"), ("high", "high"))}
    return with_interval(ends)
