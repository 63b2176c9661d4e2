"""Speed side by side: every figure is a ratio of two things timed in turns in one run, or has its budget beside it."""

import invariance  # noqa: F401  before onnxruntime is imported; see there
