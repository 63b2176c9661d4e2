"""Does the order of flattening matter? Its orders in pictures, the proof on a trained network, and the experiment."""

from typing import Any

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.claims.halbreich_flattening import BOUND, FLATTEN_ORDER, RANDOM, ROWS, in_points
from invariance.claims.verdict import paired
from invariance.datasets import CIFAR10
from invariance.evaluation import records
from invariance.images.pixels import to_float
from invariance.number_words import percent
from invariance.operators.flatten import ORDERS, PER_IMAGE, fresh, reordered
from ui.drawing.download import download
from ui.drawing.palette import PALETTE
from ui.drawing.shown import chart
from ui.networks import inside_of, models_for
from ui.picking.remembered import remembered
from ui.picking.samples import samples
from ui.words import escaped

COMMAND = f"python -m training {FLATTEN_ORDER}"
NETWORK = "cifar-underfit"  # of the same source; its logits are one fully connected layer of its flattened maps
COLOURS = dict(zip((*ORDERS, PER_IMAGE), PALETTE, strict=False))
GRID = 6  # places a side of the drawn maps
CELL = 22  # screen pixels


def section() -> str:
    """The third source's question on the order in which a map is laid into one row, answered.

    Returns:
        The answer, as far as it is measured, in a sentence or two (Markdown).
    """
    st.markdown(
        "Before a fully connected layer, a map is *flattened*: its places are laid into one row. A. Halbreich "
        "(question 2) calls rows, columns and diagonals good orders and a random order a bad one, which costs accuracy "
        "because it tears neighbours apart."
    )
    _pictures()
    st.subheader("Trained with every order")
    measured = _experiment()
    st.subheader("Why: one network in another order")
    proved = _proof()
    return measured or proved


def _pictures() -> None:
    """Every fixed order on a small map, and the orders of two images where each has its own."""
    pictures = [(name, name, order(GRID, GRID)) for name, order in ORDERS.items()]
    for which, order in zip(("an image", "the next image"), fresh(2, GRID**2, np.random.default_rng(1)), strict=True):
        pictures.append((PER_IMAGE, f"{PER_IMAGE}: {which}", order))
    with st.container(horizontal=True):
        for name, caption, order in pictures:
            rows = "; ".join(" ".join(map(str, row)) for row in numbered(order).tolist())
            st.image(
                drawing(order, COLOURS[name]),
                caption=caption,
                width=GRID * CELL + 2,
                alt=f"{caption}. The places of a map, row by row, with their place in the flattened row: {rows}",
            )
    download(
        "orders of flattening",
        f"Orders in which a map of {GRID} × {GRID} places is laid into one row: each number is its place's in the row.",
        lambda figures: figures.orders([(title, order, COLOURS[name]) for name, title, order in pictures]),
    )


def numbered(order: np.ndarray) -> np.ndarray:
    """int (GRID, GRID): for each place of the map, which it is in an order (GRID * GRID,), from 1."""
    return order.argsort().reshape(GRID, GRID) + 1


def drawing(order: np.ndarray, colour: str) -> str:
    """A map (SVG) with its places numbered in an order (GRID * GRID,), and a line that follows it."""
    side = GRID * CELL
    centres = [(j * CELL + CELL / 2, i * CELL + CELL / 2) for i, j in zip(*np.divmod(order, GRID), strict=True)]
    line = " ".join(f"{x:g},{y:g}" for x, y in centres)
    texts = "".join(f'<text x="{x:g}" y="{y + 4:g}">{number}</text>' for number, (x, y) in enumerate(centres, 1))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 {side + 2} {side + 2}">'
        f'<rect width="{side}" height="{side}" fill="#FFFFFF" stroke="#808080"/>'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-opacity="0.6"/>'
        '<g font-family="sans-serif" font-size="10" text-anchor="middle" fill="#000000" stroke="#FFFFFF" '
        f'stroke-width="3" paint-order="stroke">{texts}</g></svg>'
    )


def _proof() -> str:
    """A trained network's logits with its flattened maps and the weights in another order, and the maps alone.

    Returns:
        What that proves, in a sentence; "" if there is nothing to try it on.
    """
    shown = next((entry for entry in models_for(CIFAR10.name) if entry.model.card.name == NETWORK), None)
    if shown is None:
        st.info(f"The network to try it on is not in exported/. Make it with: python -m training {NETWORK}")
        return ""
    name = remembered("flattening_order", [RANDOM, *(order for order in ORDERS if order != RANDOM)], str, "Order")
    inside = inside_of(shown.model)
    last = inside.maker(inside.output)
    flat = last.input[0]
    *_, height, width = inside.shapes[inside.maker(flat).input[0]]
    weights, bias = inside.constant(last.input[1]), inside.constant(last.input[2])  # (classes, C H W), (classes,)
    images = to_float(samples(CIFAR10))
    values = inside.values([flat, inside.output], images)
    flattened, logits = values[flat], values[inside.output]

    order = ORDERS[name](height, width)
    both = reordered(flattened, order) @ reordered(weights, order).T + bias
    alone = reordered(flattened, order) @ weights.T + bias
    changed = int((alone.argmax(1) != logits.argmax(1)).sum())
    apart = np.abs(both - logits).max()
    st.markdown(
        f"**{escaped(shown.model.card.title)}**, a trained network, lays {flattened.shape[1] // (height * width)} maps "
        f"of {height} × {width} into one row of {flattened.shape[1]:,} values. Put them into the chosen order "
        f"(**{name}**), and the columns of the layer's weights too: the logits of {len(images)} images differ by at "
        f"most **{apart:.1e}**. The sums are the same; their terms are added in another order, and a computer rounds "
        "after each. Reorder the values alone, and leave the weights in the order for which they were learned: the "
        f"logits differ by up to **{np.abs(alone - logits).max():.2g}**, and {changed} of {len(images)} answers change."
    )
    st.markdown(
        "So a network with any order *is* a network that flattens row by row, with its weights in other columns. "
        "Weights begin as independent random numbers, all drawn alike, so no order is favoured before training; and "
        "training changes each weight by what it meets, wherever it stands. A fully connected layer knows no "
        "neighbours: any order is as good, as long as it stays the same."
    )
    return f"With its weights in the same order, a network says the same but for {apart:.0e}, whatever the order."


