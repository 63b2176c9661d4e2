"""Any other change of the image: its place, light, blur, noise. One page for every transform without its own."""

import streamlit as st

from invariance.transforms import TRANSFORMS, Transform
from ui.answers.every_amount import every_amount, steady_over
from ui.answers.steadiness import verdict_of
from ui.explanation import how_it_works
from ui.frame import head, say_verdict
from ui.own_models import labelled
from ui.picking.ask import Seen, ask, live
from ui.picking.remembered import from_link, remembered
from ui.recorded.curves import choose_classes_of, images_told, measured_curves, show_classes, show_curves
from ui.recorded.remeasure import remeasure
from ui.views import place_for
from ui.words import escaped

OTHERS = {name: transform for name, transform in TRANSFORMS.items() if not transform.own_page}


def choose_change() -> Transform:
    """Ask for a group of changes, and for one of them."""
    state = st.session_state
    titles = {transform.title: name for name, transform in OTHERS.items()}
    asked = (titles.get(from_link("change")), state.get("change"), state.get("picked_change"))
    state.change = next((name for name in asked if name in OTHERS), next(iter(OTHERS)))
    groups: dict[str, list[str]] = {}
    for name, transform in OTHERS.items():
        groups.setdefault(transform.group, []).append(name)
    state.group = OTHERS[state.change].group  # the address names the change alone, by its title
    st.segmented_control(
        "What changes",
        list(groups),
        required=True,
        key="group",
        on_change=lambda: state.update(change=groups[state.group][0]),
        wrap=True,
        label_visibility="collapsed",
    )
    names = groups[OTHERS[state.change].group]
    return OTHERS[remembered("change", names, lambda name: OTHERS[name].title, "Change", quiet=True)]


head(
    "What else does the answer survive?",
    "Choose a change, drag the slider, and watch which network holds its answer longest.",
)

transform = choose_change()
st.caption(transform.about)

asked = ask()
dataset, networks = asked.dataset, asked.chosen


def change(given: Seen) -> int:
    """The image at every amount, with what each network says; the number of the amount that was chosen last."""
    if given.image is None:
        return transform.amounts.index(transform.neutral)
    with asked.right:
        at = every_amount(transform, networks, given.image, given.label)
    amount = transform.amounts[at]
    moved = amount != transform.neutral
    changed = f"After {escaped(transform.by(amount))}" if moved else "Unchanged"
    said = steady_over(transform, networks, given.image, given.label, at)
    with asked.verdict:
        say_verdict(verdict_of(changed, said, "amounts", moved=moved))
    return at


chosen = live(asked, change)

if networks and labelled(dataset):
    with place_for("changes", (transform.name, dataset.name)):
        st.header("On test images")
        curves = measured_curves(networks, dataset.name, transform)
        if curves:
            st.markdown(f"{images_told(curves, dataset)} at every amount. Where a line falls, the network gives up.")
            show_curves(curves, networks, transform)
            title = choose_classes_of(curves)
            show_classes(curves, title, networks, dataset.labels, transform, transform.amounts[chosen])

        remeasure(networks, dataset, transform, curves)

how_it_works("changes")
