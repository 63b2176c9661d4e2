"""Changes made to training images as they are seen, so that no two epochs are alike."""

import math

import torch
from torch.nn import functional

BILINEAR = {"mode": "bilinear", "padding_mode": "zeros", "align_corners": True}
SMOOTH = 4  # pixels, of elastic()
SHIFT = 2  # pixels that flip_and_shift and shifted move an image at most, each way ...
SHIFT_AND_CUT = 4  # ... and shift_and_cut
CUT = 12  # pixels a side of the square that it covers
GREY = 0.47  # about the mean of CIFAR-10's training images


def any_angle(images: torch.Tensor) -> torch.Tensor:
    """Turn each image (N, C, H, W) by its own random angle in 0..360°, as invariance.transforms.rotation does.

    About the centre ((H-1)/2, (W-1)/2), counter-clockwise, bilinear, zeros outside.
    """
    angles = torch.rand(len(images), device=images.device) * 2 * math.pi
    return rotate(images, angles)


def rotate(images: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
    """Turn images (N, C, H, H) counter-clockwise by angles (N,) in radians."""
    return functional.grid_sample(images, sources(images, angles), **BILINEAR)


def affine(images: torch.Tensor, turn: float, scale: float, shift: float) -> torch.Tensor:
    """Turn, enlarge and shift each image (N, C, H, H) by its own random amounts; bilinear, zeros outside.

    turn: degrees, at most either way; scale: enlarged or shrunk by at most this share; shift: pixels, at most each way.
    """
    angle, size, right, down = 2 * torch.rand(4, len(images), device=images.device) - 1
    shifts = shift * torch.stack([right, down], 1)
    grid = sources(images, math.radians(turn) * angle, 1 + scale * size, shifts)
    return functional.grid_sample(images, grid, **BILINEAR)


def elastic(images: torch.Tensor, strength: float) -> torch.Tensor:
    """Bend each image (N, C, H, H) at random, as if drawn on rubber; bilinear, zeros outside.

    A random displacement of every pixel, smoothed by a Gaussian of standard deviation SMOOTH pixels:

        x'(p) = x(p + d(p)),  d = strength · G * u,  u uniform in [-1, 1]², G scaled so that Σ G² = 1

    so that a pixel moves by about strength / √3 pixels each way.
    After P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks applied to visual
    document analysis" (2003).
    """
    count, _, height, width = images.shape
    steps = torch.arange(-3 * SMOOTH, 3 * SMOOTH + 1, device=images.device)
    bell = torch.exp(-((steps / SMOOTH) ** 2) / 2)
    bell = bell / bell.square().sum().sqrt()
    random = 2 * torch.rand(2 * count, 1, height, width, device=images.device) - 1
    down = functional.conv2d(random, bell[None, None, :, None], padding=(3 * SMOOTH, 0))
    moved = strength * functional.conv2d(down, bell[None, None, None, :], padding=(0, 3 * SMOOTH))
    moved = moved.view(count, 2, height, width).permute(0, 2, 3, 1)
    grid = sources(images, torch.zeros(count, device=images.device)) + moved * 2 / (height - 1)
    return functional.grid_sample(images, grid, **BILINEAR)


def sources(
    images: torch.Tensor, angles: torch.Tensor, scales: torch.Tensor | float = 1.0, shifts: torch.Tensor | None = None
) -> torch.Tensor:
    """Where each output pixel comes from, (N, H, H, 2) as grid_sample() takes it: images (N, C, H, H) are moved by
    shifts (N, 2) pixels, right and down, then turned counter-clockwise by angles (N,) in radians and enlarged by scales
    (N,) about the centre, with which the shift is turned and enlarged too."""
    cos, sin = torch.cos(angles) / scales, torch.sin(angles) / scales
    still = torch.zeros(len(images), 2, device=angles.device)
    right, down = (still if shifts is None else -shifts * 2 / (images.shape[-1] - 1)).unbind(1)
    # y points down, so that turning counter-clockwise on the screen is (c, -s; s, c).
    source = torch.stack([torch.stack([cos, -sin, right], 1), torch.stack([sin, cos, down], 1)], 1)  # (N, 2, 3)
    return functional.affine_grid(source, list(images.shape), align_corners=True)


def slightly_moved(images: torch.Tensor) -> torch.Tensor:
    """By up to a pixel, and a tenth larger or smaller: what was upright stays upright."""
    return affine(images, turn=0, scale=0.1, shift=1)


def turned_and_shifted(images: torch.Tensor) -> torch.Tensor:
    """By up to 20° and a fifth of the image, as An et al. 2020 do."""
    return affine(images, turn=20, scale=0, shift=images.shape[-1] / 5)


def turned_and_bent(images: torch.Tensor) -> torch.Tensor:
    """By up to 10°, and by about half a pixel."""
    return bent(affine(images, turn=10, scale=0, shift=0))


def bent(images: torch.Tensor) -> torch.Tensor:
    """By about half a pixel."""
    return elastic(images, strength=0.8)


def flip_and_shift(images: torch.Tensor) -> torch.Tensor:
    """Mirror each image (N, C, H, W) or not, and shift it by up to SHIFT pixels; the border is reflected."""
    return _shifted(images, SHIFT, mirror=0.5)


def shifted(images: torch.Tensor) -> torch.Tensor:
    """Shift each image (N, C, H, W) by up to SHIFT pixels; the border is reflected."""
    return _shifted(images, SHIFT, mirror=0)


def _shifted(images: torch.Tensor, most: int, mirror: float) -> torch.Tensor:
    """Images moved by up to `most` pixels each way, the border reflected, and with this probability mirrored."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (most,) * 4, mode="reflect")
    down, right = torch.randint(0, 2 * most + 1, (2, count, 1), device=images.device)
    flip = torch.rand(count, 1, device=images.device) < mirror
    columns = torch.arange(width, device=images.device)
    columns = torch.where(flip, width - 1 - columns, columns) + right  # (N, W)
    rows = torch.arange(height, device=images.device) + down  # (N, H)
    return _at(padded, rows, columns)


def shift_and_cut(images: torch.Tensor) -> torch.Tensor:
    """Shift each image (N, C, H, W) by up to SHIFT_AND_CUT pixels, the border reflected, and cover a grey square of
    CUT x CUT pixels somewhere.

    After T. DeVries, G. Taylor, "Improved regularization of convolutional neural networks with cutout" (2017).
    """
    images = _shifted(images, SHIFT_AND_CUT, mirror=0)
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
