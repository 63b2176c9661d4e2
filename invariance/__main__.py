"""The command line: python -m invariance fetch | evaluate | scratch | results."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from invariance import UserError
from invariance.claims import CLAIMS, results_page
from invariance.datasets import DATASETS, Progress, data_dir
from invariance.evaluation import records
from invariance.evaluation.consistency import KINDS, evaluate_consistency
from invariance.evaluation.evaluate import evaluate, evaluate_transform
from invariance.files import replacing
from invariance.model import Model
from invariance.scratch.export import make
from invariance.scratch.training import Recipe
from invariance.transforms import TRANSFORMS

ON_EVERY_IMAGE = {("mnist", "rotation")}  # datasets and transforms that are measured on all test images ...
ON_THE_FIRST = 1000  # ... and on how many the others are, to take minutes, not an hour
CONSISTENCY = "consistency"
MEASURES = (*TRANSFORMS, CONSISTENCY)


def progress_bar(unit: str, unit_scale: bool = False) -> Progress:
    """A bar on the console for each new label, with counts and the time left."""
    bars: dict[str, tqdm] = {}

    def show(label: str, done: int, total: int) -> None:
        if label not in bars:
            bars[label] = tqdm(total=total, desc=label, unit=unit, unit_scale=unit_scale)
        bar = bars[label]
        if done < bar.n:  # another mirror is tried
            bar.reset(total)
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return show


def fetch(names: list[str], root: Path) -> None:
    """Download datasets into root."""
    for name in names:
        dataset = DATASETS[name]
        if dataset.fetch is None:
            print(f"{dataset.title}: made by code, nothing to fetch")
            continue
        dataset.fetch(root, progress_bar("B", unit_scale=True))
        print(f"{dataset.title} is complete in {root / name}")


def evaluate_models(names: list[str], root: Path, measures: list[str]) -> None:
    """Measure exported models on the test images of their dataset and write exported/NAME.json after each step."""
    for path in _exported(names):
        model = Model(path)
        if model.card.dataset not in DATASETS:
            raise UserError(f"{path.name} names none of the datasets {', '.join(DATASETS)}: nothing to measure on.")
        dataset = DATASETS[model.card.dataset]
        split = dataset.load("test", root)
        earlier, problem = records.evaluation(path, model.sha256, dataset.name)
        found = evaluate(model, dataset, split, progress_bar("image"))
        kept = {} if problem or earlier["fingerprint"] != found["fingerprint"] else earlier
        found["transforms"] = kept.get("transforms", {})
        found[CONSISTENCY] = kept.get(CONSISTENCY, {})
        records.write_evaluation(path, dataset.name, found)
        share = found["accuracy"]
        print(
            f"{model.card.title}: {share['value']:.2%} right ({share['low']:.2%} to {share['high']:.2%}, 95 % "
            f"interval), loss {found['loss']:.4f}, {found['n']:,} test images of {found['dataset_title']}, "
            f"on {model.provider}"
        )
        for repeat in records.repeats(path):
            again = Model(repeat)
            records.write_evaluation(repeat, dataset.name, evaluate(again, dataset, split, progress_bar("image")))
        for name in (name for name in TRANSFORMS if name in measures):
            count = len(split.images) if (dataset.name, name) in ON_EVERY_IMAGE else ON_THE_FIRST
            part = split._replace(images=split.images[:count], labels=split.labels[:count])
            measured = evaluate_transform(model, part, TRANSFORMS[name], progress_bar("amount"))
            found["transforms"][name] = measured
            records.write_evaluation(path, dataset.name, found)
            print(f"  {TRANSFORMS[name].title}: {measured['mean']['value']:.2%} right on average over its amounts")
        if CONSISTENCY in measures:
            found[CONSISTENCY] = evaluate_consistency(model, split, progress_bar("image"))
            records.write_evaluation(path, dataset.name, found)
            for name, measured in found[CONSISTENCY].items():
                share = measured["consistency"]["value"]
                print(f"  {KINDS[name].title}: two random shifts get the same answer for {share:.2%}")


def train_scratch(root: Path) -> None:
    """Train the network in numpy alone and export it."""
    recipe = Recipe()
    path = records.EXPORTED / f"{recipe.name}.onnx"
    trained = make(recipe, DATASETS[recipe.dataset].load("train", root), path, progress_bar("batch"))
    best = trained.history[trained.best_epoch - 1]
    print(
        f"{recipe.title}: {best['validation_accuracy']:.2%} of the held-out images right after epoch "
        f"{trained.best_epoch} of {recipe.epochs}\nNext: python -m invariance evaluate {recipe.name}"
    )


def write_table() -> None:
    """Put the figures of exported/*.json into README.md."""
    readme = records.ROOT / "README.md"
    text = results_page.with_tables(readme.read_text("utf-8"))
    with replacing(readme) as partial:
        partial.write_text(text, "utf-8")
    print(f"README.md holds the figures of {len(records.models())} networks and {len(CLAIMS)} claims")


def _exported(names: list[str]) -> list[Path]:
    paths = {path.stem: path for path in records.models()}
    wanted = list(paths) if names == ["all"] else names
    if unknown := [name for name in wanted if name not in paths]:
        raise UserError(f"No exported model {', '.join(unknown)}; there are: {', '.join(paths) or 'none'}.")
    return [paths[name] for name in wanted]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m invariance", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    fetching = commands.add_parser("fetch", help="download a dataset")
    fetching.add_argument("names", nargs="+", choices=DATASETS, metavar="NAME", help=", ".join(DATASETS))
    fetching.set_defaults(run=fetch)
    evaluating = commands.add_parser("evaluate", help="measure exported models on their test images")
    evaluating.add_argument("names", nargs="+", metavar="NAME", help="names in exported/, or: all")
    evaluating.add_argument(
        "--measures", nargs="*", choices=MEASURES, default=list(MEASURES), metavar="M", help=", ".join(MEASURES)
    )
    evaluating.set_defaults(run=lambda names, root: evaluate_models(names, root, arguments.measures))
    scratching = commands.add_parser("scratch", help="train a network in numpy alone on MNIST and export it")
    scratching.set_defaults(run=lambda names, root: train_scratch(root), names=[])
    writing = commands.add_parser("results", help="write the figures of exported/*.json into README.md")
    writing.set_defaults(run=lambda names, root: write_table(), names=[])
    arguments = parser.parse_args()
    try:
        arguments.run(arguments.names, data_dir())
    except UserError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; no file was changed half-way")


if __name__ == "__main__":
    main()
