"""The sampling theorem in one picture: stripes of which every second pixel is kept, with and without a blur."""

import numpy as np
import streamlit as st

from invariance.number_words import percent
from invariance.operators.sampling import FINEST, STRIDE, blurred, gain, halved, seen_period, stripes
from ui.drawing.palette import PALETTE
from ui.drawing.shown import chart, pictures
from ui.picking.remembered import if_finite

SIZE = 84  # pixels of the stripes' square
SIDE = 3 * SIZE + 2  # screen pixels of each picture, with its border
ROW = 32  # pixels of the row that the chart draws
ALIKE, EVEN = 1e-5, "all alike"  # the most that kept pixels may differ to be so, and the word for it
FINE = 16  # points a pixel of the curve that is sampled


def stripes_lesson() -> str:
    """Two sliders, three pictures and the curve behind them; the verdict."""
    from ui.drawing.charts import stripes as charts  # late: Altair takes half a second to load

    with st.container(horizontal=True):
        period = st.slider(
            "Stripes: one every … pixels",
            FINEST,
            10.0,
            2.4,
            0.1,
            key="stripes",
            bind=if_finite("stripes"),
            persist_state="session",
            width=320,
        )
        right = st.slider(
            "Moved to the right, pixels",
            0,
            4,
            0,
            key="stripes_moved",
            bind=if_finite("stripes_moved"),
            persist_state="session",
            width=320,
        )
    framed = stripes(SIZE + 2, period, right + 1)  # with a pixel all round, for the blur
    image = framed[:, 1:-1, 1:-1]
    sharp, soft = halved(image), halved(blurred(framed)[:, 1:-1])
    seen = np.inf if np.ptp(sharp) < ALIKE else seen_period(period)
    told = EVEN if np.isinf(seen) else f"stripes every {seen:.1f} px"
    titles = (
        f"The stripes: every {period:.1f} px",
        f"Every second pixel kept: {told}",
        f"Blurred first: the same at {percent(gain(period), 0)} of the contrast",
    )
    pictures(
        "stripes every second pixel",
        list(zip((image, sharp, soft), titles, strict=True)),
        SIDE,
        caption="Stripes, and what is left of them where every second pixel is kept, without and after a blur.",
    )
    x = np.arange(0, ROW, 1 / FINE)
    curve = np.stack([x, 0.5 + 0.5 * np.cos(2 * np.pi * (x - right) / period)], 1)
    places = np.arange(0, ROW, STRIDE)
    drawing = charts.sampled(
        curve,
        {
            "kept without a blur": np.stack([places, sharp[0, 0, : len(places)]], 1),
            "blurred, then kept": np.stack([places, soft[0, 0, : len(places)]], 1),
        },
        {"kept without a blur": PALETTE[5], "blurred, then kept": PALETTE[0]},
    )
    said = f"One row of the stripes, every {period:.1f} pixels, and what is kept of it: {told}."
    chart("stripes", drawing, alt=said, caption=said)
    st.caption(
        "Pooling with stride 2 keeps every second place. Without a blur, fine stripes come out as coarse ones, and a "
        "shift by one pixel moves those the wrong way, by several pixels, or turns white to black."
    )
    return kept_of(period, right, told)


def kept_of(period: float, right: int, shown: str) -> str:
    """What every second pixel shows of stripes every so many pixels, moved by so many, in a sentence or two."""
    limit = 2 * STRIDE
    able = f"Pixels that are {STRIDE} apart can show stripes that are over {limit} px apart. "
    if np.isclose(period, limit):
        found = "is all alike, an even grey" if shown == EVEN else f"shows {shown}"
        return f"{able}At exactly {limit} px it depends on where they lie: moved by {right}, what is kept {found}."
    if period < limit:
        return (
            f"{able}These are finer, every {period:.1f} px, so what is kept shows something else: {shown}. A blur "
            f"first leaves {percent(gain(period), 0)} of its contrast: better an even grey than stripes that aren't "
            "there."
        )
    return (
        f"{able}These are: what is kept shows {shown}, as it should; a blur first costs "
        f"{percent(1 - gain(period), 0)} of their contrast."
    )
