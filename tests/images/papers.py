"""Handwriting laid on paper by code, as people photograph it: with a desk, dirt, lines or other digits about it."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

SIDE = 168  # pixels of a digit's square: each of MNIST's pixels six times as large

Rng = np.random.Generator
Paper = Callable[[np.ndarray, np.ndarray, Rng], np.ndarray]


def enlarged(image: np.ndarray) -> np.ndarray:
    """uint8 (1, 28, 28) -> float32 (SIDE, SIDE), the amount of ink from 0 to 1."""
    large = Image.fromarray(image[0]).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.asarray(large, np.float32) / 255


def on_page(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """The ink somewhere on a larger page."""
    return np.pad(ink, [tuple(rng.integers(12, 120, 2)) for _ in range(2)])


def photographed(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """(H, W) -> (1, H, W): dark ink on paper in slanting light, with grain."""
    return with_grain(lit(ink, rng), rng)


def lit(ink: np.ndarray, rng: Rng) -> np.ndarray:
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]] / max(ink.shape)
    light = rng.uniform(0.6, 0.9) + rng.uniform(-0.2, 0.2) * x + rng.uniform(-0.2, 0.2) * y
    return light * (1 - rng.uniform(0.5, 0.9) * ink)


def with_grain(photo: np.ndarray, rng: Rng) -> np.ndarray:
    return np.clip(photo + rng.normal(0, 0.02, photo.shape), 0, 1)[None].astype(np.float32)


def drawn_on(ink: np.ndarray, draw: Callable[[ImageDraw.ImageDraw], None]) -> np.ndarray:
    """Ink and what is drawn, the darker of both."""
    picture = Image.new("F", ink.shape[::-1])
    draw(ImageDraw.Draw(picture))
    return np.maximum(ink, np.asarray(picture))


def desk(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    """The paper on a darker desk, seen at one to four of its sides, under one slant of light."""
    paper = lit(on_page(ink, rng), rng)
    seen = rng.permutation(4) < rng.integers(1, 5)
    around = (seen * rng.integers(15, 120, 4)).reshape(2, 2)
    photo = np.pad(paper, around, constant_values=rng.uniform(0.1, 0.4))
    return with_grain(photo * np.linspace(1, rng.uniform(0.75, 1), photo.shape[1]), rng)


def scan(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    """The paper on a darker ground, each of one shade, without grain."""
    around = rng.integers(0, 60, (2, 2))
    return np.pad(1 - 0.8 * on_page(ink, rng), around, constant_values=rng.uniform(0.1, 0.4))[None]


def shadow(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    """A shadow with a soft edge, anywhere on the page."""
    page = on_page(ink, rng)
    y, x = np.mgrid[: page.shape[0], : page.shape[1]] / max(page.shape)
    angle = rng.uniform(0, 2 * np.pi)
    across = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) + rng.uniform(-0.2, 0.2)
    return with_grain(lit(page, rng) * (1 - 0.35 / (1 + np.exp(-across / 0.06))), rng)


def specks(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    page = on_page(ink, rng)

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for _ in range(rng.integers(4, 20)):
            x, y, radius = *rng.uniform(0, page.shape[::-1]), rng.uniform(0.7, 4)
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=rng.uniform(0.6, 1))

    return photographed(drawn_on(page, draw), rng)


def ruled(ink: np.ndarray, rng: Rng, darkest: float, palest: float) -> np.ndarray:
    """Lines across the page and the digit, up to 2 degrees from level."""
    page = on_page(ink, rng)
    height, width = page.shape
    drop, shade = width * np.tan(np.deg2rad(rng.uniform(-2, 2))), rng.uniform(palest, darkest)
    distance, thickness = int(rng.integers(28, 60)), int(rng.integers(1, 4))

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for y in range(int(rng.integers(-30, 0)), height + 30, distance):
            pen.line([(0, y), (width, y + drop)], fill=shade, width=thickness)

    return photographed(drawn_on(page, draw), rng)


def ruled_paler(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    return ruled(ink, rng, 0.5, 0.2)


def ruled_as_dark(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    return ruled(ink, rng, 1, 0.8)


def margin_line(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    """A red or blue line from top to bottom, anywhere."""
    page = on_page(ink, rng)
    photo = np.repeat(photographed(page, rng), 3, 0)
    start = int(rng.integers(0, page.shape[1] - 5))
    line = photo[:, :, start : start + int(rng.integers(2, 5))]
    line *= np.array([(1, 0.35, 0.35), (0.35, 0.45, 1)][rng.integers(2)], np.float32)[:, None, None]
    return photo


def beside(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    """Another digit, 0.35 to 0.7 times as large, to the left or right."""
    page, size = on_page(ink, rng), int(SIDE * rng.uniform(0.35, 0.7))
    small = np.asarray(Image.fromarray(other).resize((size, size)))
    top = rng.integers(0, page.shape[0] - size)
    column = np.pad(small, [(top, page.shape[0] - size - top), (5, 5)])
    return photographed(np.concatenate([page, column][:: rng.choice([1, -1])], 1), rng)


def cut_beside(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    """Another digit as large, of which the picture's edge leaves a quarter to 0.6."""
    page, columns = on_page(ink, rng), np.flatnonzero(other.max(0) > 0.2)
    part = other[:, columns[0] : columns[0] + int(np.ptp(columns) * rng.uniform(0.25, 0.6))]
    top = rng.integers(0, page.shape[0] - SIDE)
    column = np.pad(part, [(top, page.shape[0] - SIDE - top), (0, 0)])
    return photographed(np.concatenate([page, column], 1), rng)


def frame(ink: np.ndarray, other: np.ndarray, rng: Rng) -> np.ndarray:
    """A thin dark frame at the edge or a little inside, in a photo or a clean picture."""
    page = on_page(ink, rng)
    height, width = page.shape
    inset, thickness = int(rng.choice([0, 0, 2, 6])), int(rng.integers(1, 5))
    box = (inset, inset, width - 1 - inset, height - 1 - inset)
    page = drawn_on(page, lambda pen: pen.rectangle(box, outline=1, width=thickness))
    return photographed(page, rng) if rng.random() < 0.5 else (1 - np.clip(page, 0, 1))[None]


SEVERAL = (beside, cut_beside)  # more than one piece of ink
PAPERS: tuple[Paper, ...] = (desk, scan, shadow, specks, ruled_paler, ruled_as_dark, margin_line, frame, *SEVERAL)
