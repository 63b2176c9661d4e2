"""Inside a network: its layers, kernels and maps, and the layer at which a symmetry breaks."""

import streamlit as st

from ui import cache, looking
from ui.ask import ask

st.title("What goes on inside?")
st.markdown("Draw or pick an image: the maps follow. Click one to see it large, with the kernel that made it.")

asked = ask()
if asked.chosen:
    titles = [shown.model.card.title for shown in asked.chosen]
    with asked.right:
        title = st.pills("Look inside", titles, default=titles[0], required=True, key=f"inside_{asked.dataset.name}")
    shown = asked.chosen[titles.index(title) if title in titles else 0]
    inside = cache.inside(shown.model, shown.model.sha256)
    if asked.image is not None:
        with asked.right:
            looking.maps(inside, asked.image)

        st.header("Where does the symmetry break?")
        st.markdown(
            "Change the image, or change what a layer gave for the image as it was: for a layer that follows the "
            "change, both are the same, and its point is at 0. Follow a network from left to right until it leaves the "
            "floor."
        )
        looking.symmetry(asked.chosen, shown, asked.image, asked.dataset)

        st.header("Why this answer?")
        looking.why(shown, asked.image)

    st.header(f"The layers of {shown.model.card.title}")
    looking.architecture(inside)
    st.markdown(
        "**Sparse and shared.** A convolution connects each output to a few inputs only, and uses the same few weights "
        "everywhere. A fully connected layer between the same inputs and outputs would need:"
    )
    looking.shared(inside)

    st.header("Kernels")
    looking.kernels(inside)

with st.expander("How it works"):
    st.markdown(
        r"""
**Looking inside** opens a copy of the file whose inner values are outputs; the file itself stays as it is.

**The error of a layer** $f$ under a change $T$ is $\lVert f(Tx) - T f(x) \rVert / \lVert f(x) \rVert$. Where a layer
has places, $T$ is done to its maps as to the image: quarter turns, mirror images, and shifts that the layer's total
stride divides. Where it has none (after flattening, and the logits) the error is
$\lVert f(Tx) - f(x) \rVert / \lVert f(x) \rVert$: 0 means that the change makes no difference at all. Convolutions
follow shifts, apart from the border, but not turns; pooling with stride 2 follows shifts by 2 pixels; the p4 network
follows quarter turns to the end, if its maps' orientations are turned along.

**The receptive field** of a unit is the patch of the image that it sees, what lies in the padding counted.

**Multiply-adds** are the products with weights for one image.

*Sources:* M. Jaloli, Rotation invariance in CNN model (2019), figure 3, for the table of layers; P. Doshi,
Convolutional neural networks (2020), section IV, for sparse interactions and shared parameters; T. Cohen, M. Welling,
Group equivariant convolutional networks (2016); M. Zeiler, R. Fergus, Visualizing and understanding convolutional
networks (2014); B. Zhou et al., Learning deep features for discriminative localization (2016).
"""
    )
