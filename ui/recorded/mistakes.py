"""Where trained networks err: class by class beside a source, and the mistakes of which one is most sure."""

import numpy as np
import streamlit as st

from invariance import UserError
from invariance.claims.claim import of_class
from invariance.datasets import Dataset, data_dir
from invariance.images.pixels import to_float
from invariance.measures import Share, answered
from invariance.number_words import percent, with_interval_and_n
from ui import test_sets
from ui.drawing.shown import chart, pictures, table
from ui.networks import Shown
from ui.recorded.measured import evaluation_or_problem
from ui.recorded.trainings import Training
from ui.words import escaped, listed

WRONG = 12  # pictures of mistakes
SURE = 0.99  # a probability over which a mistake counts as a sure one


def show_classes_beside(trained: list[Training], dataset: Dataset, theirs: dict[str, float], whose: str) -> str:
    """Accuracy by class of every network beside a source's; which class is the hardest, in a sentence."""
    from ui.drawing.charts import classes

    measured = {training.title: evaluation_or_problem(training.shown, dataset.name)[0] for training in trained}
    names = {training.title: training.shown.model.card.name for training in trained}
    shares = {title: over_seeds(names[title], record["per_class"]) for title, record in measured.items() if record}
    if not shares:
        command = f"python -m invariance evaluate {' '.join(names.values())}"
        return f"None of these networks was measured class by class. Run: {command}"
    colours = {training.title: training.shown.colour for training in trained}
    measured_on = listed(sorted({record["dataset_title"] for record in measured.values() if record}))
    caption = f"Accuracy by class on test images of {measured_on}, {whose} beside the networks here."
    chart(
        "accuracy by class",
        classes.classes_beside(shares, theirs, whose, colours),
        alt="Accuracy by class. "
        + "; ".join(f"{label}: {whose} {percent(value, 1)}" for label, value in theirs.items()),
        caption=caption,
    )
    with st.expander("The same as a table"):
        table(
            "accuracy by class as a table",
            [
                {"class": label, whose: percent(theirs[label], 1)}
                | {
                    title: with_interval_and_n(each[label]) if label in each else "no images"
                    for title, each in shares.items()
                }
                for label in dataset.labels
            ],
            alt="Accuracy by class, the source's beside every network's",
            caption=caption,
        )
    return hardest(shares, theirs)


def over_seeds(name: str, shares: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Accuracy by class, of the mean over a network's seeds where there are several, else as it is.

    shares: label -> value, low, high, n, as recorded of the exported network.
    """
    found = dict(shares)
    for label in shares:
        mean = of_class(name, label)
        if mean is not None and len(mean.values) > 1:
            low, high = max(0.0, mean.value - mean.margin), min(1.0, mean.value + mean.margin)
            found[label] = Share(mean.value, low, high, mean.n)._asdict()
    return found


def hardest(shares: dict[str, dict[str, dict[str, float]]], theirs: dict[str, float]) -> str:
    """The class that networks get right least often, and a source's; as Markdown.

    shares: network title -> label -> value (0..1); theirs: label -> the source's share.
    """
    each = {}  # for a label the mean over the networks
    for label in theirs:
        values = [of_network[label]["value"] for of_network in shares.values() if label in of_network]
        each |= {label: sum(values) / len(values)} if values else {}
    ours, worst = min(each, key=each.get), min(theirs, key=theirs.get)
    whose = f"**{escaped(next(iter(shares)))}**" if len(shares) == 1 else f"these {len(shares)} networks"
    mean = "" if len(shares) == 1 else " on average"
    text = f"Hardest for {whose}: **{escaped(ours)}**, {percent(each[ours], 1)} right{mean}."
    if ours == worst:
        return f"{text} It is the source's hardest too, with {percent(theirs[worst], 1)}."
    return f"{text} The source's hardest is **{escaped(worst)}**, with {percent(theirs[worst], 1)}."


def show_wrong(shown: Shown, dataset: Dataset) -> str:
    """The test images on which a network is wrong and most sure of it; how many there are, in a sentence."""
    title = f"**{escaped(shown.model.card.title)}**"
    if dataset.missing("test", data_dir()):
        st.caption(f"To see the mistakes, get the test images first: python -m invariance fetch {dataset.name}")
        return f"Where {title} errs is known once the test images are here."
    try:
        split = test_sets.labelled_images(dataset.name)
    except UserError as error:
        st.error(escaped(error))
        return f"Where {title} errs is known once the test images can be read."
    probabilities = test_sets.probabilities(shown.model, dataset.name)
    answers = answered(probabilities)
    wrong = np.flatnonzero(answers != split.labels)
    some = wrong[answers[wrong] >= 0]
    surest = some[np.argsort(-probabilities[some, answers[some]], kind="stable")][:WRONG]
    shows, said = ([dataset.labels[each[index]] for index in surest] for each in (split.labels, answers))
    sure = [percent(float(probabilities[index].max()), 1) for index in surest]
    pictures(
        f"surest mistakes of {shown.model.card.name}",
        [
            (to_float(split.images[index]), f"{right}, not {wrong} ({share})")
            for index, right, wrong, share in zip(surest, shows, said, sure, strict=True)
        ],
        98,
        of="a test image",
        caption=f"The test images of {split.title or dataset.title} on which {shown.model.card.title} errs with the "
        "greatest confidence: what each shows, not what it answers, and its probability.",
    )
    text = f"{title} errs on {len(wrong):,} of {len(answers):,} test images"
    if not len(wrong):
        return f"{text}."
    certain = int((probabilities[some, answers[some]] > SURE).sum())
    return f"{text}, and is over {percent(SURE, 0)} sure of {certain:,} of these answers."
