"""Inside a network: the maps of all its layers, what an answer rests on, its layers and kernels."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.images.resizing import fitted
from invariance.inside.architecture import Layer
from invariance.measures import softmax
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.inside.evidence import evidence
from ui.inside.kernels import before_and_after, kernels
from ui.inside.layer_table import layer_table, shared
from ui.inside.maps import stages_of, whole_network
from ui.networks import inside_of
from ui.picking.ask import Seen, ask, live
from ui.picking.network import choose_network
from ui.picking.picture import current_picture
from ui.picking.remembered import remembered
from ui.views import place_for
from ui.words import answer, escaped

SECTIONS = {"maps": "Maps", "why": "Why this answer", "layers": "Layers", "kernels": "Kernels"}

if st.query_params.get("look") == "Symmetry":  # it was a section of this page, and older links name it
    st.switch_page("symmetry.py", query_params={k: v for k, v in st.query_params.to_dict().items() if k != "look"})

head(
    "What goes on inside?",
    "Draw or pick an image: every layer's maps follow, from the image on the left to the answer on the right. "
    "Click a map to see it large.",
)

asked = ask(None)


def look(given: Seen) -> str:
    """What a section shows of a network for the image; the section."""
    if not asked.everyone:
        return ""
    with asked.right:
        own = [shown.model.card.name for shown in asked.everyone if shown.own]
        first = [*own, asked.everyone[0].model.card.name][0]
        shown = choose_network("inside", "Network", asked.everyone, asked.dataset, first)
        section = remembered("look", list(SECTIONS), SECTIONS.get, "Look at", quiet=True)
    inside, card = inside_of(shown.model), shown.model.card
    image, picture = given.image, current_picture()
    if image is None or image.shape != card.shape:
        image = None if picture is None else fitted(picture.pixels, card.shape)
    with asked.right:
        beside = place_for("beside", (section, card.name))
    below = place_for("below", (section, card.name))

    try:
        probabilities = None
        if image is not None:
            logits = shown.model.logits(image[None]).astype(np.float64)  # so that nothing is rounded up to all
            probabilities = softmax(logits)[0]
            said = answer(card.title, probabilities, card.labels)
            with asked.verdict:
                say_verdict(f"{said} {_sees(stages_of(inside)[1:], card.shape)}")
        if section == "maps" and probabilities is not None:
            with beside:
                whole_network(inside, image, probabilities)
        if section == "why" and image is not None:
            with beside:
                evidence(shown, image)
        if section == "layers":
            layer_table(inside, beside, below)
            with below:
                st.subheader("Sparse and shared")
                st.markdown(
                    "A convolution connects each output to the inputs under its kernel only, and uses the same weights "
                    "at every place."
                )
                shared(inside)
        if section == "kernels":
            with beside:
                kernels(inside)
            with below:
                st.subheader("Before training, and after")
                before_and_after(shown)
    except UserError as error:
        st.error(escaped(error))
    return section


def _sees(network_layers: list[Layer], shape: tuple[int, int, int]) -> str:
    """How much of the image one number sees in the first convolution, and from which layer on it sees all."""
    fields = {layer.name: layer.receptive_field for layer in network_layers if layer.receptive_field}
    first = next((each for each in network_layers if each.name in fields and "onvolution" in each.kind), None)
    if first is None:
        return ""
    text = f"One number of {escaped(first.name)} sees"
    windows = [each.name for each in network_layers if each.sliding and each.name in fields]
    whole = [name for name in windows if fields[name][0] >= shape[1] and fields[name][1] >= shape[2]]
    if first.name in whole:
        return f"{text} all of the image."
    text += f" {' × '.join(map(str, fields[first.name]))} pixels of the image"
    if whole:
        return f"{text}, one of {escaped(whole[0])} all of it."
    last = windows[-1]
    return text + (f", one of {escaped(last)} {' × '.join(map(str, fields[last]))}." if last != first.name else ".")


seen = st.session_state.get("look", st.query_params.get("look", "maps"))
live(asked, look, while_drawing=seen in ("maps", SECTIONS["maps"]))  # the others take too long for that

st.page_link("symmetry.py", label="Which layer loses the symmetry?", icon=":material/broken_image:")

how_it_works("inside")
