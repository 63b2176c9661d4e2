"""How networks learned: curves over the epochs, what they learned by heart, and how far chance goes."""

import csv
import io
from typing import NamedTuple

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.datasets import Dataset, data_dir
from invariance.evaluation import records
from invariance.evaluation.learning import Learning, summarise
from invariance.images.pixels import to_float
from invariance.measures import Share
from invariance.number_words import counted, percent, with_interval, with_interval_and_n
from ui import test_sets
from ui.drawing.pictures import show
from ui.networks import Shown
from ui.recorded.measured import evaluation_or_problem
from ui.words import escaped

CURVES = ("loss", "accuracy")
WRONG = 12  # pictures of mistakes


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
            missing.append(shown.model.card.title)
            continue
        _, problem = records.evaluation(shown.path, shown.model.sha256, shown.model.card.dataset)
        if problem:
            st.warning(escaped(f"{shown.model.card.title}: {problem}"))
        runs = [record["training"]["history"] for record in of_seeds if "training" in record]
        measured = [record.get("evaluation", {}).get(shown.model.card.dataset) for record in of_seeds]
        tests = [] if problem else [Share(**one["accuracy"]) for one in measured if one]
        recorded.append(Training(shown, of_seeds[0]["training"]["best_epoch"], runs, summarise(runs[0]), tests))
    if missing:
        titles = escaped(", ".join(missing))
        st.info(f"No training is recorded of {titles}. Train and record it with: python -m training NAME")
    return recorded


def show_curves(trained: list[Training], key: str) -> None:
    """Loss and accuracy over the epochs, training and validation, one colour a network; key: of the download."""
    from ui.drawing.charts import trainings as charts  # late: Altair takes half a second to load

    colours = {training.title: training.shown.colour for training in trained}
    histories = {training.title: training.runs[0] for training in trained}
    best_epochs = {training.title: training.best_epoch for training in trained}
    for place, measure in zip(st.columns(2, gap="large"), CURVES, strict=True):
        ends = "; ".join(
            f"{training.title} {training.runs[0][-1][f'train_{measure}']:.3g} in training, "
            f"{training.runs[0][-1][f'validation_{measure}']:.3g} in validation"
            for training in trained
        )
        place.vega_lite_chart(
            charts.learning(histories, best_epochs, colours, measure),
            alt=f"{measure} over the epochs. At the end: {ends}",
        )
    st.download_button("Download the curves (CSV)", _csv(trained), "learning-curves.csv", "text/csv", key=key)


def _csv(trained: list[Training]) -> str:
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
    return text.getvalue()


def show_gap(trained: list[Training]) -> None:
    """The generalisation gap against the number of parameters, a point for each network and seed."""
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
    st.vega_lite_chart(
        charts.gap(rows, {training.title: training.shown.colour for training in trained}),
        alt=f"Training accuracy minus validation accuracy at the end, in points, against parameters: {gaps}",
    )


def sentence(training: Training) -> str:
    """One network's story in a sentence or two, from its figures."""
    learned = training.learned
    text = (
        f"**{escaped(training.title)}** {learned.verdict()}: after {learned.epochs} epochs it is right on "
        f"{percent(learned.train_accuracy)} of its training images and on {percent(learned.validation_accuracy)} of "
        f"those held out."
    )
    if learned.lowest_epoch < learned.epochs:
        text += (
            f" Its validation loss was lowest after epoch {learned.lowest_epoch} and is "
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


def story(trained: list[Training], theirs: dict[str, str]) -> None:
    """Every network in a row: size, where its training ended, test accuracy; theirs: what a source found, by name."""
    st.dataframe(
        [
            {
                "network": training.title,
                "parameters": counted(training.shown.model.card.parameters),
                "right on training images": percent(training.learned.train_accuracy),
                "right on validation images": percent(training.learned.validation_accuracy),
                "gap, points": f"{100 * training.learned.gap:.2f}",
                "here it": training.learned.verdict(),
                **({"the source": theirs.get(training.shown.model.card.name, "")} if theirs else {}),
                "test images, kept epoch": seeds(training),
            }
            for training in trained
        ],
        hide_index=True,
        height="content",
        alt="Size, accuracy on training, validation and test images, and the gap between them, a network",
    )


def show_classes_beside(trained: list[Training], dataset: Dataset, theirs: dict[str, float], whose: str) -> None:
    """Accuracy by class of every network beside a source's."""
    from ui.drawing.charts import classes

    measured = {training.title: evaluation_or_problem(training.shown, dataset.name)[0] for training in trained}
    shares = {title: record["per_class"] for title, record in measured.items() if record}
    if not shares:
        return
    colours = {training.title: training.shown.colour for training in trained}
    st.vega_lite_chart(
        classes.classes_beside(shares, theirs, whose, colours),
        alt="Accuracy by class. "
        + "; ".join(f"{label}: {whose} {percent(value, 1)}" for label, value in theirs.items()),
    )
    with st.expander("The same as a table"):
        st.dataframe(
            [
                {"class": label, whose: percent(theirs[label], 1)}
                | {
                    title: with_interval_and_n(each[label]) if label in each else "no images"
                    for title, each in shares.items()
                }
                for label in dataset.labels
            ],
            hide_index=True,
            alt="Accuracy by class, the source's beside every network's",
        )


def show_wrong(shown: Shown, dataset: Dataset) -> None:
    """The test images on which a network is wrong and most sure of it."""
    if dataset.missing("test", data_dir()):
        st.caption(f"To see the mistakes, get the test images first: python -m invariance fetch {dataset.name}")
        return
    try:
        split = test_sets.labelled_images(dataset.name)
    except UserError as error:
        st.error(escaped(error))
        return
    probabilities = test_sets.probabilities(shown.model, dataset.name)
    answers = probabilities.argmax(1)
    wrong = np.flatnonzero(answers != split.labels)
    surest = wrong[np.argsort(-probabilities[wrong, answers[wrong]], kind="stable")][:WRONG]
    with st.container(horizontal=True):
        for index in surest:
            said, shows = dataset.labels[answers[index]], dataset.labels[split.labels[index]]
            show(
                to_float(split.images[index]),
                98,
                caption=f"{shows}, not {said} ({percent(float(probabilities[index].max()), 1)})",
                alt=f"test image {index} shows: {shows}; answered: {said}",
            )
