"""invariance evaluate NAME ...: measure exported models on the test images of their dataset."""

import argparse
from functools import lru_cache
from pathlib import Path
from typing import Any

from invariance import UserError
from invariance.cli.progress import progress_bar
from invariance.datasets import DATASETS, Dataset, Protocol, Split, data_dir, protocol_of, sample
from invariance.evaluation import records
from invariance.evaluation.consistency import SHIFTS, evaluate_consistency, is_tried
from invariance.evaluation.evaluate import (
    OF_SEEDS,
    evaluate,
    evaluate_protocol,
    evaluate_seed_consistency,
    evaluate_seed_transform,
    evaluate_transform,
)
from invariance.files import try_writing
from invariance.model import Model
from invariance.number_words import percent, with_interval_and_n
from invariance.transforms import TRANSFORMS

CONSISTENCY, PROTOCOL = "consistency", "protocol"


def add(commands: argparse._SubParsersAction) -> None:
    measures = (*TRANSFORMS, CONSISTENCY, PROTOCOL)
    parser = commands.add_parser("evaluate", help="measure exported models on their test images")
    parser.add_argument("names", nargs="+", metavar="NAME", help="names in exported/, or: all")
    parser.add_argument(
        "--measures",
        nargs="*",
        choices=measures,
        metavar="M",
        help=f"take these anew, and no others: {', '.join(measures)}; without it, all that are missing",
    )
    parser.set_defaults(run=lambda arguments: evaluate_models(arguments.names, data_dir(), arguments.measures))


def evaluate_models(names: list[str], root: Path, measures: list[str] | None = None) -> None:
    """Measure exported models on the test images of their dataset and write exported/NAME.json after each step.

    measures: those to take anew, keys of TRANSFORMS, CONSISTENCY or PROTOCOL; None: all that the record lacks, so that
        what was interrupted goes on.
    """
    for path in exported(names):
        model = Model(path)
        if model.card.dataset not in DATASETS:
            raise UserError(f"{path.name} names none of the datasets {', '.join(DATASETS)}: nothing to measure on.")
        try_writing(path.parent, "What is measured goes there: make that possible, then start again.")
        dataset = DATASETS[model.card.dataset]
        split = dataset.load("test", root)
        evaluation = _upright(path, model, dataset, split)
        _by_protocol(path, model, evaluation, root, measures)
        _repeats(path, dataset, split, root, measures)
        part, transforms = sample(split, dataset.sample), evaluation["transforms"]
        if measures is None:
            wanted = [name for name in TRANSFORMS if transforms.get(name, {}).get("n") != len(part.labels)]
        else:
            wanted = [name for name in TRANSFORMS if name in measures]
        for name in wanted:
            measured = evaluate_transform(model, part, TRANSFORMS[name], progress_bar("amount"))
            transforms[name] = measured
            records.write_evaluation(path, dataset.name, evaluation)
            print(f"  {TRANSFORMS[name].title}: {percent(measured['mean']['value'])} right on average over its amounts")
        if CONSISTENCY in measures if measures is not None else not is_tried(evaluation[CONSISTENCY], split):
            evaluation[CONSISTENCY] = evaluate_consistency(model, split, progress_bar("image"))
            records.write_evaluation(path, dataset.name, evaluation)
            for name, measured in evaluation[CONSISTENCY].items():
                share = measured["consistency"]["value"]
                print(f"  {SHIFTS[name].title}: two random shifts get the same answer for {percent(share)}")


def _upright(path: Path, model: Model, dataset: Dataset, split: Split) -> dict[str, Any]:
    """Measure a model on the images as they are, and keep what else was measured of this file on these images."""
    earlier, problem = records.evaluation(path, model.sha256, dataset.name)
    evaluation = evaluate(model, dataset, split, progress_bar("image"))
    still_valid = {} if problem or earlier["fingerprint"] != evaluation["fingerprint"] else earlier
    evaluation["transforms"] = dict(still_valid.get("transforms", {}))
    evaluation[CONSISTENCY] = still_valid.get(CONSISTENCY, {})
    if PROTOCOL in still_valid:
        evaluation[PROTOCOL] = still_valid[PROTOCOL]
    records.write_evaluation(path, dataset.name, evaluation)
    share = evaluation["accuracy"]
    print(
        f"{model.card.title}: {with_interval_and_n(share)} right, loss {evaluation['loss']:.4f}, test images of "
        f"{evaluation['dataset_title']}, on {model.provider}"
    )
    return evaluation


def _by_protocol(path: Path, model: Model, evaluation: dict[str, Any], root: Path, measures: list[str] | None) -> None:
    """Measure a model by the protocol that it was trained by, if by any, and write it into its record: where measures
    name it, and where they are None and the record lacks it or has it of other images than those made here."""
    protocol = protocol_of(model.card.recipe)
    if not protocol or (measures is not None and PROTOCOL not in measures):
        return
    split = images_of(protocol, root)
    if measures is None and evaluation.get(PROTOCOL, {}).get("fingerprint") == split.fingerprint():
        return
    measured = evaluation[PROTOCOL] = evaluate_protocol(model, protocol, split, progress_bar("image"))
    records.write_evaluation(path, model.card.dataset, evaluation)
    print(f"  {protocol.title}: {with_interval_and_n(measured['accuracy'])} right")


@lru_cache(maxsize=1)
def images_of(protocol: Protocol, root: Path) -> Split:
    """What a protocol measures on, made once for all networks."""
    dataset = DATASETS[protocol.dataset]
    return protocol.test(dataset.load("train", root), dataset.load("test", root))


def _repeats(path: Path, dataset: Dataset, split: Split, root: Path, measures: list[str] | None) -> None:
    """Measure what is missing of the same network trained with other seeds, of those whose file is there: less than of
    the first. The record is written after each step, so that what was interrupted goes on.

    measures: of them only the protocol's is taken anew here; see _by_protocol().
    """
    part = sample(split, dataset.sample)
    for repeat in filter(Path.exists, records.repeats(path)):
        model = Model(repeat)
        earlier, problem = records.evaluation(repeat, model.sha256, dataset.name)
        if problem or earlier["fingerprint"] != split.fingerprint():
            measured = evaluate(model, dataset, split, progress_bar("image"))
            records.write_evaluation(repeat, dataset.name, measured)
            print(f"  seed {model.card.recipe['seed']}: {with_interval_and_n(measured['accuracy'])} right")
        else:
            measured = dict(earlier)
        _by_protocol(repeat, model, measured, root, measures)
        curves = measured["transforms"] = dict(measured.get("transforms", {}))
        for name in OF_SEEDS:
            if name not in curves:
                curves[name] = evaluate_seed_transform(model, part, TRANSFORMS[name], progress_bar("amount"))
                records.write_evaluation(repeat, dataset.name, measured)
        if not measured.get(CONSISTENCY):
            measured[CONSISTENCY] = evaluate_seed_consistency(model, split, progress_bar("image"))
            records.write_evaluation(repeat, dataset.name, measured)


def exported(names: list[str]) -> list[Path]:
    """The files of exported models by name; all of them for "all"."""
    paths = {path.stem: path for path in records.models()}
    if not paths:
        raise UserError(f"There is no .onnx file in {records.EXPORTED}: run this where exported/ lies, or train one.")
    wanted = list(paths) if names == ["all"] else names
    if unknown := [name for name in wanted if name not in paths]:
        raise UserError(f"No exported model {', '.join(unknown)}; there are: {', '.join(paths)}.")
    return [paths[name] for name in wanted]
