"""Invariance Lab: measure what a convolutional network's answer survives.

Pure functions on arrays, on numpy, onnx, onnxruntime and Pillow. Never torch, never streamlit.
"""

import os

# Before anything imports onnxruntime, which would write a number for this machine and send its maker what it runs.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


class UserError(ValueError):
    """Something the person can mend; the message says what was expected, what came and what to do."""
