"""python -m benchmarks [NAME …]: run all comparisons, or those named; prints the table, writes results.json."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks import (
    app_start,
    bad_input,
    inside,
    live_sweep,
    load,
    memory,
    predict,
    report,
    rotation_sweep,
    soak,
    training_epoch,
)
from benchmarks.stamp import stamp
from invariance import UserError
from invariance.evaluation import records
from invariance.files import replacing
from invariance.model import Model

RESULTS = Path(__file__).parent / "results.json"
BENCHMARKS = {
    each.__name__.rpartition(".")[2]: each
    for each in (
        predict,
        rotation_sweep,
        inside,
        training_epoch,
        app_start,
        live_sweep,
        memory,
        load,
        soak,
        report,
        bad_input,
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(": ")[2])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; all if none is named")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        raise UserError(f"{', '.join(sorted(unknown))}: expected some of {', '.join(BENCHMARKS)}.")
    names = [name for name in BENCHMARKS if name in asked.names or not asked.names]
    provider = Model(records.EXPORTED / "lenet5.onnx").provider
    print(f"on {provider}")
    now = stamp(provider.name)
    before = json.loads(RESULTS.read_text("utf-8"))["rows"]
    rows = {name: [row for row in before if row["benchmark"] == name] for name in BENCHMARKS}
    for number, name in enumerate(names, 1):
        print(f"[{number}/{len(names)}] {BENCHMARKS[name].__doc__.splitlines()[0]}")
        rows[name] = []
        for row in BENCHMARKS[name].measure():
            made = {"benchmark": name} | row.as_dict() | {"commit": now["commit"]}
            rows[name].append(made)
            budget = f"   ({row.budget}: {made['kept']})" if row.budget else ""
            print(f"  {row.what:58} {made['value']:>8} {row.unit}{budget}", flush=True)
        with replacing(RESULTS) as partial:
            kept = [row for each in rows.values() for row in each]
            partial.write_text(json.dumps({"stamp": now, "rows": kept}, indent=1) + "\n")
    print(f"written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(str(error))
