"""Which execution provider really runs a model, and why not another.

CUDA runs everything where it can. Else OpenVINO, where its extra is installed and can, runs batches, which it is faster
at, and the CPU the rest. One that computes in less than float32 is passed over.

onnxruntime names CUDA as available whenever it was built for it, GPU or not, and falls back to the CPU with a line on
the console. Here the GPU and its libraries are looked for first, so nothing is printed, and what is reported is what
the opened session says of itself.
"""

import contextlib
import ctypes
import importlib.util
import io
import json
import os
import re
import sys
from functools import cache
from importlib import metadata
from typing import NamedTuple

import numpy as np
import onnxruntime as ort
from onnx import helper, numpy_helper
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from invariance import UserError

QUIET = 4  # what goes wrong is raised, and said by who catches it; not printed on the console too
ort.set_default_logger_severity(QUIET)
ort.disable_telemetry_events()  # on Windows, where the variable in invariance/__init__.py is not read
CUDA, OPENVINO, CPU = "CUDAExecutionProvider", "OpenVINOExecutionProvider", "CPUExecutionProvider"
# Exact float32 as on the CPU (no TF32), and no long search for an algorithm at each new batch size.
CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
# Exact float32 too: it would compute in bfloat16 on processors that have it.
OPENVINO_SETTINGS = {"INFERENCE_PRECISION_HINT": "f32"}
CHOICES = ("auto", "cuda", "openvino", "cpu")
FELL_BACK = {  # what is said where a session isn't on the provider that it was opened for
    CUDA: "onnxruntime could not load its CUDA libraries (it needs CUDA 13 and cuDNN 9)",
    OPENVINO: "it takes no part of this network",
}
OUT_OF_MEMORY = "not enough memory"  # what is said of it
# What opening or running a session raises: onnxruntime's own exceptions share no base of their own.
ORT_ERRORS = (
    RuntimeError,
    *(kind for kind in vars(ort_state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
)


class ProviderError(UserError):
    """INVARIANCE_PROVIDER asks for something that is not to be had."""


class Provider(NamedTuple):
    """What runs a model."""

    name: str  # "CUDA", "OpenVINO" or "CPU"
    reason: str  # why it is not CUDA (nor OpenVINO, if that is installed), a clause after "because", or ""

    def __str__(self) -> str:
        name = "OpenVINO for batches and CPU for single images" if self.name == "OpenVINO" else self.name
        return f"{name}, because {self.reason}" if self.reason else name


def said(error: Exception) -> str:
    """What onnxruntime says, in one line: without the places in its own sources, which no reader can go to."""
    text = str(error).strip()[:2000]  # it may quote a name of any length, which what follows would take hours for
    text = re.sub(r"\[ONNXRuntimeError\] : \d+ : \w+ : ", "", text)
    text = re.sub(r"\S+\.(cc|cpp|h|hpp|cu)\b:?\d*", "", text)
    text = re.sub(r"(\b\w+ )?\S*(onnxruntime|std|onnx)::.*?\) (const )?|\[with .*?\]| with schema\(\S+\)", "", text)
    text = re.sub("std::bad_alloc|Failed to allocate memory for requested buffer", OUT_OF_MEMORY, text)
    line = next((line.strip(" .:") for line in text.splitlines() if line.strip(" .:")), type(error).__name__)
    return re.sub(r"(?<!\w)/[\w.~/-]+/", "", line)[:300]


def asked() -> str:
    """$INVARIANCE_PROVIDER: "auto" (the default), "cuda" (or an error), "openvino" (for batches, or an error) or "cpu".

    Raises:
        ProviderError: it is something else.
    """
    value = os.environ.get("INVARIANCE_PROVIDER", "").lower() or "auto"
    if value not in CHOICES:
        raise ProviderError(f"INVARIANCE_PROVIDER is {value!r}; set it to {', '.join(CHOICES[:-1])} or {CHOICES[-1]}.")
    return value


@cache
def why_not_cuda() -> str:
    """Why CUDA can't run here, a clause after "because"; "" if nothing speaks against it."""
    if CUDA not in ort.get_available_providers():
        if len(packages := onnxruntime_packages()) > 1:
            return f"{' and '.join(packages)} are installed together, which disables CUDA; uninstall both, then one"
        return f"the installed package {packages[0] if packages else 'onnxruntime'} is built without CUDA"
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return "no NVIDIA driver was found on this machine"
    count = ctypes.c_int()
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0 or count.value == 0:
        return "the NVIDIA driver sees no GPU"
    with contextlib.redirect_stdout(io.StringIO()) as said:  # preload_dlls prints what it can't load
        ort.preload_dlls()
    if "Failed" in said.getvalue():
        missing = said.getvalue().split("Failed to load ")[1].split(":")[0]
        return f"{missing} of CUDA is missing; run: pip install 'onnxruntime-gpu[cuda,cudnn]'"
    return ""


@cache
def why_not_openvino() -> str:
    """Why OpenVINO can't run here, a clause after "because"; "" if nothing speaks against it."""
    if not openvino_installed():
        return "the package onnxruntime-ep-openvino is not installed; run: pip install 'invariance-lab[openvino]'"
    import onnxruntime_ep_openvino

    try:
        ort.register_execution_provider_library(OPENVINO, onnxruntime_ep_openvino.get_library_path())
    except (*ORT_ERRORS, OSError) as error:
        return f"onnxruntime could not load it ({said(error)})"
    return "" if _openvino_devices() else "it finds no processor by Intel on this machine"


@cache
def openvino_installed() -> bool:
    """Whether the extra openvino is."""
    return importlib.util.find_spec("onnxruntime_ep_openvino") is not None


def batches_apart() -> bool:
    """Whether batches may run on another provider than single images: on OpenVINO."""
    return asked() == "openvino" or (asked() == "auto" and openvino_installed() and bool(why_not_cuda()))


def _openvino_devices() -> list:
    """The processor as OpenVINO offers it: no graphics card beside it, whose numbers are rounded."""
    return [
        each for each in ort.get_ep_devices() if each.ep_name == OPENVINO and each.ep_metadata.get("ov_device") == "CPU"
    ]


def onnxruntime_packages() -> list[str]:
    """Names of the installed distributions that provide the module onnxruntime; more than one break each other."""
    names = ("onnxruntime", "onnxruntime-gpu")
    return [name for name in names if list(metadata.Distribution.discover(name=name))]


def open_session(
    model: bytes,
    threads: int = 0,
    options: ort.SessionOptions | None = None,
    *,
    arena: bool = False,
    batches: bool = False,
) -> tuple[ort.InferenceSession, Provider]:
    """Open a model on the best provider that $INVARIANCE_PROVIDER allows.

    Args:
        model: the content of an .onnx file.
        threads: for one operator on the CPU; 0 means $INVARIANCE_THREADS, else one a core.
        options: further session options.
        arena: keep the memory of the largest batch for the next ones, which makes them up to twice as fast; for
            batches that stay small.
        batches: it is for batches, so that OpenVINO may run it.

    Returns:
        The session and what it really runs on.

    Raises:
        ProviderError: CUDA or OpenVINO was asked for by name and can't run.
        One of ORT_ERRORS: the model can't be opened.
    """
    options = _set(options or ort.SessionOptions(), threads, arena)
    wanted = asked()
    reason = "INVARIANCE_PROVIDER asks for it" if wanted in ("cpu", "openvino") else why_not_cuda()
    if not reason:
        session, reason = _opened(CUDA, model, options)
        if not reason:
            return session, Provider("CUDA", "")
    if wanted == "cuda":
        raise ProviderError(
            f"INVARIANCE_PROVIDER=cuda, but CUDA can't run: {reason}. Mend that, or unset the variable to use the CPU."
        )
    if batches and batches_apart():
        problem = why_not_openvino()
        if not problem:
            session, problem = _opened(OPENVINO, model, _set(ort.SessionOptions(), threads, arena))
        if not problem:
            return session, Provider("OpenVINO", reason)
        if wanted == "openvino":
            raise ProviderError(
                f"INVARIANCE_PROVIDER=openvino, but OpenVINO can't run: {problem}. Mend that, or unset the variable to "
                "use the CPU."
            )
        reason += f", and OpenVINO is left out since {problem}"
    return ort.InferenceSession(model, options, providers=[CPU]), Provider("CPU", reason)


def _set(options: ort.SessionOptions, threads: int, arena: bool) -> ort.SessionOptions:
    """The options with what is the same for every session; see open_session()."""
    options.intra_op_num_threads = threads or _threads()
    # Threads that spin while they wait for work take the cores from other sessions, and pages ask several in a row.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = QUIET
    options.enable_cpu_mem_arena = arena
    return options


def _threads() -> int:
    """What INVARIANCE_THREADS asks for; 0, as many as there are cores, without it."""
    wanted = os.environ.get("INVARIANCE_THREADS") or "0"
    if not (wanted.isascii() and wanted.isdigit()):
        raise ProviderError(f"INVARIANCE_THREADS={wanted}: expected a whole number of threads, or 0 for all cores.")
    return int(wanted)


def _opened(provider: str, model: bytes, options: ort.SessionOptions) -> tuple[ort.InferenceSession | None, str]:
    """A session on CUDA or OpenVINO, or none and why not, a clause after "because"."""
    try:
        session = _session(provider, model, options)
        if session.get_providers()[0] != provider:
            return None, FELL_BACK[provider]
        return (session, "") if in_float32(provider) else (None, "it computes in less than float32 here")
    except ORT_ERRORS as error:  # some systems raise where others fall back; the CPU then shows if it is the model
        return None, f"onnxruntime could not start it ({said(error)})"


def _session(provider: str, model: bytes, options: ort.SessionOptions) -> ort.InferenceSession:
    if provider == CUDA:
        return ort.InferenceSession(model, options, providers=[(CUDA, CUDA_OPTIONS), CPU])
    settings = dict(OPENVINO_SETTINGS)
    if options.intra_op_num_threads:
        settings["INFERENCE_NUM_THREADS"] = str(options.intra_op_num_threads)
    options.add_provider_for_devices(_openvino_devices(), {"load_config": json.dumps({"CPU": settings})})
    return ort.InferenceSession(model, options)


@cache
def in_float32(provider: str) -> bool:
    """Whether a provider computes in float32, with 24 binary digits: bfloat16 keeps 8 of them, TF32 11.

    A convolution and a matrix product take the mean of many 1 + 2^-12, which is 1 if they are rounded on the way.

    Raises:
        One of ORT_ERRORS: it can't run at all.
    """
    one, other = np.full((16, 16, 3, 3), 2**-7, np.float32), np.full((576, 16), 2**-9, np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "one"], ["maps"]),
        helper.make_node("Flatten", ["maps"], ["row"]),
        helper.make_node("MatMul", ["row", "other"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(*end) for end in (("x", 1, ["n", 16, 8, 8]), ("y", 1, ["n", 16]))]
    weights = [numpy_helper.from_array(one, "one"), numpy_helper.from_array(other, "other")]
    graph = helper.make_graph(nodes, "products", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = _session(provider, model.SerializeToString(), _set(ort.SessionOptions(), 0, arena=False))
    images = np.full((16, 16, 8, 8), 1 + 2**-12, np.float32)
    (found,) = session.run(None, {"x": images})
    expected = (144 * 2**-7) * (576 * 2**-9) * (1 + 2**-12)
    return bool(np.allclose(found, expected, rtol=2**-15, atol=0))
