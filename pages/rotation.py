"""Turn the image; every network's answer turns with it, or doesn't."""

from typing import Any

import streamlit as st

from invariance.datasets import MNIST, Dataset
from invariance.images.pixels import cut_to_circle
from invariance.number_words import percent
from invariance.transforms import TRANSFORMS
from ui.answers.every_amount import every_amount, steady_over
from ui.answers.every_shift import INVARIANT
from ui.answers.steadiness import verdict_of
from ui.drawing.shown import pictures
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.own_models import labelled
from ui.picking.ask import Seen, ask, live
from ui.picking.remembered import remembered
from ui.recorded.curves import choose_classes_of, images_told, measured_curves, show_classes, show_curves
from ui.recorded.jaloli import rotation_tables
from ui.recorded.measured import training_loss
from ui.recorded.remeasure import remeasure
from ui.views import place_for
from ui.words import escaped, listed

ROTATION = TRANSFORMS["rotation"]
TURNED_SIDE = 32 * 3 + 2  # screen pixels, with a border
SECTIONS = {
    "curves": "On test images",
    "classes": "Which become which",
    "tables": "The source's tables",
}
BEGUN_WITH = ("plain", "turned", "turning")  # ideas of networks
UPSIDE_DOWN = 180  # degrees
ALIKE = ("0", "1", "8")  # digits that nearly look the same upside down

head(
    "Does the answer survive a turn?",
    "Drag the slider or the image, or press Play: the image turns, and every network says at each angle what it sees.",
)

asked = ask(ideas=BEGUN_WITH)
dataset, networks = asked.dataset, asked.chosen
digits = dataset is MNIST


def turn(given: Seen) -> int:
    """The image at every angle, with what each network says; the number of the angle that was chosen last."""
    with asked.left:
        cut = st.toggle(
            "Cut to a circle",
            key="circle",
            bind="query-params",
            persist_state="session",
            help="Takes away the corners, which tell a network that the image was turned.",
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
        pictures(
            "quarter turns",
            [(ROTATION.apply(image[None], angle)[0], f"{angle}°") for angle in (0, 90, 180, 270)],
            TURNED_SIDE,
            of=f"{given.caption} turned",
            caption=f"{given.caption[0].upper()}{given.caption[1:]}, turned by quarters, counter-clockwise.",
        )
    angle = ROTATION.amounts[at]
    changed = f"Turned by {ROTATION.label(angle)}" if angle else "Unturned"
    said = steady_over(ROTATION, networks, image, given.label, at)
    with asked.verdict:
        say_verdict(verdict_of(changed, said, "angles", moved=bool(angle)))
    return at


def upside_down(title: str, curve: dict[str, Any], dataset: Dataset) -> str:
    """What a network makes of digits that stand on their head, in sentences."""

    def share(shown: str, answer: str, angle: float = UPSIDE_DOWN) -> str:
        row = curve["confusion"][curve["amounts"].index(angle)][dataset.labels.index(shown)]
        return percent(row[dataset.labels.index(answer)] / sum(row), 0)

    alike = listed([f"{share(label, label)} of the {label}s (upright {share(label, label, 0)})" for label in ALIKE])
    return (
        f"Turned by {UPSIDE_DOWN}°, a 6 is a 9 and a 9 a 6: there {escaped(title)} takes {share('6', '9')} of the 6s "
        f"for a 9, and {share('9', '6')} of the 9s for a 6. {listed(list(ALIKE))} look nearly the same upside "
        f"down: it is right for {alike}."
    )


chosen = live(asked, turn)

if networks and labelled(dataset):
    sections = [name for name in SECTIONS if name != "tables" or digits]
    section = remembered("measured", sections, SECTIONS.get, "What was measured", quiet=True)
    with place_for("rotation", (section, dataset.name)):
        curves = measured_curves(networks, dataset.name, ROTATION)
        if section == "curves":
            if curves:
                st.markdown(
                    f"{images_told(curves, dataset)} at every angle. A flat line survives turning; a valley is "
                    "where it gives up."
                )
                show_curves(curves, networks, ROTATION)
            remeasure(networks, dataset, ROTATION, curves)
        if section == "classes" and curves:
            title = choose_classes_of(curves)
            if digits:
                st.markdown(upside_down(title, curves[title], dataset))
            else:
                st.markdown(
                    "Photos have an up and a down: sky above, ground below, wheels and legs at the bottom. Turn the "
                    "image, and whatever a network made of that may mislead it."
                )
            angle = ROTATION.amounts[chosen]
            show_classes(curves, title, networks, dataset.labels, ROTATION, angle)
            st.caption(
                "Let go of the slider above at another angle to see the mistakes there; now it is "
                f"{ROTATION.label(angle)}."
            )
        if section == "tables" and curves:
            rotation_tables(curves, {shown.model.card.title: training_loss(shown) for shown in networks})

links = st.container(horizontal=True)
links.page_link(
    "symmetry.py",
    label="Which layer loses it?",
    icon=":material/layers:",
    query_params={"broken_by": ROTATION.title},
)
if digits and INVARIANT in {shown.model.card.name for shown in asked.everyone}:
    links.page_link(
        "translation.py",
        label="A network whose answer no quarter turn and no shift around the edges changes",
        icon=":material/open_with:",
        query_params={"see": "One answer everywhere"},
    )

how_it_works("rotation")
