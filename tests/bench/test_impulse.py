import numpy as np
import pytest
import torch

from invariance.bench.impulse import Comparison, compare, depth, impulse_response, support
from invariance.bench.systems import SYSTEMS, System, without_constant
from invariance.bench.verdicts import TOLERANCE, is_lti, noise, verdicts
from invariance.operators import OperatorError
from invariance.operators.convolution import convolve, convolve_circular
from invariance.operators.kernels import KERNELS
from tests.conftest import case
from tests.tolerances import FLOAT

RNG = np.random.default_rng(2)
VERDICTS = verdicts()
IMAGE = RNG.standard_normal((1, 8, 12))


def made(apply, stride=None):
    return System("made", "Made", apply, "", stride=stride)


@pytest.mark.parametrize("size", [(3, 3), (1, 5), (4, 2), (8, 12)])
def test_the_response_of_a_random_kernel_is_the_kernel(size):
    kernel = RNG.standard_normal(size)
    found = impulse_response(made(lambda x: convolve_circular(x, kernel, flip=True)), IMAGE.shape)
    assert found.shape == (1, 1, 8, 12)
    np.testing.assert_array_equal(found[0, 0, : size[0], : size[1]], kernel)
    assert np.count_nonzero(found) == kernel.size


def test_cross_correlation_answers_with_the_kernel_turned():
    kernel = RNG.standard_normal((3, 3))
    found = impulse_response(made(lambda x: convolve_circular(x, kernel)), IMAGE.shape)[0, 0]
    np.testing.assert_array_equal(np.roll(found, (2, 2), (0, 1))[:3, :3], kernel[::-1, ::-1])


def test_each_channel_has_its_own_response():
    """A torch convolution around the edges, of 3 channels to 2, in single precision."""
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(3, 2, 3, padding=1, padding_mode="circular", bias=False)
    system = made(lambda x: layer(torch.from_numpy(x)).detach().numpy())
    image = RNG.standard_normal((3, 6, 8)).astype(np.float32)
    found = impulse_response(system, image.shape, np.float32)
    assert found.dtype == np.float32
    centred = np.roll(found, (1, 1), (-2, -1))[..., :3, :3]
    np.testing.assert_array_equal(centred, layer.weight.detach().numpy()[..., ::-1, ::-1])
    for index in range(2):
        assert compare(system, image, index).deviation < 10 * FLOAT
        np.testing.assert_array_equal(compare(system, image, index).output, system.apply(image[None])[0, index])


def test_the_convolution_is_the_operator_exactly_if_it_is_linear_and_follows_shifts():
    for name in [name for name in SYSTEMS if name != "flatten"]:
        with case(name):
            found = compare(SYSTEMS[name], IMAGE)
            if is_lti(VERDICTS[name]):
                assert found.deviation < TOLERANCE[IMAGE.dtype]
            else:
                assert 0.05 < found.deviation <= 2
            np.testing.assert_array_equal(found.output, SYSTEMS[name].apply(IMAGE[None])[0, 0])
            assert found.convolution.shape == found.output.shape


@pytest.mark.parametrize("name", ["convolution", "max", "average", "softmax", "zero_padded"])
def test_the_convolution_is_the_one_of_the_fourier_transform(name):
    found = compare(SYSTEMS[name], IMAGE)
    product = np.fft.fft2(IMAGE[0]) * np.fft.fft2(found.response[0])
    step = SYSTEMS[name].stride or (1, 1)
    np.testing.assert_allclose(found.convolution, np.fft.ifft2(product).real[:: step[0], :: step[1]], atol=1e-12)
    difference, *sides = map(np.linalg.norm, (found.output - found.convolution, found.output, found.convolution))
    assert found.deviation == pytest.approx(difference / max(sides), abs=1e-12)


def test_the_bench_s_kernel_comes_back_and_the_zeros_around_it_change_the_border_alone():
    kernel = KERNELS["emboss"].matrix
    for name in ("convolution", "zero_padded"):
        found = compare(SYSTEMS[name], IMAGE)
        np.testing.assert_array_equal(np.roll(found.response[0], (1, 1), (0, 1))[:3, :3], kernel)
        assert depth(found) == (1 if name == "zero_padded" else 0)


@pytest.mark.parametrize(
    ("places", "expected"), [([], 0), ([(0, 3)], 1), ([(5, 6)], 1), ([(1, 3), (0, 0)], 2), ([(3, 3)], 3)]
)
def test_how_deep_a_difference_lies(places, expected):
    output = np.ones((6, 7))
    changed = output.copy()
    for place in places:
        changed[place] += 1e-3
    assert depth(Comparison(IMAGE, output, changed, 0.0)) == expected
    assert depth(Comparison(IMAGE, output, output + 1e-12, 0.0)) == 0


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_support_is_the_kernel_and_no_more(kind):
    kernel = np.array([[0, 0, 2.0, 0], [1, 0, 0, -1]], kind)
    response = np.zeros((9, 8), kind)
    response[4:6, 3:7] = kernel
    response[0, 0] = 1e-12
    np.testing.assert_array_equal(support(np.fft.ifftshift(response)), kernel)
    assert support(np.zeros((4, 4), kind)).shape == (0, 0)
    assert support(np.ones((3, 5), kind)).shape == (3, 5)


def test_without_padding_all_places_are_told_by_one_impulse():
    kernel = RNG.standard_normal((3, 3))
    found = compare(made(lambda x: convolve(x, kernel), (1, 1)), IMAGE)
    assert found.output.shape == (6, 10)
    assert found.deviation < 1e-12


def test_after_a_stride_one_impulse_has_seen_one_phase_only():
    """Averaging 2 x 2 answers an impulse at a block's top left with a quarter there; the other places are unseen."""
    for image in (IMAGE, IMAGE[:, :6, :10]):  # the middle of which is a block's beginning, or is not
        found = compare(SYSTEMS["average"], image)
        np.testing.assert_allclose(found.convolution, image[0, ::2, ::2] / 4)
    assert not compare(SYSTEMS["pick"], IMAGE).convolution.any()


def test_what_is_left_of_an_affine_operator_is_told_by_one_impulse():
    for name in ("bias", "batch_normalisation"):
        assert compare(SYSTEMS[name], IMAGE).deviation > 0.05
        assert compare(without_constant(SYSTEMS[name]), IMAGE).deviation < 1e-12


def test_nothing_in_nothing_out():
    assert compare(SYSTEMS["dropout"], np.zeros((1, 4, 4))).deviation == 0


def test_an_output_without_places_on_the_image_is_refused():
    with pytest.raises(OperatorError, match="Flattening: the places of its output don't lie on the image's pixels"):
        compare(SYSTEMS["flatten"], IMAGE)
    with pytest.raises(OperatorError, match="no kernel"):
        impulse_response(made(lambda x: x[..., :5, :7]), IMAGE.shape)


def test_any_size_of_noise():
    assert noise(2, (1, 3, 5)).shape == (2, 1, 3, 5)
    assert not np.array_equal(noise(1, (4,)), noise(1, (4,), seed=1))
