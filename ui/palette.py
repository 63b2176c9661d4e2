"""One colour a model, the same on every page."""

# Okabe & Ito's palette, safe for colour-blind readers, without its yellow and black, which vanish on light and dark.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C")
