"""What was found of a network, as a page shows it while it is found and afterwards."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from invariance.number_words import counted, number, percent, with_interval
from invariance.report.html import HEADINGS, symmetries
from invariance.report.summary import has_names, where_lost
from invariance.strangers_words import letters
from ui.drawing.pictures import show
from ui.drawing.shown import chart, offer_pictures, table, written_table
from ui.own_models import Own
from ui.words import escaped

PICTURE_SIDE = 86  # screen pixels
COLUMNS = 2  # of curves


def together(first: Mapping[str, Any] | None, found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What is known of all images so far, and of what isn't known of them yet the first answer; None: nothing is.

    Args:
        first: findings of the first answer.
        found: findings of all images.
    """
    if first is None or found is None or found["run"]["complete"]:
        shown = found or first
        return dict(shown) if shown and shown["accuracy"] else None
    curves = first["transforms"] | found["transforms"]
    rows = [each for each in first["symmetry"] if each["transform"] not in found["transforms"]]
    return dict(found) | {
        "accuracy": found["accuracy"] or first["accuracy"],
        "transforms": {name: curves[name] for name in found["measures"] if name in curves},
        "consistency": found["consistency"] or first["consistency"],
        "symmetry": [*found["symmetry"], *rows],
        "flipped": found["flipped"] or first["flipped"],
        "summary": first["summary"],
    }


def sentences(found: Mapping[str, Any]) -> None:
    """The answer in five sentences, and what could not be measured."""
    for heading, sentence in zip(HEADINGS, found["summary"], strict=True):
        st.markdown(f"**{heading}.** {escaped(sentence)}")
    for limit in found["limits"]:
        st.warning(escaped(limit))
    for note in found["data"]["notes"]:
        st.caption(escaped(note))


def changes(found: Mapping[str, Any], own: Own) -> None:
    """How often it is right after each change: a table, and a curve each."""
    from ui.drawing.charts import curves  # late: Altair takes half a second to load

    if not found["transforms"]:
        return
    st.subheader("Change by change")
    title, images = own.model.card.title, found["data"]["title"]
    table(
        f"changes {title}",
        [
            {
                "change": curve["title"],
                "worst at": curve["worst"]["label"],
                "right there": with_interval(curve["worst"]),
                "mean over all amounts": with_interval(curve["mean"]),
                "right at every amount": with_interval(curve["always"]),
                "images": curve["n"],
            }
            for curve in found["transforms"].values()
        ],
        alt="For each change of the images the worst amount, the share of right answers there, its mean over all "
        "amounts, and the share of images answered rightly at every amount",
        caption=f"{title} on {images}: right answers after each change, in brackets the 95 % interval.",
    )
    st.caption("In brackets the 95 % interval. Below, each curve with its interval as a band.")
    for place, curve in enumerate(found["transforms"].values()):
        if place % COLUMNS == 0:
            row = st.columns(COLUMNS, gap="medium")
        with row[place % COLUMNS]:
            said = f"at worst {percent(curve['worst']['value'])}, at {curve['worst']['label']}"
            st.markdown(f"**{escaped(curve['title'])}**: {escaped(said)}")
            if has_names(curve):
                ends = (curve["accuracy"][end] for end in ("value", "low", "high"))
                for label, *share in zip(curve["labels"], *ends, strict=True):
                    value = with_interval(dict(zip(("value", "low", "high"), share, strict=True)))
                    st.markdown(f"{escaped(label)}: {escaped(value)}")
                continue
            unit = curve["unit"].strip()
            chart(
                f"{title} {place + 1} {curve['title']}",
                curves.survival(
                    {title: curve["accuracy"]},
                    curve["amounts"],
                    {title: own.colour},
                    curve["title"] + (f", {unit}" if unit else ""),
                    "right answers",
                    small=True,
                ),
                alt=f"Right answers over {len(curve['amounts'])} amounts of {curve['title']}: {said}",
                caption=f"{title} on {images}: right answers over {curve['title']}, with the 95 % interval.",
            )


