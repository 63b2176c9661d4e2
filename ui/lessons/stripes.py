"""The sampling theorem in one picture: stripes of which every second pixel is kept, with and without a blur."""

import numpy as np
import streamlit as st

from invariance.number_words import percent
from invariance.operators.sampling import FINEST, STRIDE, blurred, gain, halved, seen_period, stripes
from ui.drawing.palette import PALETTE
from ui.drawing.pictures import show
from ui.drawing.shown import chart

SIZE = 84  # pixels of the stripes' square
SIDE = 3 * SIZE + 2  # screen pixels of each picture, with its border
ROW = 32  # pixels of the row that the chart draws
FINE = 16  # points a pixel of the curve that is sampled


def stripes_lesson() -> None:
    """Two sliders, three pictures and the curve behind them."""
    from ui.drawing.charts import stripes as charts  # late: Altair takes half a second to load

    st.markdown(
        "Pooling with stride 2 keeps every second place. Without a blur, fine stripes come out as coarse ones, and a "
        "shift by one pixel moves those the wrong way, by several pixels, or turns white to black."
    )
    with st.container(horizontal=True):
        period = st.slider("Stripes: one every … pixels", FINEST, 10.0, 2.4, 0.1, key="stripes", width=320)
        right = st.slider("Moved to the right, pixels", 0, 4, 0, key="stripes_moved", width=320)
    framed = stripes(SIZE + 2, period, right + 1)  # with a pixel all round, for the blur
    image = framed[:, 1:-1, 1:-1]
    sharp, soft = halved(image), halved(blurred(framed)[:, 1:-1])
    seen = seen_period(period)
    told = "all alike" if np.isinf(seen) else f"stripes every {seen:.1f} px"
    titles = (
        f"The stripes: every {period:.1f} px",
        f"Every second pixel kept: {told}",
        f"Blurred first: the same at {percent(gain(period), 0)} of the contrast",
    )
    with st.container(horizontal=True):
        for picture, title in zip((image, sharp, soft), titles, strict=True):
            show(picture, SIDE, caption=title, alt=title)
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
    limit = 2 * STRIDE
    if period < limit:
        st.markdown(
            f"Pixels that are {STRIDE} apart can show stripes every {limit} px or wider. These are finer, every "
            f"{period:.1f} px, so what is kept shows something else: **{told}**. The blur leaves "
            f"{percent(gain(period), 0)} of it; better a little grey than stripes that aren't there."
        )
    else:
        st.markdown(
            f"Pixels that are {STRIDE} apart can show stripes every {limit} px or wider. These are: what is kept shows "
            f"**{told}**, as it should; the blur costs {percent(1 - gain(period), 0)} of their contrast."
        )
