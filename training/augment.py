"""Changes made to training images as they are seen, so that no two epochs are alike."""

import math

import torch
from torch.nn import functional


def any_angle(images: torch.Tensor) -> torch.Tensor:
    """Turn each image (N, C, H, W) by its own random angle in 0..360°, as invariance.transforms.rotation does.

    About the centre ((H-1)/2, (W-1)/2), counter-clockwise, bilinear, zeros outside.
    """
    angles = torch.rand(len(images), device=images.device) * 2 * math.pi
    return rotate(images, angles)


def rotate(images: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
    """Turn images (N, C, H, H) counter-clockwise by angles (N,) in radians."""
    cos, sin = torch.cos(angles), torch.sin(angles)
    zero = torch.zeros_like(cos)
    # Where an output pixel comes from; y points down, so that turning counter-clockwise on the screen is (c, -s; s, c).
    source = torch.stack([torch.stack([cos, -sin, zero], 1), torch.stack([sin, cos, zero], 1)], 1)  # (N, 2, 3)
    grid = functional.affine_grid(source, list(images.shape), align_corners=True)
    return functional.grid_sample(images, grid, "bilinear", "zeros", align_corners=True)
