"""A convolutional network from scratch: its layers, their gradients and its training, in numpy alone.

Claim: in about two minutes of one processor core it learns to read over 98 % of the MNIST test images.
Reproduce it with: python -m invariance scratch && python -m invariance evaluate scratch

Source: P. Doshi, "Convolutional neural networks" (2020), section II.A for the mathematics, and section IV, which
proposes such a network as future work.
"""
