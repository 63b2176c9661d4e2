"""Turn the image; every network's answer turns with it, or doesn't."""

import streamlit as st

from invariance.datasets import MNIST
from invariance.images.pixels import cut_to_circle
from invariance.transforms import TRANSFORMS
from ui.answers.every_amount import every_amount
from ui.answers.every_shift import INVARIANT
from ui.drawing.pictures import show
from ui.explanation import how_it_works
from ui.frame import head
from ui.own_models import labelled
from ui.picking.ask import Seen, ask, live
from ui.picking.networks import COMPARED, Names
from ui.recorded.curves import measured_curves, show_classes, show_curves
from ui.recorded.jaloli import rotation_tables
from ui.recorded.measured import training_loss
from ui.recorded.remeasure import remeasure
from ui.words import escaped

ROTATION = TRANSFORMS["rotation"]
TURNED_SIDE = 32 * 3 + 2  # screen pixels, with a border
FIRST: Names = COMPARED | {"mnist": ("lenet5", "lenet5-rotated", "p4cnn", INVARIANT)}

head(
    "Does the answer survive a turn?",
    "Drag the slider, or press Play: the image turns, and every network says at each angle what it sees.",
)

asked = ask(FIRST)
dataset, networks = asked.dataset, asked.chosen
digits = dataset is MNIST


def turn(given: Seen) -> int:
    """The image at every angle, with what each network says; the number of the angle that was chosen last."""
    with asked.left:
        cut = st.toggle(
            "Cut to a circle", help="Takes away the corners, which tell a network that the image was turned."
        )
    if given.image is None:
        return 0
    with asked.right:
        image = cut_to_circle(given.image) if cut else given.image
        at = every_amount(ROTATION, networks, image, given.label)
        st.caption(
            "A tall bar: right at that angle or, where nobody knows what is right, the same answer as unturned. "
            "At 0, 90, 180 and 270° whole pixels move; between them the image is resampled, which blurs it."
        )
        st.markdown("**As it is, and turned by 90, 180 and 270°**")
        with st.container(horizontal=True):
            for angle in (0, 90, 180, 270):
                turned = ROTATION.apply(image[None], angle)[0]
                show(turned, TURNED_SIDE, caption=f"{angle}°", alt=f"{given.caption} turned by {angle} degrees")
        titles = {shown.model.card.name: shown.model.card.title for shown in asked.everyone}
        if INVARIANT in titles:
            title = escaped(titles[INVARIANT])
            st.markdown(f"**{title}** gives one answer at these four, and wherever the digit lies.")
            st.page_link(
                "translation.py",
                label="Translation, One answer everywhere: turn it and move it",
                icon=":material/open_with:",
                query_params={"see": "One answer everywhere"},
            )
    return at


chosen = live(asked, turn)

if networks and labelled(dataset):
    st.header("On test images")
    curves = measured_curves(networks, dataset.name, ROTATION)
    if curves:
        count = max(curve["n"] for curve in curves.values())
        st.markdown(
            f"{count:,} test images at every angle. A flat line survives turning; a valley is where it gives up."
        )
        show_curves(curves, networks, ROTATION)
    remeasure(networks, dataset, ROTATION, curves)
    if curves and digits:
        st.header("The source's tables, measured again")
        rotation_tables(
            curves,
            {s.model.card.title: training_loss(s) for s in networks},
        )
    if curves:
        st.header("Which digits turn into which?" if digits else "What turns into what?")
        if digits:
            st.markdown(
                "Turned by 180°, a 6 is a 9 and a 9 a 6, so a network that only saw upright digits trades them; a 0, "
                "an 8 and most 1s look the same upside down and hardly suffer. Compare a network that saw every angle."
            )
        else:
            st.markdown(
                "Photos have an up and a down: sky above, ground below, wheels and legs at the bottom. Turn the image, "
                "and whatever a network made of that misleads it."
            )
        titles = list(curves)
        title = st.selectbox("Network", titles)
        colour = next(shown.colour for shown in networks if shown.model.card.title == title)
        angle = ROTATION.amounts[chosen]
        st.markdown(
            f"Let go of the slider above at another angle to see the mistakes there; now it is {ROTATION.label(angle)}."
        )
        show_classes(curves[title], dataset.labels, ROTATION, angle, colour)

how_it_works("rotation")
