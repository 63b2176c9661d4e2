"""A network of the person's own: what it takes, what is assumed of it, what it sees, answers and survives."""

import streamlit as st

from invariance import UserError
from invariance.evaluation.tries import IMAGES
from invariance.model.apart import MEMORY, RUN_SECONDS
from invariance.model.preview import seen
from invariance.model.reading import MOST_NODES
from invariance.model.signature import ASSUMED, IMAGE_VALUES
from ui.answers.as_it_is import Answer, ask_each, in_large, verdict
from ui.drawing.pictures import show
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.networks import Shown
from ui.own_models import Own, own_models, remove
from ui.picking.image import pick_image
from ui.picking.picture import prepared
from ui.picking.remembered import remembered
from ui.words import escaped, lead
from ui.yours.assumptions import form, summary, table, tries
from ui.yours.drop import drop
from ui.yours.labelled import FOLDERS
from ui.yours.measuring import AT_ONCE, TURN_SECONDS
from ui.yours.report import report, reports_of

SEEN_SIDE = 28 * 7 + 2  # screen pixels, with a border
PAGES = {
    "classify.py": ("Classify", ":material/draw:"),
    "rotation.py": ("Rotation", ":material/rotate_left:"),
    "translation.py": ("Translation", ":material/open_with:"),
    "changes.py": ("Other changes", ":material/tune:"),
    "inside.py": ("Inside", ":material/layers:"),
}


def one(own: Own) -> None:
    """What a network takes, sees and answers; in the verdict's place what it says of the picture."""
    model, card = own.model, own.model.card
    row, button = st.columns([6, 1], vertical_alignment="bottom")
    row.header(escaped(card.title))
    if button.button("Remove", key=f"remove_{own.name}", icon=":material/delete:"):
        remove(own)
        st.rerun()
    st.markdown(f'<span style="color:{own.colour}">■</span> {summary(own)}', unsafe_allow_html=True)
    left, right = st.columns([5, 8], gap="large")
    with left:
        picture = pick_image(own.dataset)
    with right:
        if picture is None:
            st.info("Nothing to look at yet: draw, upload or pick a picture.")
        else:
            try:
                given = answer(own, prepared(picture, own.dataset).pixels, picture.label)
                with place:
                    say_verdict(verdict([given], picture.label))
            except UserError as error:
                st.info(escaped(error))
        table(own)
        asks = own.understood.dataset is None and model.origins["labels"] == ASSUMED
        with st.expander("Change it" if not asks else "What does it know? Say it here", expanded=asks):
            form(own)
        if own.understood.tries:
            with st.expander("What was tried"):
                tries(own)


def answer(own: Own, image, label: str) -> Answer:
    """The picture as the network gets it, and what it says."""
    model = own.model
    (given,) = ask_each([Shown(model, own.path, own.colour, own=True)], image)
    pixels = seen(model, image[None])[0]
    row = st.container(horizontal=True, gap="medium")
    with row.container(width=SEEN_SIDE):
        _, height, width = pixels.shape
        show(
            pixels,
            SEEN_SIDE,
            caption=f"What it sees: {height} × {width} pixels",
            alt="the picture as the network gets it",
        )
    with row.container(width="stretch"):
        in_large([given], label)
        st.markdown(lead(given.probabilities, model.card.labels))
    return given


head(
    "What does your own network make of it?",
    "Drop a classifier. From then on it stands beside the other networks on every page, and a report says what its "
    "answer survives.",
)
place = st.container()  # of the verdict, which is known last
models = own_models()
reports = reports_of(models)
if not models:
    if drop():
        st.rerun()
    st.markdown(
        'No file at hand? `torch.onnx.export(network.eval(), (image,), "mine.onnx")` writes one, and so do tf2onnx for '
        "Keras and skl2onnx for scikit-learn. The networks in `exported/` will do too."
    )
    with place:
        say_verdict("There is no network of yours here yet.")
else:
    titles = {own.name: own.model.card.title for own in models}
    shown_name = models[0].name
    if len(models) > 1:
        shown_name = remembered("own_shown", list(titles), titles.get, "Your networks", quiet=True)
    shown = next(own for own in models if own.name == shown_name)
    one(shown)
    report(shown, reports)
    st.header("Another one")
    if drop():
        st.rerun()
    st.header("Try it by hand")
    with st.container(horizontal=True):
        for page, (title, icon) in PAGES.items():
            st.page_link(page, label=title, icon=icon)

how_it_works(
    "yours",
    images=f"{IMAGES:,}",
    seconds=RUN_SECONDS,
    memory=f"{MEMORY / 1e9:g}",
    nodes=f"{MOST_NODES:,}",
    numbers=f"{IMAGE_VALUES:,}",
    reports=AT_ONCE,
    turn=f"{TURN_SECONDS:g}",
    folders=FOLDERS,
)
