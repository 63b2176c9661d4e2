"""Inside a network: its maps, the layer at which a symmetry breaks, what an answer rests on, its layers and kernels."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.images.resizing import fitted
from invariance.measures import softmax
from ui.explanation import how_it_works
from ui.frame import head
from ui.inside.evidence import evidence
from ui.inside.kernels import before_and_after, kernels
from ui.inside.layer_errors import symmetry
from ui.inside.layer_table import layer_table, shared
from ui.inside.maps import maps
from ui.networks import inside_of
from ui.picking.ask import Seen, ask, live
from ui.picking.picture import current_picture
from ui.picking.remembered import remembered
from ui.words import answer, escaped

SECTIONS = {
    "maps": "Feature maps",
    "symmetry": "Symmetry",
    "why": "Why this answer",
    "layers": "Layers",
    "kernels": "Kernels",
}

head(
    "What goes on inside?",
    "Draw or pick an image and look into a network: what its layers make of it, and where it stops following.",
)

asked = ask()


def look(given: Seen) -> None:
    """What a section shows of a network for the image."""
    looked_into = {shown.model.card.title: shown for shown in asked.chosen}
    if not looked_into:
        return
    with asked.right:
        own = [title for title, shown in looked_into.items() if shown.own]
        first = [*own, *looked_into][0]
        title = st.pills(
            "Look inside",
            list(looked_into),
            default=first,
            format_func=escaped,
            required=True,
            key=f"inside_{asked.dataset.name}_{own}",
        )
        section = remembered("look", list(SECTIONS), SECTIONS.get, "Look at", quiet=True)
    shown = looked_into.get(title) or looked_into[first]
    inside = inside_of(shown.model)
    shape = shown.model.card.shape
    image, picture = given.image, current_picture()
    if image is None or image.shape != shape:
        image = None if picture is None else fitted(picture.pixels, shape)
    alike = [each for each in looked_into.values() if each.model.card.shape == shape]

    try:
        if image is not None:
            with asked.right:
                logits = shown.model.logits(image[None]).astype(np.float64)  # so that nothing is rounded up to all
                probabilities = softmax(logits)[0]
                st.markdown(answer(shown.model.card.title, probabilities, shown.model.card.labels))

        if section == "maps" and image is not None:
            with asked.right:
                st.markdown("As you draw, the maps follow. Click one to see it large, with the kernel that made it.")
                maps(inside, image)

        if section == "symmetry" and image is not None:
            with asked.right:
                st.markdown(
                    "Change the image, or change what a layer gave for the image as it was: for a layer that follows "
                    "the change, both are the same, and it has no bar. Read each network from left to right: at the "
                    "first bar the symmetry breaks."
                )
            symmetry(alike, shown, image, asked.dataset)

        if section == "why" and image is not None:
            with asked.right:
                evidence(shown, image)

        if section == "layers":
            st.header(f"The layers of {escaped(title)}")
            layer_table(inside)
            st.subheader("Sparse and shared")
            st.markdown(
                "A convolution connects each output to a few inputs only, and uses the same few weights everywhere."
            )
            shared(inside)

        if section == "kernels":
            st.header(f"The kernels of {escaped(title)}")
            kernels(inside)
            st.subheader("Before training, and after")
            before_and_after(shown)
    except UserError as error:
        st.error(escaped(error))


live(asked, look)

how_it_works("inside")
