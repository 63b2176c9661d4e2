"""The command line, a file a command, each with add()."""

import argparse
import os
import signal
import sys

from invariance import UserError
from invariance.cli import evaluate, fetch, inspect, quantise, report, results, scratch
from invariance.cli.columns import printable

COMMANDS = (fetch, inspect, report, evaluate, quantise, results, scratch)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets run, a function of the parsed arguments."""
    made = argparse.ArgumentParser(prog="python -m invariance", description="See and measure what an answer survives.")
    commands = made.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        command.add(commands)
    return made


def main() -> None:
    """Run what the command line asks for. What the person can mend is one sentence, and exit status 1."""
    arguments = parser().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what is temporary is removed
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads the output has seen enough, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except UserError as error:
        sys.exit(f"error: {printable(str(error))}")
    except KeyboardInterrupt:
        sys.exit("stopped; no file was changed half-way")
