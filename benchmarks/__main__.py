"""python -m benchmarks: run every comparison, print the table, write benchmarks/results.json."""

import json
import sys
from pathlib import Path

from benchmarks import app_start, inside, live_sweep, memory, predict, rotation_sweep, training_epoch
from benchmarks.stamp import stamp
from invariance import UserError
from invariance.evaluation import records
from invariance.files import replacing
from invariance.model import Model

RESULTS = Path(__file__).parent / "results.json"
BENCHMARKS = (predict, rotation_sweep, inside, training_epoch, app_start, live_sweep, memory)


def main() -> None:
    provider = Model(records.EXPORTED / "lenet5.onnx").provider
    print(f"on {provider}")
    rows = []
    for number, benchmark in enumerate(BENCHMARKS, 1):
        print(f"[{number}/{len(BENCHMARKS)}] {benchmark.__doc__.splitlines()[0]}")
        for row in benchmark.measure():
            rows.append(row.as_dict())
            budget = f"   ({row.budget}: {rows[-1]['kept']})" if row.budget else ""
            print(f"  {row.what:58} {rows[-1]['value']:>8} {row.unit}{budget}", flush=True)
    with replacing(RESULTS) as partial:
        partial.write_text(json.dumps({"stamp": stamp(provider.name), "rows": rows}, indent=1) + "\n")
    print(f"written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(str(error))