def shifts(found: Mapping[str, Any]) -> None:
    """How steady its answers are to shifts drawn by chance."""
    if found["consistency"]:
        st.subheader("Shifted by chance")
        written_table(
            "shifted by chance",
            [
                {
                    "shifts": each["title"],
                    "up to": f"{each['reach']} px each way",
                    "same answer to two of them": with_interval(each),
                    "some shift of 1 px gives another": with_interval(each["flips"][1]) if each["flips"] else "",
                }
                for each in found["consistency"]
            ],
            alt="For each kind of shift the share of images that get the same answer to two shifts drawn by chance",
            caption="Share of images that get the same answer to two shifts drawn by chance, and of those to which "
            "some shift by 1 px gives another, in brackets the 95 % interval.",
        )


def symmetry(found: Mapping[str, Any]) -> None:
    """The changes that leave its logits as they are, and for each other the one that changes them least."""
    if found["symmetry"]:
        st.subheader("Does a change leave its logits as they are?")
        table(
            "symmetry",
            [
                {
                    "change": row["title"],
                    "at": row["amounts"],
                    "largest change of a logit": number(row["change"]),
                    "the same?": row["verdict"],
                }
                for row in symmetries(found["symmetry"])
            ],
            alt="For each change the amounts that leave the logits as they are, or the one that changes them least",
            caption="The changes that leave the logits as they are, or change them least: the largest change over all "
            "images, as a share of an image's largest logit.",
        )
        st.caption("The largest change over all images, as a share of an image's largest logit.")


def layers(found: Mapping[str, Any], own: Own) -> None:
    """Where inside a symmetry is lost."""
    from ui.drawing.charts.layer_errors import layer_errors  # late, as above

    if not found["layers"]:
        return
    st.subheader("Which layer loses it?")
    titles = [letters(f"{each['title']} ({each['label']})") for each in found["layers"]]
    # By its number: among options with the same words Streamlit can't tell which is meant.
    chosen = st.segmented_control(
        "Change",
        range(len(titles)),
        default=0,
        required=True,
        format_func=lambda place: escaped(titles[place]),
        key=f"report_layers_{own.name}",
        wrap=True,
        label_visibility="collapsed",
    )
    each, title = found["layers"][chosen or 0], titles[chosen or 0]
    rows = [layer | {"layer": letters(layer["layer"]), "why": letters(layer["why"])} for layer in each["layers"]]
    said = letters(where_lost(each))
    top = max((row["high"] for row in rows if row["high"] is not None), default=0) or 1
    how = (
        f"How far each layer is from changing along, mean over {counted(each['n'])} images with its 95 % interval. A "
        "dashed box: the error is not defined there; the box says why."
    )
    chart(
        "layer errors",
        layer_errors(rows, title, said, own.colour, top),
        alt=f"Relative error of every layer under {title}: {said}",
        caption=f"{own.model.card.title}. {how}",
    )
    st.caption(how)


def flipped(found: Mapping[str, Any], own: Own) -> None:
    """The images whose answer the smallest changes flip."""
    if not found["flipped"]:
        return
    st.subheader("Most easily flipped")
    seen = []
    with st.container(horizontal=True, gap="medium"):
        for each in found["flipped"]:
            change = f"{each['title']} {each['amount_label']}"
            with st.container(width=2 * PICTURE_SIDE + 20, gap="small"):
                with st.container(horizontal=True, gap="small"):
                    for address, what, how in (
                        (each["picture"], each["before"], "as it is"),
                        (each["changed"], each["after"], change),
                    ):
                        picture = _pixels(address)
                        show(picture, PICTURE_SIDE, caption=what, alt=letters(f"{each['name']}, answered as {what}"))
                        seen.append((picture, f"{each['name']}, {how}: {what}"))
                st.caption(f"{escaped(change)}. It is {escaped(each['label'])}: {escaped(each['name'])}.")
    offer_pictures(
        f"flipped {own.model.card.title}",
        seen,
        f"{own.model.card.title}: images whose answer the smallest changes flip, each as it is and changed, with the "
        "answer to it.",
        columns=4,
    )


def _pixels(address: str) -> np.ndarray:
    """A PNG in a data: address -> uint8 (1 or 3, H, W)."""
    picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    return np.atleast_3d(np.asarray(picture)).transpose(2, 0, 1)
