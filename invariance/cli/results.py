"""invariance results: write the figures of exported/*.json into README.md and docs/results.md."""

import argparse

from invariance import UserError
from invariance.claims import CLAIMS, results_page
from invariance.evaluation import records
from invariance.files import replacing


def add(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("results", help="write the figures of exported/*.json into README.md and docs/")
    parser.set_defaults(run=lambda arguments: write_tables())


def write_tables() -> None:
    """Put the figures of exported/*.json into README.md, a few, and docs/results.md, all."""
    readme = records.ROOT / "README.md"
    if not readme.is_file():
        raise UserError(f"There is no README.md in {readme.parent} to write into: run this in a checkout.")
    texts = {
        readme: results_page.with_headlines(readme.read_text("utf-8")),
        records.ROOT / "docs" / "results.md": results_page.page(),
    }
    for path, text in texts.items():
        with replacing(path) as partial:
            partial.write_text(text, "utf-8")
    print(
        f"README.md and docs/results.md hold the figures of {len(records.models())} networks and {len(CLAIMS)} claims"
    )
