"""What an own network takes and gives, what is assumed of it and why; and the form to change it."""

from typing import Any

import streamlit as st

from invariance import UserError
from invariance.datasets import CIFAR10, MNIST
from invariance.model.hints import as_text
from invariance.model.preparation import CHANNELS, FITS, LAYOUTS
from invariance.model.signature import ASSUMED, GIVES, SEVERAL
from invariance.number_words import percent
from invariance.strangers_words import letters
from ui.drawing.shown import written_table
from ui.own_models import Own, change
from ui.recorded.measured import progress_in
from ui.words import escaped

PARTS = {  # of a preparation: in words
    "size": "Rows and columns",
    "fit": "Images of another size",
    "channels": "Channels",
    "range": "Black and white become",
    "mean": "Then less (mean)",
    "std": "Then over (spread)",
    "invert": "Black and white exchanged",
    "transpose": "Rows and columns exchanged",
    "layout": "Order of the axes",
    "output": "The answer is the output",
    "gives": "The answer holds",
    "labels": "Names of the classes",
}
FIT_WORDS = {
    "margin": "a margin of black, or the border cut off",
    "crop": "filled, the rest cut off",
    "letterbox": "shown whole, black at two sides",
    "stretch": "stretched",
}
CHANNEL_WORDS = {"grey": "grey", "rgb": "red, green, blue", "bgr": "blue, green, red"}
KINDS = {None: "find out", MNIST.name: "digits 0 to 9", CIFAR10.name: "CIFAR-10's ten things", "": "something else"}
SHOWN_TRIES = 8
AXES = "N images, C channels, H rows, W columns"


def summary(own: Own) -> str:
    """One or two sentences: what the file takes and gives, and what of it is only assumed."""
    model = own.model
    channels, height, width = model.preparation.shape
    colour = "grey" if channels == 1 else "colour"
    says = (
        f"It takes {colour} images of {height} × {width} pixels and gives {GIVES[model.signature.gives]} for "
        f"{len(model.card.labels)} classes."
    )
    dataset, tries = own.understood.dataset, own.understood.tries
    if tries and dataset:
        best = tries[0]
        says += (
            f" Tried on {best.n:,} {'images' if dataset is not MNIST else 'digits'} with known answers, it is right on "
            f"**{percent(best.right / best.n)}** of them, prepared “{escaped(best.name)}”."
        )
    elif dataset:
        says += f" It seems to know what {dataset.title} shows."
    return says


def table(own: Own) -> None:
    """Each part of what is done to images and of how the answer is read, and where it is from."""
    model = own.model
    values = {part: getattr(model.preparation, part) for part in PARTS if hasattr(model.preparation, part)}
    values |= {"output": model.signature.output, "gives": model.signature.gives}
    labels = model.card.labels
    values["labels"] = ", ".join(labels[:5]) + (f" … ({len(labels):,})" if len(labels) > 5 else "")
    values["fit"] = FIT_WORDS[model.preparation.fit]
    values["size"] = "{} × {}".format(*model.preparation.size)
    values["range"] = "{:g} and {:g}".format(*model.preparation.range)
    values["channels"] = CHANNEL_WORDS[model.preparation.channels]
    values["gives"] = GIVES[model.signature.gives]
    rows = [
        {
            "": ("◌ " if model.origins[part] == ASSUMED else "") + name,
            "we take": letters(as_text(values[part])),
            "because of": letters(model.origins[part]),
        }
        for part, name in PARTS.items()
    ]
    what = "What is done to images before the network gets them, part by part, and where each part is known from"
    written_table(
        f"assumptions {model.card.title}", _escaped(rows), rows, alt=what, caption=f"{model.card.title}. {what}."
    )
    st.caption(
        "◌ assumed: the file says nothing of it, and it could not be tried. The same steps run inside the network that "
        "all pages ask: images from 0 (black) to 1 (white) go in, logits come out."
    )
    for note in (*own.understood.notes, *model.notes):
        st.info(escaped(note))


