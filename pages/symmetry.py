"""Where inside a network a symmetry is lost: layer by layer, for several networks."""

import streamlit as st

from invariance import UserError
from ui.drawing.shown import pictures
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.inside.layer_errors import (
    choose_change,
    errors_of,
    show_beside,
    show_errors,
    verdict,
)
from ui.picking.ask import Seen, ask, live
from ui.words import escaped

SMALL = 98  # screen pixels of a picture of the image

head(
    "Which layer loses the symmetry?",
    "Change the image: a layer that follows gives the same maps as before, changed in the same way, and has no bar. "
    "Read each network from left to right.",
)

asked = ask()


def follow(given: Seen) -> None:
    """What becomes of the image's change in every layer of the chosen networks."""
    image = given.image
    if image is None or not asked.chosen:
        return
    try:
        with asked.right:
            transform, amount = choose_change()
            found = errors_of(asked.chosen, image, asked.dataset, transform, amount)
            with asked.verdict:
                say_verdict(verdict(found, transform, amount))
            show_errors(found, transform, amount, asked.dataset)
        with asked.left:
            what = transform.by(amount)
            changed = transform.apply(image[None], amount)[0]
            pictures(
                f"image and {what}",
                [(image, "the image"), (changed, f"after {what}")],
                SMALL,
                caption=f"An image, and the same after {what}.",
            )
        show_beside(found, image, asked.dataset, transform, amount)
    except UserError as error:
        st.error(escaped(error))


live(asked, follow)

how_it_works("symmetry")
