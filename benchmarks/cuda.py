"""python -m benchmarks.cuda: check every exported model on an NVIDIA GPU. Exits 1 without one, or if a check fails.

For each model: every operator runs on the CUDA provider, none falls back; logits are within 1e-3 of the CPU's; latency
of one image and throughput of a thousand, with the copies between host and GPU and without.
"""

import os
import sys

import numpy as np
import onnxruntime as ort

from benchmarks.timing import in_turns
from invariance.evaluation import records
from invariance.model import Model
from invariance.model.model import LARGE_BATCH_VALUES
from invariance.model.providers import CUDA, ProviderError, open_session

TOLERANCE = 1e-3
MANY = 1000


def check(path) -> list[str]:
    """Check one model; print what was found and return what is wrong."""
    data = path.read_bytes()
    options = ort.SessionOptions()
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    session, _ = open_session(data, options=options)
    elsewhere = [
        f"{node.op_type} {node.name} on {part.ep_name}"
        for part in session.get_provider_graph_assignment_info()
        if part.ep_name != CUDA
        for node in part.get_nodes()
    ]
    cpu = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    taken, given = session.get_inputs()[0], session.get_outputs()[0]
    shape = taken.shape[1:]
    many = min(MANY, max(1, LARGE_BATCH_VALUES // int(np.prod(shape))))
    images = np.random.default_rng(0).random((many, *shape), np.float32)
    difference = float(
        np.abs(
            session.run([given.name], {taken.name: images})[0] - cpu.run([given.name], {taken.name: images})[0]
        ).max()
    )
    calls = []
    for batch in (images[:1], images):
        binding = session.io_binding()
        binding.bind_ortvalue_input(taken.name, ort.OrtValue.ortvalue_from_numpy(batch, "cuda", 0))
        binding.bind_output(given.name, "cuda")
        calls.append(lambda batch=batch: session.run([given.name], {taken.name: batch}))
        calls.append(lambda binding=binding: session.run_with_iobinding(binding))
    one, one_bare, all_, all_bare = in_turns(calls, rounds=10, repeats=20)
    print(f"{path.stem}: logits differ from the CPU's by at most {difference:.1e}")
    print(f"  one image: {one * 1e3:.3g} ms with copies, {one_bare * 1e3:.3g} ms without")
    print(f"  {many} images: {many / all_:,.0f} a second with copies, {many / all_bare:,.0f} without")
    wrong = [f"{path.stem}: not on CUDA: {', '.join(elsewhere)}"] if elsewhere else []
    if not difference <= TOLERANCE:
        wrong.append(f"{path.stem}: logits differ from the CPU's by {difference:.1e}, more than {TOLERANCE:.0e}")
    return wrong


def main() -> None:
    os.environ["INVARIANCE_PROVIDER"] = "cuda"
    paths = records.models()
    try:
        print(f"{len(paths)} models on {Model(paths[0]).provider}")
        wrong = [problem for path in paths for problem in check(path)]
    except ProviderError as error:
        sys.exit(f"nothing was checked: {error}")
    if wrong:
        sys.exit("\n".join(wrong))
    print("every operator of every model ran on CUDA and every answer agrees with the CPU's")


if __name__ == "__main__":
    main()
