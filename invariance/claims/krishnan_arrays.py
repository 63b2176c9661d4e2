"""What Krishnan's arrays and loops give, run as they are printed."""

from itertools import pairwise

import numpy as np

from invariance.images.pixels import to_uint8
from invariance.number_words import number, percent
from invariance.operators.activations import relu
from invariance.operators.convolution import convolve
from invariance.operators.pooling import average_pool, global_average, max_pool
from invariance.operators.shapes import circle, vertical_line

KERNEL = np.float32([[1, -1], [1, -1]])  # array 2
ROUNDS = 4  # of either loop of pooling
POINTING = np.pad(np.tri(3, dtype=np.float32), 2)  # a corner that points one way: not its own mirror image


def bits_of_a_colour_pixel() -> float:
    return float(8 * to_uint8(np.zeros((3, 1, 1), np.float32)).nbytes)


def mirrored_by_a_shift() -> float:
    """1 if some shift around the edges makes an image its mirror image."""
    shifts = np.ndindex(POINTING.shape)
    return float(any(np.array_equal(np.roll(POINTING, shift, (0, 1)), POINTING[:, ::-1]) for shift in shifts))


def pixels_a_stride() -> float:
    """How far apart stride 2 takes its sums, among those of stride 1: pixels; 0 if none fits."""
    every, some = convolve(vertical_line(), KERNEL), convolve(vertical_line(), KERNEL, stride=2)
    return float(next((step for step in range(1, 4) if np.array_equal(some, every[::step, ::step])), 0))


def convolved() -> np.ndarray:
    """Picture 4: the line of array 1 under the kernel of array 2, as large as the line, (7, 8)."""
    return convolve(vertical_line(), KERNEL, padding="same")


def finds_the_line() -> float:
    """1 if the kernel answers on the line and nowhere else."""
    return float(np.array_equal(convolved() != 0, vertical_line() != 0))


def answers_on_the_line() -> str:
    """Where the kernel answers, in a sentence."""
    places = ", ".join(f"{number(value)} in column {column}" for column, value in enumerate(convolved()[0]) if value)
    line = " and ".join(map(str, np.flatnonzero(vertical_line()[0])))
    return f"The line is in columns {line}, and the answers are {places}: the kernel finds its two edges."


def relu_leaves_the_line() -> float:
    """1 if the convolved line is other than 0 after ReLU in the line's columns and in no other."""
    return float(np.array_equal((relu(convolved()) != 0).any(0), (vertical_line() != 0).any(0)))


def columns_after_relu() -> str:
    """Which columns those are, in a sentence."""
    left = ", ".join(map(str, np.flatnonzero((relu(convolved()) != 0).any(0))))
    return f"Left is column {left}: the edge where it grows darker to the right. The other edge is set to 0."


def pooled(pool, image: np.ndarray) -> np.ndarray:
    """Windows of 2, 2 apart, with TensorFlow's padding "SAME": a last window of what is left over, if anything is."""
    return pool(image, padding=(0, 1) if 1 in (image.shape[0] % 2, image.shape[1] % 2) else 0)


def loops_as_printed() -> tuple[list[int], list[int]]:
    """How many pixels wide the circle is after each round of max pooling, then of average pooling.

    Both loops read and write the same variable, circle_, which nothing sets back in between.
    """
    image, widths = circle(64, 8, (32, 32)), []
    for pool in [max_pool] * ROUNDS + [average_pool] * ROUNDS:
        image = pooled(pool, image)
        widths.append(image.shape[1])
    return widths[:ROUNDS], widths[ROUNDS:]


def halves() -> float:
    """1 if each round of max pooling halves the circle's height and width."""
    widths = [64, *loops_as_printed()[0]]
    return float(all(after == before / 2 for before, after in pairwise(widths)))


def is_one_window() -> float:
    """1 if global pooling is pooling with a window as large as the map."""
    image = np.arange(36, dtype=np.float32).reshape(6, 6)
    return float(np.array_equal(global_average(image), average_pool(image, 6)))


def grows_by_pooling() -> float:
    """1 if max pooling makes the line's largest answer larger."""
    rectified = relu(convolved())
    return float(pooled(max_pool, rectified).max() > rectified.max())


def what_pooling_grows() -> str:
    """The largest answer and the share of the map that answers, before and after max pooling, in two sentences."""
    before = relu(convolved())
    after = pooled(max_pool, before)
    shares = " to ".join(percent(float((values != 0).mean()), 1) for values in (before, after))
    return (
        f"The largest answer is {before.max():g} before and {after.max():g} after, as it is of any map: the largest of "
        f"all is the largest of its window. What grows is the share of the map that answers, from {shares}."
    )
