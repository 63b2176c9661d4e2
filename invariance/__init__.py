"""Invariance Lab: measure what a convolutional network's answer survives.

Pure functions on arrays, on numpy, onnx, onnxruntime and Pillow. Never torch, never streamlit.
"""


class UserError(ValueError):
    """Something the person can mend; the message says what was expected, what came and what to do."""
