"""How networks learned: curves over the epochs, what they learned by heart, and how far chance goes."""

import csv
import io
from functools import partial
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.evaluation import records
from invariance.evaluation.learning import BY_HEART, WELL, Learning, summarise
from invariance.measures import Share
from invariance.number_words import counted, number, percent, with_interval
from ui.drawing.download import offer
from ui.drawing.shown import chart, written_table
from ui.networks import Shown
from ui.words import escaped, listed

CURVES = ("loss", "accuracy")


class Training(NamedTuple):
    """One network's training."""

    shown: Shown
    best_epoch: int  # whose weights were exported, from 1
    runs: list[list[dict[str, float]]]  # a history for each seed, the exported network's first
    learned: Learning  # of the exported network
    tests: list[Share]  # the accuracy on test images for each seed that was measured

    @property
    def title(self) -> str:
        return self.shown.model.card.title


def trainings(models: list[Shown]) -> list[Training]:
    """The recorded trainings of models; says which have none."""
    recorded, missing = [], []
    for shown in models:
        if shown.own:
            continue  # how it learned is not in its file
        try:
            of_seeds = [records.read(path) for path in (shown.path, *records.repeats(shown.path))]
        except UserError as error:
            st.warning(escaped(error))
            continue
        if "made_of" in shown.model.card.recipe:  # another network in 8 bits: it was never trained
            continue
        if "training" not in of_seeds[0]:
            missing.append(shown)
            continue
        _, problem = records.evaluation(shown.path, shown.model.sha256, shown.model.card.dataset)
        if problem:
            st.warning(escaped(f"{shown.model.card.title}: {problem}"))
        runs = [_figures_of(record["training"]["history"]) for record in of_seeds if "training" in record]
        measured = [record.get("evaluation", {}).get(shown.model.card.dataset) for record in of_seeds]
        tests = [] if problem else [Share(**one["accuracy"]) for one in measured if one]
        recorded.append(Training(shown, of_seeds[0]["training"]["best_epoch"], runs, summarise(runs[0]), tests))
    if missing:
        titles = escaped(", ".join(shown.model.card.title for shown in missing))
        names = escaped(" ".join(shown.path.stem for shown in missing))
        st.info(f"No training is recorded of {titles}. Train and record it with: python -m training {names}")
    return recorded


def _figures_of(history: list[dict[str, Any]]) -> list[dict[str, float]]:
    """A history without what was watched, which is no figure."""
    return [{key: value for key, value in epoch.items() if key != "watched"} for epoch in history]


def by_heart(trained: list[Training]) -> str:
    """Which of several networks learned most by heart, and which is right on most held-out images; as Markdown."""
    most = max(trained, key=lambda each: each.learned.gap)
    best = max(trained, key=lambda each: each.learned.validation_accuracy)
    if most.learned.gap > BY_HEART:
        text = f"**{escaped(most.title)}** learned {'most' if len(trained) > 1 else 'a part'} by heart: "
    elif len(trained) > 1:
        text = f"None of these learned much by heart. The largest gap is that of **{escaped(most.title)}**: "
    else:
        text = f"**{escaped(most.title)}** learned hardly anything by heart: "
    text += f"{_figures(most.learned)}."
    if len(trained) == 1:
        return text
    if best is most:
        return f"{text} It gets the most held-out images right all the same."
    right, gap = percent(best.learned.validation_accuracy), _points(best.learned.gap)
    return f"{text} **{escaped(best.title)}** gets the most held-out images right: {right}, with a gap of {gap}."


