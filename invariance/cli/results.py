"""invariance results: write the figures of exported/*.json into README.md."""

import argparse

from invariance import UserError
from invariance.claims import CLAIMS, results_page
from invariance.evaluation import records
from invariance.files import replacing


def add(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("results", help="write the figures of exported/*.json into README.md")
    parser.set_defaults(run=lambda arguments: write_table())


def write_table() -> None:
    """Put the figures of exported/*.json into README.md."""
    readme = records.ROOT / "README.md"
    if not readme.is_file():
        raise UserError(f"There is no README.md in {readme.parent} to write into: run this in a checkout.")
    text = results_page.with_tables(readme.read_text("utf-8"))
    with replacing(readme) as partial:
        partial.write_text(text, "utf-8")
    print(f"README.md holds the figures of {len(records.models())} networks and {len(CLAIMS)} claims")
