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


SHIFT = 2  # pixels that flip_and_shift moves an image at most, each way


def flip_and_shift(images: torch.Tensor) -> torch.Tensor:
    """Mirror each image (N, C, H, W) or not, and shift it by up to SHIFT pixels; the border is filled by reflection."""
    count, channels, height, width = images.shape
    padded = functional.pad(images, (SHIFT,) * 4, mode="reflect")
    down, right = torch.randint(0, 2 * SHIFT + 1, (2, count, 1), device=images.device)
    flip = torch.rand(count, 1, device=images.device) < 0.5
    columns = torch.arange(width, device=images.device)
    columns = torch.where(flip, width - 1 - columns, columns) + right  # (N, W)
    rows = torch.arange(height, device=images.device) + down  # (N, H)
    image = torch.arange(count, device=images.device)[:, None, None, None]
    channel = torch.arange(channels, device=images.device)[:, None, None]
    return padded[image, channel, rows[:, None, :, None], columns[:, None, None, :]]
