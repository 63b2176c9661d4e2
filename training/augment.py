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


SHIFT = 2  # pixels that flip_and_shift moves an image at most, each way ...
SHIFT_AND_CUT = 4  # ... and flip_shift_and_cut
CUT = 8  # pixels a side of the square that it covers
GREY = 0.47  # about the mean of CIFAR-10's training images


def flip_and_shift(images: torch.Tensor, most: int = SHIFT) -> torch.Tensor:
    """Mirror each image (N, C, H, W) or not, and shift it by up to `most` pixels; the border is reflected."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (most,) * 4, mode="reflect")
    down, right = torch.randint(0, 2 * most + 1, (2, count, 1), device=images.device)
    flip = torch.rand(count, 1, device=images.device) < 0.5
    columns = torch.arange(width, device=images.device)
    columns = torch.where(flip, width - 1 - columns, columns) + right  # (N, W)
    rows = torch.arange(height, device=images.device) + down  # (N, H)
    return _at(padded, rows, columns)


def flip_shift_and_cut(images: torch.Tensor) -> torch.Tensor:
    """As flip_and_shift, by up to SHIFT_AND_CUT pixels, and a grey square covers CUT x CUT pixels somewhere.

    After T. DeVries, G. Taylor, "Improved regularization of convolutional neural networks with cutout" (2017).
    """
    images = flip_and_shift(images, SHIFT_AND_CUT)
    count, _, height, width = images.shape
    top = torch.randint(0, height - CUT + 1, (count, 1), device=images.device)
    left = torch.randint(0, width - CUT + 1, (count, 1), device=images.device)
    rows, columns = torch.arange(height, device=images.device), torch.arange(width, device=images.device)
    in_rows, in_columns = (rows >= top) & (rows < top + CUT), (columns >= left) & (columns < left + CUT)
    return images.masked_fill(in_rows[:, None, :, None] & in_columns[:, None, None, :], GREY)


def any_shift(images: torch.Tensor) -> torch.Tensor:
    """Move each image (N, C, H, W) around its edges by its own random numbers of pixels, every shift as likely."""
    count, _, height, width = images.shape
    rows, columns = (
        (torch.arange(size, device=images.device) + torch.randint(size, (count, 1), device=images.device)) % size
        for size in (height, width)
    )
    return _at(images, rows, columns)


def _at(images: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Of each image (N, C, H, W) its own rows (N, H') and columns (N, W')."""
    image = torch.arange(len(images), device=images.device)[:, None, None, None]
    channel = torch.arange(images.shape[1], device=images.device)[:, None, None]
    return images[image, channel, rows[:, None, :, None], columns[:, None, None, :]]
