"""invariance results: write the recorded figures into README.md and docs/, and measure those of exported/ again."""

import argparse
from pathlib import Path

from invariance import UserError
from invariance.claims import CLAIMS, results_page
from invariance.cli.evaluate import images_of
from invariance.cli.progress import progress_bar
from invariance.datasets import DATASETS, Dataset, data_dir, protocol_of
from invariance.evaluation import recheck, records
from invariance.files import replacing
from invariance.model import Model


def add(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "results", help="write the figures of exported/*.json into README.md and docs/, and measure them again"
    )
    parser.set_defaults(run=lambda arguments: (write_tables(), measure_again(data_dir())))


def write_tables() -> None:
    """Put the figures of exported/*.json into README.md, a few, and docs/results.md, all; and those of many people at
    once into docs/deploy.md."""
    readme, guide = records.ROOT / "README.md", records.ROOT / "docs" / "deploy.md"
    if not readme.is_file():
        raise UserError(f"There is no README.md in {readme.parent} to write into: run this in a checkout.")
    texts = {
        readme: results_page.with_headlines(readme.read_text("utf-8")),
        records.ROOT / "docs" / "results.md": results_page.page(),
        guide: results_page.with_people(guide.read_text("utf-8")),
    }
    for path, text in texts.items():
        with replacing(path) as partial:
            partial.write_text(text, "utf-8")
    print(
        f"README.md and docs/results.md hold the figures of {len(records.models())} networks and {len(CLAIMS)} claims"
    )


def _by_protocol(path: Path, dataset: Dataset, root: Path) -> list[str]:
    """What comes out otherwise on the images of the protocol that a network was trained by; [] if by none."""
    if not (protocol := protocol_of(Model(path).card.recipe)):
        return []
    if dataset.missing("train", root):
        print(f"{path.name} was not measured again on {protocol.title}: {dataset.title}'s training images are not here")
        return []
    return recheck.differences_by_protocol(path, protocol, images_of(protocol, root), progress_bar("image"))


def measure_again(root: Path) -> None:
    """Ask every exported network about all its test images again, where these are in root.

    Raises:
        UserError: figures come out otherwise than they are recorded, or belong to other files or images; lists them.
    """
    differing, again = [], 0
    for name, dataset in DATASETS.items():
        paths = [path for path in records.models() if Model(path).card.dataset == name]
        if not paths:
            continue
        if dataset.missing("test", root):
            print(f"{len(paths)} networks for {dataset.title} were not measured again: its images are not here")
            continue
        split = dataset.load("test", root)
        for path in paths:
            try:
                differing += recheck.differences(path, dataset, split, progress_bar("image"))
                differing += _by_protocol(path, dataset, root)
            except UserError as error:
                differing.append(str(error))
        again += len(paths)
    if differing:
        raise UserError("Recorded figures do not come out again:\n" + "\n".join(differing))
    print(f"right answers and loss of {again} networks came out again, on all their test images as they are")
