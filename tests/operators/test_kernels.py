import numpy as np
import pytest

from invariance.operators import OperatorError
from invariance.operators.convolution import convolve
from invariance.operators.kernels import KERNELS, binomial
from invariance.operators.shapes import vertical_line
from tests.conftest import case
from tests.tolerances import FLOAT

FLAT_BECOMES = {  # what 1 everywhere becomes: 0 for kernels that find differences, 1 for those that keep brightness
    **dict.fromkeys(("vertical", "horizontal", "laplacian", "outline", "prewitt_bottom", "prewitt_right"), 0),
    **dict.fromkeys(("sobel_top", "sobel_bottom", "sobel_left", "sobel_right"), 0),
    **dict.fromkeys(("box", "gaussian", "gaussian5", "sharpen", "emboss"), 1),
    **dict.fromkeys(("identity", "shift_right", "shift_down"), 1),
}
IMAGE = np.random.default_rng(2).random((9, 9), np.float32)


def matrix(name):
    return KERNELS[name].matrix


def test_an_entry_is_complete():
    for name in KERNELS:
        with case(name):
            kernel = KERNELS[name]
            assert kernel.name == name
            assert kernel.title
            assert kernel.source
            assert kernel.about.endswith(".")
            assert kernel.matrix.dtype == np.float32
            assert kernel.matrix.ndim == 2
            with pytest.raises(ValueError, match="read-only"):
                kernel.matrix[0, 0] = 7
            assert convolve(np.ones((8, 8)), kernel.matrix) == pytest.approx(FLAT_BECOMES[name], abs=FLOAT)


def test_titles_and_matrices_are_different():
    assert len({kernel.title for kernel in KERNELS.values()}) == len(KERNELS)
    assert len({kernel.matrix.tobytes() for kernel in KERNELS.values()}) == len(KERNELS)


def test_krishnans_kernel_finds_both_sides_of_his_line():
    found = convolve(vertical_line(), matrix("vertical"), padding="same")
    assert found.shape == (7, 8)
    np.testing.assert_array_equal(found[:-1], [[0, 0, -2, 0, 2, 0, 0, 0]] * 6)
    np.testing.assert_array_equal(found[-1], [0, 0, -1, 0, 1, 0, 0, 0])  # the row below is padding
    assert not convolve(vertical_line(), matrix("horizontal")).any()


@pytest.mark.parametrize(
    ("name", "bright"),
    [
        ("sobel_top", np.s_[:4]),
        ("sobel_bottom", np.s_[4:]),
        ("sobel_left", np.s_[:, :4]),
        ("sobel_right", np.s_[:, 4:]),
        ("prewitt_bottom", np.s_[4:]),
        ("prewitt_right", np.s_[:, 4:]),
        ("horizontal", np.s_[:4]),
        ("vertical", np.s_[:, :4]),
    ],
)
def test_edges_are_positive_on_their_side_only(name, bright):
    image = np.zeros((8, 8))
    image[bright] = 1
    found = convolve(image, matrix(name))
    assert found.max() > 0 == found.min()
    assert convolve(1 - image, matrix(name)).max() == 0
    assert not convolve(image.T, matrix(name)).any()  # nothing along the edge


def test_the_sobels_are_one_turned():
    np.testing.assert_array_equal(matrix("sobel_bottom"), [[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    for quarter, side in enumerate(("bottom", "right", "top", "left")):  # counter-clockwise
        np.testing.assert_array_equal(np.rot90(matrix("sobel_bottom"), quarter), matrix(f"sobel_{side}"))


def test_shifts_shift_and_identity_keeps():
    def run(name):
        return convolve(IMAGE, matrix(name), padding="same")

    np.testing.assert_array_equal(run("identity"), IMAGE)
    np.testing.assert_array_equal(run("shift_right")[:, 1:], IMAGE[:, :-1])
    np.testing.assert_array_equal(run("shift_down")[1:], IMAGE[:-1])


def test_kernels_made_of_others():
    np.testing.assert_array_equal(matrix("sharpen"), matrix("identity") - matrix("laplacian"))
    np.testing.assert_allclose(matrix("outline"), 9 * (matrix("identity") - matrix("box")), atol=FLOAT)
    twice = convolve(matrix("gaussian"), matrix("gaussian"), padding="full", flip=True)
    np.testing.assert_allclose(matrix("gaussian5"), twice, atol=FLOAT)
    np.testing.assert_array_equal(16 * matrix("gaussian"), [[1, 2, 1], [2, 4, 2], [1, 2, 1]])


def test_binomial_weights():
    with pytest.raises(OperatorError, match="at least 1, not 0"):
        binomial(0)
    assert binomial(1).tolist() == [1]
    assert (8 * binomial(4)).tolist() == [1, 3, 3, 1]
    assert (64 * binomial(7)).tolist() == [1, 6, 15, 20, 15, 6, 1]
