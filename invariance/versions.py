"""The versions of what makes the numbers."""

import platform
import tomllib
from importlib import metadata

import numpy as np
import onnxruntime

from invariance.files import PROJECT


def versions() -> dict[str, str]:
    """By name: Python, numpy and onnxruntime, and this library."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
        "invariance-lab": _own(),
    }


def _own() -> str:
    try:
        return metadata.version("invariance-lab")
    except metadata.PackageNotFoundError:  # a checkout that isn't installed
        return tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
