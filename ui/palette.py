"""One colour a model, the same on every page."""

# Okabe & Ito's palette, safe for colour-blind readers, without its yellow and black, which vanish on light and dark.
# After the grey, five of Paul Tol's and two violets: of the colours that are seen on both, those that stay farthest
# from the others and from each other, also as people see them who lack one kind of cone.
PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#8C8C8C",
    "#117733",
    "#999933",
    "#9900FF",
    "#994455",
    "#AA3377",
    "#5AAE61",
    "#7755DD",
)