def tries(own: Own) -> None:
    """The table of what was tried."""
    found = own.understood.tries
    if not found:
        return
    st.markdown(
        "What the file doesn't say was tried on labelled training images. Those that did best were tried on more, and "
        "on the same images with noise where all were right."
    )
    what = "Preparations that were tried, and how often the network was right with each"
    rows = [
        {"prepared": letters(each.name), "right": f"{each.right:,} of {each.n:,}", "": percent(each.right / each.n)}
        for each in found[:SHOWN_TRIES]
    ]
    name = own.model.card.title
    written_table(f"tries {name}", _escaped(rows), rows, alt=what, caption=f"{name}. {what}.")


def _escaped(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{column: escaped(cell) for column, cell in row.items()} for row in rows]


def form(own: Own) -> None:
    """A short form that changes what is assumed."""
    model, said = own.model, own.choices
    taken, signature = model.preparation, model.signature
    with st.form(f"form_{own.name}", border=False):
        kind = st.selectbox(
            "It knows",
            list(KINDS),
            list(KINDS).index(own.kind),
            format_func=KINDS.get,
            help="Which images it was made for",
        )
        left, right = st.columns(2)
        texts = {
            part: (left, right)[place % 2].text_input(
                PARTS[part],
                as_text(said[part]) if part in said else "",
                placeholder=as_text(getattr(taken, part)),
                help=help_,
            )
            for place, (part, help_) in enumerate(
                {
                    "range": "Two numbers, for instance: 0 255",
                    "size": "Two whole numbers, for instance: 28 28",
                    "mean": "One number, or one a channel, in the range before it",
                    "std": "One number, or one a channel",
                }.items()
            )
        }
        channels = [each for each, count in CHANNELS.items() if count == taken.shape[0]]
        options = {
            "channels": (channels, CHANNEL_WORDS),
            "fit": (list(FITS), FIT_WORDS),
            "layout": (list(LAYOUTS), {}),
            "invert": ([False, True], {False: "no", True: "yes"}),
            "transpose": ([False, True], {False: "no", True: "yes"}),
            "gives": (list(SEVERAL if signature.gives in SEVERAL else ("sigmoid", "logit")), GIVES),
            "output": (list(signature.outputs), {}),
        }
        now = {
            **{part: getattr(taken, part, None) for part in options},
            "gives": signature.gives,
            "output": signature.output,
        }
        picked = {
            part: (left, right)[place % 2].selectbox(
                PARTS[part],
                each,
                each.index(now[part]),
                format_func=lambda value, words=words: words.get(value, str(value)),
                help=AXES if part == "layout" else None,
            )
            for place, (part, (each, words)) in enumerate(options.items())
        }
        labels = st.text_area(
            PARTS["labels"],
            "\n".join(said.get("labels", ())),
            placeholder="\n".join(model.card.labels[:5]),
            help="One a line",
        )
        use, forget = (
            column.form_submit_button(text, type=kind_of_button, width="stretch")
            for column, text, kind_of_button in zip(
                st.columns(2), ("Use this", "Forget it, find out again"), ("primary", "secondary"), strict=True
            )
        )
    if not (use or forget):
        return
    choices: dict[str, Any] = {part: value for part, value in picked.items() if part in said or value != now[part]}
    try:
        if forget:
            choices, kind, texts, labels = {}, None, {}, ""
        choices |= {part: _numbers(PARTS[part], text) for part, text in texts.items() if text.strip()}
        if labels.strip():
            choices["labels"] = [line.strip() for line in labels.splitlines() if line.strip()]
        change(own, choices, kind, progress_in(st.progress(0.0, "Opening the file …"), "preparations"))
    except UserError as error:
        st.error(f"{escaped(error)} It stays as it was.")
    else:
        st.rerun()


def _numbers(name: str, text: str) -> list[float]:
    try:
        return [float(each) for each in text.replace(",", " ").split()]
    except ValueError as error:
        raise UserError(f"{name}: expected numbers with spaces between, not “{text}”.") from error
