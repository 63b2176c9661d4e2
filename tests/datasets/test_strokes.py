import numpy as np

from invariance.datasets import STROKES, data_dir, strokes
from invariance.images.pixels import to_float
from invariance.measures import accuracy


def test_the_same_seed_writes_the_same_digits_and_another_seed_others():
    assert np.array_equal(strokes.generate(20, 3).images, strokes.generate(20, 3).images)
    assert not np.array_equal(strokes.generate(20, 3).images, strokes.generate(20, 4).images)


def test_training_and_test_digits_differ():
    train, test = (STROKES.load(split, data_dir()).images for split in ("train", "test"))
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in test}


def test_digits_keep_off_the_border_and_are_drawn_in_full():
    images = strokes.generate(500, 5).images[:, 0]
    border = np.ones((28, 28), bool)
    border[1:-1, 1:-1] = False
    assert images[:, border].max() == 0
    assert images.max((1, 2)).min() == 255


def test_a_spline_passes_through_its_points():
    points = np.random.default_rng(0).random((6, 2))
    np.testing.assert_allclose(strokes.spline(points, steps=4)[::4], points, atol=1e-12)


def test_a_straight_row_of_points_stays_straight():
    line = np.linspace([0, 1], [3, -2], 4)
    curve = strokes.spline(line)
    np.testing.assert_allclose(curve.sum(1), 1, atol=1e-12)


def test_a_network_trained_on_people_s_digits_reads_them(lenet5):
    split = STROKES.load("test", data_dir())
    assert len(split.images) == 1000
    assert accuracy(lenet5.predict(to_float(split.images)).argmax(1), split.labels).value >= 0.9
