"""What was measured of a network on its test images, as recorded beside its file."""

import streamlit as st

from invariance.datasets import Dataset
from invariance.number_words import percent, with_interval, with_interval_and_n
from ui.drawing.shown import chart
from ui.networks import Shown
from ui.recorded.measured import evaluation_or_problem, offer
from ui.words import escaped


def measured(shown: Shown, dataset: Dataset) -> None:
    """Show the recorded accuracy, class by class and mistake by mistake, or say how to get it."""
    from ui.drawing.charts import classes  # late: Altair takes half a second to load

    model = shown.model
    evaluation, problem = evaluation_or_problem(shown, dataset.name)
    if problem:
        st.warning(escaped(problem))
    if evaluation is None or "accuracy" not in evaluation:
        if shown.own:
            offer(shown, dataset)
        return
    unseen = "were not among those that were tried" if shown.own else "it never saw in training"
    st.markdown(
        f"**{escaped(model.card.title)}** gave the right answer for "
        f"**{with_interval_and_n(evaluation['accuracy'])}** of the test images of "
        f"{escaped(evaluation['dataset_title'])}, which {unseen}."
    )
    tested = f"{evaluation['dataset_title']}, n = {evaluation['accuracy']['n']:,} test images"
    left, right = st.columns(2, gap="large")
    labels = dataset.labels
    counts = evaluation["confusion"]
    mistakes = {(i, j): counts[i][j] for i in range(len(labels)) for j in range(len(labels)) if i != j and counts[i][j]}
    with left:
        st.markdown("**Which classes are hard?** The further left, the more often it errs; the line is the interval.")
        chart(
            f"accuracy by class {model.card.title}",
            classes.per_class(evaluation["per_class"], shown.colour),
            alt=_class_text(evaluation["per_class"]),
            caption=f"{model.card.title}: accuracy by class with its 95 % interval. {tested}.",
        )
    with right:
        wrong = sum(mistakes.values())
        made = f"{wrong:,} mistake{'s' * (wrong != 1)}"
        st.markdown(f"**What does it take them for?** {made}; right answers are left out.")
        (shows, said), most = max(mistakes.items(), key=lambda item: item[1], default=((0, 0), 0))
        often = f" Most often: {labels[shows]} taken for {labels[said]}: {most:,} of them." if most else ""
        chart(
            f"mistakes {model.card.title}",
            classes.confusion(counts, labels, shown.colour),
            alt=f"Mistakes by label and answer.{often}",
            caption=f"{model.card.title}: {made}, by label and answer. {tested}.",
        )
    st.caption(
        f"Cross-entropy {evaluation['loss']:.4f} nats. Measured on {evaluation['provider']} with onnxruntime "
        f"{evaluation['versions']['onnxruntime']}, model file {evaluation['sha256'][:12]}, "
        f"data {evaluation['fingerprint'][:12]}."
    )


def overview(shown: Shown) -> dict[str, str]:
    """One network in a row of a table: its file, and whether its figures belong to that file."""
    model, card = shown.model, shown.model.card
    evaluation, problem = evaluation_or_problem(shown, card.dataset)
    return {
        "network": card.title,
        "test images": evaluation["dataset_title"] if evaluation else card.dataset,
        "file": shown.path.name,
        "sha256": model.sha256[:12],
        "size": f"{shown.path.stat().st_size / 1e6:.2f} MB",
        "right": with_interval(evaluation["accuracy"]) if evaluation else "not measured",
        "measured on this file": problem or "yes",
    }


def in_short(networks: list[Shown]) -> str:
    """How many networks there are, from which size to which, and how many test images they answer right."""
    sizes = [shown.path.stat().st_size / 1e6 for shown in networks]
    if len(networks) == 1:
        text = f"1 network of {sizes[0]:.2f} MB"
    else:
        text = f"{len(networks)} networks of {min(sizes):.2f} to {max(sizes):.2f} MB"
    measured = [evaluation_or_problem(shown, shown.model.card.dataset)[0] for shown in networks]
    right = [evaluation["accuracy"]["value"] for evaluation in measured if evaluation]
    if not right:
        return text
    ends = percent(right[0]) if len(right) == 1 else f"{percent(min(right))} to {percent(max(right))}"
    return f"{text}, {ends} of the test images right"


def whose(models: list[Shown]) -> str:
    """How many networks' figures were measured on the files that run, in a sentence."""
    measured = sum(not evaluation_or_problem(shown, shown.model.card.dataset)[1] for shown in models)
    if measured == len(models) == 1:
        return "Its figures were measured on the very file that runs."
    if measured == len(models):
        return f"The figures of all {len(models)} were measured on the very files that run."
    return f"The figures of {measured} of {len(models)} were measured on the very files that run; the table says which."


def _class_text(shares: dict[str, dict[str, float]]) -> str:
    return "Accuracy by class: " + ", ".join(f"{label} {percent(share['value'])}" for label, share in shares.items())