def _experiment() -> str:
    """Accuracy for every order and seed, as trained and recorded, or the command that does it.

    Returns:
        What it shows, in a sentence or two (Markdown); "" if it was not made.
    """
    try:
        record = records.experiment(FLATTEN_ORDER)
    except UserError as error:
        st.warning(escaped(error))
        return ""
    if not record or not {*ORDERS, PER_IMAGE} <= {run["variant"] for run in record["runs"]}:
        st.info(f"The same network was not trained with every order yet. Do it with: {COMMAND}")
        return ""
    runs = record["runs"]
    rows = [{"order": run["variant"], "seed": run["seed"], **run["accuracy"]} for run in runs]
    means = "; ".join(f"{name} {percent(values.mean())}" for name, values in by_order(runs).items())
    from ui.drawing.charts import orders as charts  # late: Altair takes half a second to load

    left, right = st.columns(2, gap="large")
    left.markdown("Each point is one training, each bar the mean over the seeds.")
    tested = f"{record['test']['dataset_title']}, n = {runs[0]['accuracy']['n']:,} test images"
    with left:
        chart(
            "accuracy by order of flattening",
            charts.accuracies(rows, COLOURS),
            alt=f"Mean accuracy by order: {means}",
            caption=f"Accuracy by the order of flattening: a point a training, a bar the mean of the seeds. {tested}.",
        )
    right.markdown("The fixed orders alone, closer:")
    fixed = [row for row in rows if row["order"] in ORDERS]
    low, high = (percent(end(row["value"] for row in fixed)) for end in (min, max))
    with right:
        chart(
            "accuracy by fixed order of flattening",
            charts.accuracies(fixed, {name: COLOURS[name] for name in ORDERS}),
            alt=f"Accuracy by fixed order, a point for each seed, from {low} to {high}",
            caption=f"Accuracy by the order of flattening, of those that stay: a point a training. {tested}.",
        )
    st.markdown(sentence(runs))
    st.markdown(
        "With a new order for every image no weight belongs to a place: a value may meet any weight of its map. What "
        "is left to learn from is what no order changes: how much there is in each map, which is what global average "
        "pooling keeps."
    )
    first, recipe = runs[0], record["recipe"]
    st.caption(
        f"{tested}, data "
        f"{record['test']['fingerprint'][:12]}; {first['parameters']:,} parameters (one convolution, ReLU, max "
        f"pooling, one fully connected layer), {first['epochs']} epochs, {recipe['optimiser']}, batches of "
        f"{recipe['batch_size']}. One seed means the same first weights and the same order of images in every row. "
        f"Trained and measured with PyTorch {record['training']['versions']['torch']} on "
        f"{record['training']['device']}. To do it again: {COMMAND}"
    )
    return answer(runs)


def by_order(runs: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """The accuracies (seeds,) of every order, in 0..1."""
    names = dict.fromkeys(run["variant"] for run in runs)
    return {name: np.array([run["accuracy"]["value"] for run in runs if run["variant"] == name]) for name in names}


def answer(runs: list[dict[str, Any]]) -> str:
    """Whether the order of flattening matters, in a sentence or two."""
    accuracies = by_order(runs)
    means = np.array([accuracies[name] for name in ORDERS]).mean(1)
    fixed = [paired(accuracies[name], accuracies[ROWS]) for name in ORDERS if name != ROWS]
    if all(each.within(BOUND) for each in fixed):
        begin = f"Any order is as good, to within {100 * BOUND:g} points, as long as it stays the same"
    elif any(abs(each.value) > each.margin for each in fixed):
        begin = "The order matters"
    else:
        begin = "Whether the order matters is not settled by so few trainings"
    return (
        f"{begin}: trained with {len(ORDERS)} of them, networks are right on {percent(means.min())} to "
        f"{percent(means.max())} of the test images. A new order for every image leaves "
        f"{percent(accuracies[PER_IMAGE].mean())}."
    )


def sentence(runs: list[dict[str, Any]]) -> str:
    """What the experiment shows: how far each order is from row by row, seed by seed, and whether that is nothing."""
    accuracies = by_order(runs)
    against = {name: paired(values, accuracies[ROWS]) for name, values in accuracies.items() if name != ROWS}
    fixed = {name: against[name] for name in ORDERS if name != ROWS}
    each = "; ".join(f"{name} {in_points(found)}" for name, found in fixed.items())
    within = sum(found.within(BOUND) for found in fixed.values())
    return (
        f"More often right than row by row, over {len(accuracies[ROWS])} seeds with a 95\u00a0% interval: {each}. To "
        "find nothing would prove nothing. But two one-sided tests, at 5\u00a0% each, ask whether an order may be off "
        f"by {100 * BOUND:g} points or more: of **{within} of {len(fixed)}** they rule it out. A new random order for "
        f"every image leaves **{percent(accuracies[PER_IMAGE].mean())}**: {in_points(against[PER_IMAGE])}."
    )
