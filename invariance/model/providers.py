"""Which execution provider really runs a model, and why not another.

onnxruntime names CUDA as available whenever it was built for it, GPU or not, and falls back to the CPU with a line on
the console. Here the GPU and its libraries are looked for first, so nothing is printed, and what is reported is what
the opened session says of itself.
"""

import contextlib
import ctypes
import io
import os
import re
import sys
from functools import cache
from importlib import metadata
from typing import NamedTuple

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from invariance import UserError

QUIET = 4  # what goes wrong is raised, and said by who catches it; not printed on the console too
ort.set_default_logger_severity(QUIET)
ort.disable_telemetry_events()  # on Windows, where the variable in invariance/__init__.py is not read
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
# Exact float32 as on the CPU (no TF32), and no long search for an algorithm at each new batch size.
CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
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

    name: str  # "CUDA" or "CPU"
    reason: str  # why it is not CUDA, a clause after "because", or ""

    def __str__(self) -> str:
        return f"{self.name}, because {self.reason}" if self.reason else self.name


def said(error: Exception) -> str:
    """What onnxruntime says, in one line: without the places in its own sources, which no reader can go to."""
    text = re.sub(r"\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(error).strip())
    text = re.sub(r"\S+\.(cc|cpp|h|hpp|cu)\b:?\d*", "", text)
    text = re.sub(r"(\b\w+ )?\S*(onnxruntime|std|onnx)::.*?\) (const )?|\[with .*?\]| with schema\(\S+\)", "", text)
    text = re.sub("std::bad_alloc|Failed to allocate memory for requested buffer", OUT_OF_MEMORY, text)
    line = next((line.strip(" .:") for line in text.splitlines() if line.strip(" .:")), type(error).__name__)
    return re.sub(r"(?<!\w)/[\w.~/-]+/", "", line)[:300]


def asked() -> str:
    """$INVARIANCE_PROVIDER: "auto" (the default: CUDA, else CPU), "cuda" (or an error) or "cpu".

    Raises:
        ProviderError: it is something else.
    """
    value = os.environ.get("INVARIANCE_PROVIDER", "").lower() or "auto"
    if value not in ("auto", "cuda", "cpu"):
        raise ProviderError(f"INVARIANCE_PROVIDER is {value!r}; set it to auto, cuda or cpu.")
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


def onnxruntime_packages() -> list[str]:
    """Names of the installed distributions that provide the module onnxruntime; more than one break each other."""
    names = ("onnxruntime", "onnxruntime-gpu")
    return [name for name in names if list(metadata.Distribution.discover(name=name))]


def open_session(
    model: bytes, threads: int = 0, options: ort.SessionOptions | None = None, *, arena: bool = False
) -> tuple[ort.InferenceSession, Provider]:
    """Open a model on the best provider that $INVARIANCE_PROVIDER allows.

    Args:
        model: the content of an .onnx file.
        threads: for one operator on the CPU; 0 means $INVARIANCE_THREADS, else one a core.
        options: further session options.
        arena: keep the memory of the largest batch for the next ones, which makes them up to twice as fast; for
            batches that stay small.

    Returns:
        The session and what it really runs on.

    Raises:
        ProviderError: CUDA was asked for by name and can't run.
        One of ORT_ERRORS: the model can't be opened.
    """
    options = options or ort.SessionOptions()
    options.intra_op_num_threads = threads or int(os.environ.get("INVARIANCE_THREADS", 0))
    # Threads that spin while they wait for work take the cores from other sessions, and pages ask several in a row.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = QUIET
    options.enable_cpu_mem_arena = arena
    wanted = asked()
    reason = "INVARIANCE_PROVIDER asks for it" if wanted == "cpu" else why_not_cuda()
    if not reason:
        session, reason = _open_on_cuda(model, options)
        if not reason:
            return session, Provider("CUDA", "")
    if wanted == "cuda":
        raise ProviderError(
            f"INVARIANCE_PROVIDER=cuda, but CUDA can't run: {reason}. Mend that, or unset the variable to use the CPU."
        )
    return ort.InferenceSession(model, options, providers=[CPU]), Provider("CPU", reason)


def _open_on_cuda(model: bytes, options: ort.SessionOptions) -> tuple[ort.InferenceSession | None, str]:
    try:
        session = ort.InferenceSession(model, options, providers=[(CUDA, CUDA_OPTIONS), CPU])
    except ORT_ERRORS as error:  # some systems raise where others fall back; the CPU then shows if it is the model
        return None, f"onnxruntime could not start it ({str(error).splitlines()[0]})"
    if session.get_providers()[0] != CUDA:
        return None, "onnxruntime could not load its CUDA libraries (it needs CUDA 13 and cuDNN 9)"
    return session, ""
