"""invariance report MODEL.onnx --data IMAGES: what a classifier's answers survive, as a page and as JSON."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from invariance import UserError
from invariance.cli import choices as said
from invariance.cli.columns import printable
from invariance.cli.progress import one_bar, progress_bar
from invariance.files import replacing, try_writing
from invariance.model.apart import MEMORY, MOST_ALIVE
from invariance.report.findings import as_json
from invariance.report.html import html
from invariance.report.junit import junit
from invariance.report.order import Order, Report
from invariance.report.plan import CHOICES
from invariance.report.pool import SECONDS
from invariance.report.subject import Data, Subject, apart_for

HTML, JSON = "report.html", "report.json"
FAILS, COULD_NOT, STOPPED = 1, 2, 130  # exit status


def add(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "report",
        help="measure what an .onnx classifier's answers survive, and write it down",
        usage="%(prog)s MODEL.onnx --data IMAGES [options]",
        description="Exit status: 0; 1 if a requirement fails; 2 if it could not be measured. What was stopped goes on "
        "where it was when the same command is given again.",
    )
    parser.add_argument("model", type=Path, metavar="MODEL.onnx", help="any classifier of images; name it first")
    parser.add_argument(
        "--data",
        required=True,
        metavar="IMAGES",
        help=said.IMAGES,
    )
    parser.add_argument(
        "--measures", nargs="+", choices=CHOICES, default=list(CHOICES), metavar="M", help=", ".join(CHOICES)
    )
    parser.add_argument("--sample", type=_above_0(int), metavar="N", help="measure so many, drawn at random; else all")
    parser.add_argument("--output", dest="folder", type=Path, metavar="DIR", help="of the report; else MODEL-report")
    parser.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="WHAT",
        help='what must hold, such as "rotation@±15 >= 0.95"; may be given several times',
    )
    parser.add_argument(
        "--strict",
        choices=("yes", "no"),
        default="yes",
        help="yes: a requirement holds if the end of the 95 %% interval does; no: if the value does",
    )
    parser.add_argument("--compare", type=Path, metavar="OLD", help="another MODEL.onnx, or an earlier report.json")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the requirements as JUnit XML too")
    where = parser.add_mutually_exclusive_group()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    where.add_argument(
        "--workers",
        type=_workers,
        default=min(cores, MOST_ALIVE),
        metavar="N",
        help=f"processes that run the model, at most {MOST_ALIVE}; one a core if nothing is said",
    )
    where.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="HOST:PORT",
        help="run the model on the Ray cluster with this head, on that of this machine (auto), or on one started here",
    )
    where.add_argument(
        "--trust",
        action="store_true",
        help="run the model in this process, without the limits, on CUDA where it is: for files of your own",
    )
    parser.add_argument(
        "--memory",
        type=_above_0(float),
        default=MEMORY / 1e9,
        metavar="GB",
        help="that the model may take in each process",
    )
    parser.add_argument(
        "--seconds-per-image", type=_above_0(float), default=SECONDS, metavar="S", help="that the model may take"
    )
    said.add(parser)
    parser.set_defaults(run=run)


def _above_0(kind: type) -> Callable[[str], float]:
    """Reads a number above 0."""

    def read(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            number = 0
        if not 0 < number < float("inf"):
            raise argparse.ArgumentTypeError(f"expected a {'whole ' * (kind is int)}number above 0, not {text!r}")
        return number

    return read


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_ALIVE:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST_ALIVE}, not {text!r}")
    return int(text)


def run(arguments: argparse.Namespace) -> None:
    """Write the report; ends with an exit status if it isn't 0."""
    output = arguments.folder or Path(f"{arguments.model.stem}-report")
    try:
        found = report(arguments, output)
    except UserError as error:
        print("error: " + "\n".join(map(printable, str(error).splitlines())), file=sys.stderr)
        sys.exit(COULD_NOT)
    except KeyboardInterrupt:
        print(f"\nstopped; what is done lies in {output}: the same command goes on from there", file=sys.stderr)
        sys.exit(STOPPED)
    print("\n".join(map(printable, [*found["summary"], *found["limits"]])))
    for each in found["requirements"]:
        print(f"{'holds' if each['holds'] else 'FAILS'}: {printable(each['sentence'])}")
    print(f"written: {output / HTML}, {output / JSON}")
    if not found["run"]["complete"]:
        print("error: not all could be measured, see above", file=sys.stderr)
        sys.exit(COULD_NOT)
    if not all(each["holds"] for each in found["requirements"]):
        sys.exit(FAILS)


def report(arguments: argparse.Namespace, output: Path) -> dict[str, Any]:
    """Measure and write the report, first in short; what was found."""
    order = Order(
        output=output,
        measures=arguments.measures,
        requirements=arguments.require,
        strict=arguments.strict == "yes",
        compare=arguments.compare,
        workers=arguments.workers,
        memory=int(arguments.memory * 1e9),
        seconds=arguments.seconds_per_image,
        trust=arguments.trust,
        ray=arguments.ray,
    )
    made = Report(order)
    try_writing(output, "The report goes there: make that possible, or name another folder by --output.")
    data = Data(arguments.data, output, progress_bar("", unit_scale=True))

    def opened(path: Path, choices: dict[str, Any]) -> Subject:
        apart = None if order.trust else apart_for(path, order.memory)
        return data.subject(path, choices, apart, progress_bar("preparation"), arguments.sample)

    subject = opened(arguments.model, said.choices(arguments))
    bar = one_bar("image")
    for found in made.go(subject, bar, bar, lambda path: opened(path, {})):
        write(found, output)
        if found["run"]["quick"]:
            print("\n".join(map(printable, ["", *found["summary"], ""])), file=sys.stderr)
    if arguments.junit:
        _write(arguments.junit, junit(found))
    return found


def write(found: dict[str, Any], output: Path) -> None:
    """Write report.json and report.html; each is whole at any time."""
    _write(output / JSON, as_json(found))
    _write(output / HTML, html(found))


def _write(path: Path, text: str) -> None:
    try:
        with replacing(path) as partial:
            partial.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"{path} can't be written ({error.strerror}). Make room or name another place.") from error
