import os
import subprocess
import sys
import types

import numpy as np
import pytest

from invariance.evaluation import records
from invariance.model import providers
from invariance.model.providers import ProviderError, open_session

NO_GPU = bool(providers.why_not_cuda())
BYTES = (records.EXPORTED / "lenet5.onnx").read_bytes()


def open_model(asked):
    """What a fresh process prints when it opens a model with INVARIANCE_PROVIDER=asked."""
    code = (
        "from pathlib import Path; from invariance.evaluation import records; from invariance.model import Model;"
        "import numpy as np; model = Model(records.EXPORTED / 'lenet5.onnx');"
        "model.predict(np.zeros((1, 1, 28, 28), np.float32)); print(model.provider)"
    )
    environment = os.environ | {"INVARIANCE_PROVIDER": asked}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


def test_onnxruntime_writes_nothing_down_and_tells_nobody(tmp_path):
    code = (
        "from invariance.evaluation import records; from invariance.model import Model;"
        "Model(records.EXPORTED / 'lenet5.onnx')"
    )
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", code], env=environment | {"HOME": str(tmp_path)}, check=True)
    assert not [*tmp_path.rglob("*")]  # it keeps a number for the machine there, and what is yet to be sent


@pytest.mark.skipif(not NO_GPU, reason="a machine with a GPU runs on it")
@pytest.mark.parametrize("asked", ["", "auto"])
def test_without_a_gpu_the_cpu_runs_with_the_reason_and_nothing_else_is_printed(asked):
    found = open_model(asked)
    assert found.stdout.startswith(("CPU, because ", "OpenVINO for batches and CPU for single images, because "))
    assert len(found.stdout.splitlines()) == 1
    assert found.stderr == ""


@pytest.mark.skipif(not NO_GPU, reason="a machine with a GPU has CUDA")
def test_cuda_asked_by_name_and_absent_is_an_error_not_a_fallback():
    found = open_model("cuda")
    assert found.returncode != 0
    assert "INVARIANCE_PROVIDER=cuda, but CUDA can't run: " in found.stderr


def test_the_cpu_asked_by_name_runs():
    assert open_model("cpu").stdout.strip() == "CPU, because INVARIANCE_PROVIDER asks for it"


def test_another_word_is_refused(monkeypatch):
    monkeypatch.setenv("INVARIANCE_PROVIDER", "tpu")
    with pytest.raises(ProviderError, match="'tpu'; set it to auto, cuda, openvino or cpu"):
        open_session(BYTES)


def test_as_many_threads_as_asked_for_and_nothing_that_is_no_number(monkeypatch):
    for value, threads in (("", 0), ("0", 0), ("3", 3)):
        monkeypatch.setenv("INVARIANCE_THREADS", value)
        session, _ = open_session(BYTES)
        assert session.get_session_options().intra_op_num_threads == threads
    for value in ("two", "-1", "1.5"):
        monkeypatch.setenv("INVARIANCE_THREADS", value)
        with pytest.raises(ProviderError, match=f"INVARIANCE_THREADS={value}: expected a whole number of threads"):
            open_session(BYTES)


def test_a_cuda_that_does_not_start_falls_back_and_says_so(monkeypatch):
    # A driver with a GPU is pretended; the session itself then tells the truth.
    monkeypatch.setattr(providers, "why_not_cuda", lambda: "")
    monkeypatch.delenv("INVARIANCE_PROVIDER", raising=False)
    session, provider = open_session(BYTES)
    assert session.get_providers()[0] == {"CUDA": providers.CUDA, "CPU": providers.CPU}[provider.name]
    assert bool(provider.reason) == (provider.name == "CPU")


class Rounding:
    """A session on CUDA that keeps so many binary digits of its input, as TF32 and bfloat16 do; of means."""

    def __init__(self, digits):
        self.digits = digits

    def get_providers(self):
        return [providers.CUDA, providers.CPU]

    def run(self, names, feed):
        fraction, power = np.frexp(feed["x"][:, :, 0, 0])
        kept = np.ldexp(np.round(fraction * 2.0**self.digits) / 2.0**self.digits, power)
        return [(kept * (144 / 128) * (576 / 512)).astype(np.float32)]