def larger_by_heart(trained: list[Training]) -> str:
    """Whether larger networks learned more by heart than smaller ones, pair by pair; as Markdown."""
    sized = [each for each in trained if each.shown.model.card.parameters]
    pairs = [
        (small, large)
        for small, large in permutations(sized, 2)
        if small.shown.model.card.parameters < large.shown.model.card.parameters
    ]
    if not pairs:
        return "There are no two networks of different size to compare."
    more = sum(large.learned.gap > small.learned.gap for small, large in pairs)
    word = "Mostly" if more > 2 / 3 * len(pairs) else "Hardly ever" if more < len(pairs) / 3 else "Not always"
    widest = max(sized, key=lambda each: each.learned.gap)
    largest = max(sized, key=lambda each: each.shown.model.card.parameters)
    text = (
        f"{word}: of {len(pairs)} pairs of networks, in {more} the larger one has the larger gap. The largest gap, "
        f"{_points(widest.learned.gap)}, is that of **{escaped(widest.title)}**"
    )
    if widest is largest:
        return f"{text}, the largest network."
    return f"{text}; the largest network, **{escaped(largest.title)}**, has one of {_points(largest.learned.gap)}."


def on_all_images(training: Training) -> bool:
    """Whether it learned from all training images of its dataset but those held out, as most did."""
    return "images" not in training.shown.model.card.recipe


def _figures(learned: Learning) -> str:
    return (
        f"training {percent(learned.train_accuracy)} right, held-out {percent(learned.validation_accuracy)} right, "
        f"a gap of {_points(learned.gap)}"
    )


def _points(share: float) -> str:
    """A difference of shares in percentage points: "6.72 points"."""
    return f"{number(100 * share, '.2f')} points"


def show_ends(trained: list[Training]) -> None:
    """Where each training ended: right answers on training images and on held-out ones, and the gap between."""
    from ui.drawing.charts import trainings as charts  # late: Altair takes half a second to load

    rows = [
        {
            "network": training.title,
            "label": f"{training.title}\ngap {_points(training.learned.gap)}",
            "training right": training.learned.train_accuracy,
            "held-out right": training.learned.validation_accuracy,
        }
        for training in trained
    ]
    ends = "; ".join(f"{training.title}: {_figures(training.learned)}" for training in trained)
    chart(
        "end-of-training",
        charts.ends(rows, {training.title: training.shown.colour for training in trained}),
        alt=f"Right answers on training and held-out images at the end of the training. {ends}",
        caption=f"Right answers on the images that a network learned from and on those held out, at the end of its "
        f"training. {ends}.",
    )
    st.caption(
        "Training right: on the images it learned from, over the last epoch, while it learned from them. Held-out "
        "right: after it, on a tenth of the training images, which it never learned from. Here, "
        f"over {100 * BY_HEART:g} points between the two count as learned by heart."
    )


def show_curves(trained: list[Training], name: str) -> None:
    """Loss and accuracy over the epochs, training and held out, one colour a network; name: of the files."""
    from ui.drawing.charts import trainings as charts

    colours = {training.title: training.shown.colour for training in trained}
    histories = {training.title: training.runs[0] for training in trained}
    best_epochs = {training.title: training.best_epoch for training in trained}
    for place, measure in zip(st.columns(2, gap="large"), CURVES, strict=True):
        ends = "; ".join(
            f"{training.title} {training.runs[0][-1][f'train_{measure}']:.3g} in training, "
            f"{training.runs[0][-1][f'validation_{measure}']:.3g} held out"
            for training in trained
        )
        with place:
            chart(
                f"{name}-{measure}",
                charts.learning(histories, best_epochs, colours, measure),
                alt=f"{measure} over the epochs. At the end: {ends}",
                caption=f"{measure.capitalize()} over the epochs of training, on training images (dashed) and held-out "
                f"ones (solid); the diamond is the epoch that was kept. At the end: {ends}.",
            )
    st.caption(said_of_losses(trained))
    offer(name, {"csv": partial(_csv, trained)})


def said_of_losses(trained: list[Training]) -> str:
    """What a loss is, and for which networks it is another one while they learn."""
    softened, taught = (
        [escaped(each.title) for each in trained if setting in each.shown.model.card.recipe]
        for setting in ("label_smoothing", "teachers")
    )
    said = (
        "One epoch is one pass over all training images. The loss is the cross-entropy in nats: 0 if the right answer "
        "always gets all the probability, more the less it gets."
    )
    if softened:
        said += f" That of {listed(softened)} in training can't reach 0: labels leave other classes a share there."
    if taught:
        said += (
            f" That of {listed(taught)} in training can't reach 0: it is against the answers of other networks, which "
            "give every class a share, not against the labels."
        )
    return said


