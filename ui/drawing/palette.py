"""One colour a model, the same on every page."""

from collections.abc import Mapping, Sequence
from itertools import count

# Okabe & Ito's palette, safe for colour-blind readers, without its yellow and black, which vanish on light and dark.
# After the grey, five of Paul Tol's and two violets, and eight more, for data sets with many networks: of the colours
# that are seen on both, those that stay farthest from the others and from each other, also as people see them who lack
# one kind of cone. With so many, some are alike: charts name their lines, and few networks are shown at a time.
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
    "#BB66FF",
    "#8800AA",
    "#CC0000",
    "#CC00BB",
    "#6600DD",
    "#FF66CC",
    "#885599",
    "#996655",
)


def colours(titles: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """The colour of each network.

    Args:
        titles: of the networks for each data set.

    Returns:
        By data set and title: PALETTE in order, but of one colour where several data sets have networks of one title.
        After the last colour comes the first again.
    """
    several: dict[str, int] = {}  # titles that are found again, and their places in PALETTE
    for dataset, each in titles.items():
        titles_elsewhere = {title for elsewhere in titles if elsewhere != dataset for title in titles[elsewhere]}
        for place, title in enumerate(each):
            if title in titles_elsewhere and title not in several:
                several[title] = next(free for free in count(place) if free not in several.values())
    by_dataset = {}
    for dataset, each in titles.items():
        taken = {several[title] for title in each if title in several}
        free = (place for place in count() if place not in taken)
        places = {title: several[title] if title in several else next(free) for title in dict.fromkeys(each)}
        by_dataset[dataset] = {title: PALETTE[place % len(PALETTE)] for title, place in places.items()}
    return by_dataset