def test_a_provider_that_rounds_to_fewer_digits_is_passed_over_and_said(monkeypatch):
    monkeypatch.setattr(providers, "why_not_cuda", lambda: "")
    monkeypatch.delenv("INVARIANCE_PROVIDER", raising=False)
    for digits, name in ((24, "CUDA"), (11, "CPU"), (8, "CPU")):
        monkeypatch.setattr(providers, "_session", lambda *given, digits=digits: Rounding(digits))
        providers.in_float32.cache_clear()
        session, provider = open_session(BYTES)
        assert provider.name == name
        assert provider.reason == ("" if name == "CUDA" else "it computes in less than float32 here")
        assert session.get_providers()[0] == {"CUDA": providers.CUDA, "CPU": providers.CPU}[name]
    monkeypatch.setenv("INVARIANCE_PROVIDER", "cuda")
    with pytest.raises(ProviderError, match="less than float32"):
        open_session(BYTES)
    providers.in_float32.cache_clear()


@pytest.mark.skipif(not providers.why_not_openvino(), reason="OpenVINO runs here")
def test_openvino_asked_by_name_and_absent_is_an_error_for_batches(monkeypatch):
    monkeypatch.setenv("INVARIANCE_PROVIDER", "openvino")
    with pytest.raises(ProviderError, match="INVARIANCE_PROVIDER=openvino, but OpenVINO can't run: "):
        open_session(BYTES, batches=True)


def answering(code):
    """A driver whose calls return code and which counts no GPU."""
    return types.SimpleNamespace(cuInit=lambda flags: code, cuDeviceGetCount=lambda count: code)


@pytest.mark.parametrize(("code", "reason"), [(0, "sees no GPU"), (100, "sees no GPU")])
def test_a_driver_without_a_gpu_is_told_apart_from_no_driver(monkeypatch, code, reason):
    monkeypatch.setattr(providers.ort, "get_available_providers", lambda: [providers.CUDA, providers.CPU])
    monkeypatch.setattr(providers.ctypes, "CDLL", lambda name: answering(code))
    assert reason in providers.why_not_cuda.__wrapped__()


def test_two_packages_at_once_are_named(monkeypatch):
    monkeypatch.setattr(providers.ort, "get_available_providers", lambda: [providers.CPU])
    monkeypatch.setattr(providers, "onnxruntime_packages", lambda: ["onnxruntime", "onnxruntime-gpu"])
    assert "installed together" in providers.why_not_cuda.__wrapped__()


def test_missing_cuda_libraries_are_named_with_the_command(monkeypatch):
    driver = types.SimpleNamespace(cuInit=lambda flags: 0, cuDeviceGetCount=lambda count: set_one(count))
    monkeypatch.setattr(providers.ort, "get_available_providers", lambda: [providers.CUDA, providers.CPU])
    monkeypatch.setattr(providers.ctypes, "CDLL", lambda name: driver)
    monkeypatch.setattr(
        providers.ort, "preload_dlls", lambda: print("Failed to load libcublasLt.so.13: cannot open"), raising=False
    )
    assert "libcublasLt.so.13 of CUDA is missing; run: pip install" in providers.why_not_cuda.__wrapped__()


def set_one(reference):
    reference._obj.value = 1
    return 0


SAID = {  # by onnxruntime: in words for a person
    "[ONNXRuntimeError] : 1 : FAIL : Exception during initialization: [ONNXRuntimeError] : 1 : FAIL : Too small": (
        "Exception during initialization: Too small"
    ),
    "[ONNXRuntimeError] : 1 : FAIL : /onnxruntime_src/onnxruntime/core/graph/graph.cc:1587 void "
    "onnxruntime::Graph::InitializeStateFromModelFileGraphProto() This is an invalid model. \n": (
        "This is an invalid model"
    ),
    "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : while running Conv node. Name:'a' Status Message: std::bad_alloc": (
        "while running Conv node. Name:'a' Status Message: not enough memory"
    ),
    "[ONNXRuntimeError] : 10 : INVALID_GRAPH : Error Node with schema(::Relu:14) has input size 3": (
        "Error Node has input size 3"
    ),
    "[ONNXRuntimeError] : 1 : FAIL : Load model from /home/me/secret/x.onnx failed": "Load model from x.onnx failed",
    "": "RuntimeError",
}


def test_what_onnxruntime_says_is_told_without_its_own_language():
    for text, words in SAID.items():
        assert providers.said(RuntimeError(text)) == words