def _csv(trained: list[Training]) -> bytes:
    rows = [
        {"network": training.title, "run": number} | epoch
        for training in trained
        for number, run in enumerate(training.runs)
        for epoch in run
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def show_gap(trained: list[Training], chosen: list[Training]) -> None:
    """The generalisation gap against the number of parameters, a point for each network and seed; chosen: in colour."""
    from ui.drawing.charts import trainings as charts

    rows = [
        {
            "network": training.title,
            "parameters": training.shown.model.card.parameters,
            "gap": 100 * summarise(run).gap,
            "seed": number,
        }
        for training in trained
        if training.shown.model.card.parameters  # else it has no place on the axis
        for number, run in enumerate(training.runs)
    ]
    gaps = "; ".join(f"{row['network']} {row['gap']:.1f}" for row in rows)
    chart(
        "gap-by-size",
        charts.gap(rows, {training.title: training.shown.colour for training in chosen}),
        alt=f"Training right minus held-out right at the end, in points, against parameters: {gaps}",
        caption="How much better networks are on training images than on held-out ones, against their parameters; a "
        "point for each network and seed.",
    )


def sentence(training: Training) -> str:
    """One network's story in a sentence or two, from its figures."""
    learned = training.learned
    text = f"**{escaped(training.title)}** after {learned.epochs} epochs: {_figures(learned)}."
    if learned.lowest_epoch < learned.epochs:
        text += (
            f" Its loss on held-out images was lowest after epoch {learned.lowest_epoch} and is "
            f"{percent(learned.rise, 1)} higher at the end."
        )
    return text


def seeds(training: Training) -> str:
    """Test accuracy over a network's seeds: mean and standard deviation, or its interval where there is one seed."""
    values = 100 * np.array([share.value for share in training.tests])
    if not len(values):
        return "not measured"
    if len(values) == 1:
        return with_interval(training.tests[0])
    each = ", ".join(f"{value:.2f}" for value in values)
    return f"{values.mean():.2f} ± {values.std(ddof=1):.2f} % over {len(values)} seeds ({each})"


def gaps(training: Training) -> str:
    """The gap at the end in points: the mean over a network's seeds and its standard deviation, or that of the one."""
    values = 100 * np.array([summarise(run).gap for run in training.runs])
    if len(values) == 1:
        return number(values[0], ".2f")
    return f"{number(values.mean(), '.2f')} ± {values.std(ddof=1):.2f}"


def story(trained: list[Training], theirs: dict[str, str]) -> None:
    """Every network in a row: size, where its training ended, test accuracy; theirs: what a source found, by name."""
    rows = []
    for training in trained:
        ends, card = [summarise(run) for run in training.runs], training.shown.model.card
        train, held_out = np.mean([(end.train_accuracy, end.validation_accuracy) for end in ends], axis=0).tolist()
        learned = training.learned._replace(train_accuracy=train, validation_accuracy=held_out, gap=train - held_out)
        row = {
            "network": training.title,
            "parameters": counted(card.parameters),
            "training right": percent(train),
            "held-out right": percent(held_out),
            "gap, points": gaps(training),
        }
        if theirs:
            said = theirs.get(card.name, "")
            row |= {"the source says": said, "by our rule": learned.verdict() if said else ""}
        rows.append(row | {"test images, kept epoch": seeds(training)})
    written_table(
        "end-of-trainings",
        [{column: escaped(cell).replace(" %", "\u00a0%") for column, cell in row.items()} for row in rows],
        rows,
        alt="Size, right answers on training, held-out and test images, and the gap between them, a network",
        caption="Networks at the end of their training, the mean over seeds: right answers on the images they learned "
        "from, over the last epoch, and on those held out, and the gap; on test images at the epoch that was kept.",
    )
    if theirs:
        st.caption(
            f"By our rule, a network overfits if the gap is over {100 * BY_HEART:g} points; if it is not, it underfits "
            f"with less than {100 * WELL:g} % of its training images right. It is said only beside the source's words."
        )
