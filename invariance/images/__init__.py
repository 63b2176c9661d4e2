"""Bytes or pen strokes -> float32 (C, H, W) in [0, 1] -> the image that a network was trained on."""
