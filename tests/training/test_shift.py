"""What kinds of downsampling promise about shifts: layer by layer, and of whole exported networks before training."""

import itertools

import numpy as np
import onnx
import pytest
import torch
from torch import nn
from torch.nn import functional

from invariance.evaluation import records
from invariance.model import Model
from invariance.operators.antialiased import antialiased_max_pool
from invariance.operators.polyphase import phases, polyphase_max_pool, polyphase_sample
from tests.conftest import all_rolls, is_a_roll, some_rolls
from tests.tolerances import EXPORT, FLOAT
from tests.training.conftest import pictures
from training.augment import any_shift
from training.layers.blur_pool import max_blur_pool
from training.layers.circular_pad import CircularPad
from training.layers.polyphase import PolyphaseSample, max_polyphase_pool
from training.recipes import RECIPES

KINDS = ("plain", "blur", "polyphase", "augmented")
COMPARED = [f"{dataset}-shift-{kind}" for dataset in ("mnist", "cifar") for kind in KINDS]
STEADY = ["mnist-shift-polyphase", "cifar-shift-polyphase", "mnist-invariant"]
UNSTEADY = ["mnist-shift-plain", "mnist-shift-blur", "cifar-shift-plain", "cifar-shift-blur", "mnist-mlp"]
CUDA = {  # with the types used here, of onnxruntime's list of operators and their kernels (OperatorKernels.md)
    *("ArgMax", "AveragePool", "Cast", "Concat", "Conv", "Div", "Equal", "Gemm", "GreaterOrEqual", "Max", "MaxPool"),
    *("Mod", "Mul", "ReduceMax", "ReduceMean", "ReduceSum", "Relu", "Reshape", "Slice", "Split", "Sub"),
    *("Unsqueeze", "Where"),
}


def maps(count, channels, height, width, seed=0):
    """Signed maps, float32."""
    return np.random.default_rng(seed).standard_normal((count, channels, height, width)).astype(np.float32)


def run(layer, images):
    with torch.inference_mode():
        return layer(torch.from_numpy(np.ascontiguousarray(images))).numpy()


@pytest.mark.parametrize(("before", "after"), [(1, 1), (0, 1), (1, 2), (3, 0), (0, 0), (4, 4)])
def test_circular_padding_goes_on_with_the_other_side(before, after):
    images = maps(2, 3, 4, 6)
    expected = np.pad(images, ((0, 0), (0, 0), (before, after), (before, after)), mode="wrap")
    np.testing.assert_array_equal(run(CircularPad(before, after), images), expected)


@pytest.mark.parametrize("size", [(8, 8), (6, 10), (2, 2)])
def test_blurred_pooling_is_the_operator_and_pytorch_s_convolution(size):
    images = maps(3, 4, *size)
    found = run(max_blur_pool(), images)
    np.testing.assert_allclose(found, antialiased_max_pool(images), atol=FLOAT)
    largest = functional.max_pool2d(functional.pad(torch.from_numpy(images), (0, 1, 0, 1), mode="circular"), 2, 1)
    weights = torch.tensor([1.0, 2, 1]).outer(torch.tensor([1.0, 2, 1])) / 16
    wide = functional.pad(largest, (1, 1, 1, 1), mode="circular")
    expected = functional.conv2d(wide, weights.expand(4, 1, 3, 3), stride=2, groups=4)
    np.testing.assert_allclose(found, expected.numpy(), atol=FLOAT)


@pytest.mark.parametrize("size", [(8, 8), (6, 10), (2, 2)])
def test_polyphase_sampling_is_the_operator(size):
    images = maps(40, 3, *size)
    found = run(PolyphaseSample(), images)
    np.testing.assert_array_equal(found, polyphase_sample(images, jointly=True))
    np.testing.assert_array_equal(run(max_polyphase_pool(), images), polyphase_max_pool(images, jointly=True))
    kept = [
        next(i for i, phase in enumerate(phases(image).swapaxes(0, 1)) if np.array_equal(phase, one))
        for image, one in zip(images, found, strict=True)
    ]
    assert set(kept) == {0, 1, 2, 3}  # every image chooses for itself


def test_gradients_go_to_the_kept_places_alone():
    images = torch.from_numpy(maps(10, 2, 6, 8)).requires_grad_()
    kept = PolyphaseSample()(images)
    weights = torch.randn(kept.shape)
    (kept * weights).sum().backward()
    for image, grad, one, weight in zip(images.detach(), images.grad, kept.detach(), weights, strict=True):
        for p, q in itertools.product((0, 1), repeat=2):
            chosen = torch.equal(image[:, p::2, q::2], one)
            assert torch.equal(grad[:, p::2, q::2], weight if chosen else torch.zeros_like(weight))


@pytest.mark.parametrize("kind", ["random", "constant", "black", "stripes"])
def test_a_shift_only_moves_what_polyphase_pooling_gives(kind):
    image = {
        "random": maps(1, 3, 8, 12)[0],
        "constant": np.full((3, 8, 12), 0.1, np.float32),
        "black": np.zeros((3, 8, 12), np.float32),
        "stripes": np.tile(np.array([0.1, 0.7], np.float32), (3, 8, 6)),
    }[kind]
    still = run(max_polyphase_pool(), image[None])[0]
    moved = run(max_polyphase_pool(), all_rolls(image))
    assert all(is_a_roll(still, one) for one in moved)


@pytest.mark.parametrize("layer", [nn.MaxPool2d(2), max_blur_pool()], ids=["plain", "blur"])
def test_downsampling_from_a_fixed_place_breaks_the_law(layer):
    image = maps(1, 3, 8, 12)[0]
    still, moved, whole = run(layer, np.stack([np.roll(image, shift, (1, 2)) for shift in ((0, 0), (0, 1), (2, -4))]))
    assert not is_a_roll(still, moved)
    assert is_a_roll(still, whole)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("layer", [PolyphaseSample(), max_polyphase_pool()], ids=["sample", "pool"])
def test_a_quarter_turn_only_turns_and_moves_what_polyphase_pooling_gives(layer, quarters):
    for seed in range(5):
        image = maps(1, 3, 8, 8, seed)
        still, turned = run(layer, image)[0], run(layer, np.rot90(image, quarters, (2, 3)))[0]
        assert is_a_roll(np.rot90(still, quarters, (1, 2)), turned)


def test_norms_that_differ_by_less_than_float32_can_tell_decide_the_same_way_at_every_shift():
    # Two phases hold the same numbers in another order, but for one that is a little larger.
    rng = np.random.default_rng(0)
    values = rng.random(14 * 14, np.float32)
    image = np.zeros((1, 28, 28), np.float32)
    image[0, ::2, ::2] = values.reshape(14, 14)
    other = rng.permutation(values)
    other[0] *= np.float32(1 + 1e-6)
    image[0, 1::2, ::2] = other.reshape(14, 14)
    still = run(PolyphaseSample(), image[None])[0]
    np.testing.assert_array_equal(still, image[:, 1::2, ::2])
    for moved in run(PolyphaseSample(), all_rolls(image)):
        np.testing.assert_array_equal(np.sort(moved.ravel()), np.sort(other))


def test_training_images_are_moved_around_the_edges_every_shift_as_likely():
    image = maps(1, 3, 4, 5)[0]
    shifts = {one.tobytes(): index for index, one in enumerate(all_rolls(image))}
    torch.manual_seed(0)
    changed = any_shift(torch.from_numpy(image).repeat(8000, 1, 1, 1)).numpy()
    counts = np.bincount([shifts[one.tobytes()] for one in changed], minlength=20)  # a KeyError is no shift at all
    assert abs(counts - 400).max() < 5 * np.sqrt(400)
    several = maps(6, 1, 4, 5)
    for before, after in zip(several, any_shift(torch.from_numpy(several)).numpy(), strict=True):
        assert is_a_roll(before, after)


@pytest.fixture
def opened(untrained):
    """A function: name of a recipe -> its network, untrained, through onnxruntime."""
    return lambda name: Model(untrained(name).path)


@pytest.mark.parametrize("name", STEADY)
@pytest.mark.parametrize("picture", range(3), ids=["digit", "square", "noise"])
def test_no_circular_shift_changes_the_answer_of_an_untrained_network(name, picture, opened):
    model = opened(name)
    image = pictures(model.card.shape)[picture]
    still = model.logits(image[None])
    turns = range(4) if name == "mnist-invariant" else [0]
    for quarters in turns:
        moved = model.logits(some_rolls(np.rot90(image, quarters, (1, 2))))
        np.testing.assert_allclose(moved, np.broadcast_to(still, moved.shape), atol=EXPORT)
        assert set(moved.argmax(1)) == {still.argmax()}
    assert np.ptp(still) > 100 * EXPORT


def test_a_quarter_turn_changes_the_answer_without_group_convolutions(opened):
    model = opened("mnist-shift-polyphase")
    images = pictures(model.card.shape)[::2]
    turned = np.rot90(images, 1, (2, 3)).copy()
    assert np.abs(model.logits(turned) - model.logits(images)).max(1).min() > 10 * EXPORT


@pytest.mark.parametrize("name", UNSTEADY)
def test_a_shift_by_one_changes_the_logits_of_the_others(name, opened):
    model = opened(name)
    images = pictures(model.card.shape)
    moved = model.logits(np.roll(images, 1, 3))
    assert np.abs(moved - model.logits(images)).max() > 10 * EXPORT


@pytest.mark.parametrize("name", ["mnist-shift-plain", "mnist-shift-blur", "cifar-shift-plain", "cifar-shift-blur"])
def test_the_others_hold_for_multiples_of_the_total_stride(name, opened):
    model, stride = opened(name), 4 if name.startswith("mnist") else 8
    image = pictures(model.card.shape)[2]
    size = image.shape[1]
    still, *moved = model.logits(
        np.stack([np.roll(image, shift, (1, 2)) for shift in itertools.product(range(0, size, stride), repeat=2)])
    )
    np.testing.assert_allclose(moved, np.broadcast_to(still, (len(moved), 10)), atol=EXPORT)
    if name.endswith("plain"):  # of noise, the blur leaves less than a ten-thousandth
        half = model.logits(np.roll(image, stride // 2, 2)[None])
        assert np.abs(half - still).max() > 10 * EXPORT


@pytest.mark.parametrize("name", [*STEADY, "mnist-shift-blur"])
def test_an_image_gets_the_same_answer_alone_and_in_any_batch(name, opened):
    model = opened(name)
    images = np.random.default_rng(4).random((7, *model.card.shape), np.float32)
    together = model.logits(images)
    np.testing.assert_allclose(np.concatenate([model.logits(image[None]) for image in images]), together, atol=EXPORT)


@pytest.mark.parametrize("name", [*STEADY, *UNSTEADY])
def test_the_file_uses_operators_that_the_cuda_provider_has(name, opened):
    nodes = onnx.load_from_string(opened(name).data).graph.node
    assert {node.op_type for node in nodes} - {"Flatten"} <= CUDA
    assert all(node.domain == "" for node in nodes)


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (58_658, [f"mnist-shift-{kind}" for kind in KINDS]),
        (133_242, [f"cifar-shift-{kind}" for kind in KINDS]),
        (162_770, ["mnist-invariant"]),
        (59_186, ["mnist-mlp"]),
    ],
)
def test_parameters_are_as_many_as_the_docstring_says(count, names):
    for name in names:
        assert sum(parameter.numel() for parameter in RECIPES[name].build().parameters()) == count


@pytest.mark.parametrize("dataset", ["mnist", "cifar"])
def test_the_compared_networks_start_and_train_alike(dataset):
    names = [name for name in COMPARED if name.startswith(dataset)]
    states, settings = [], []
    for name in names:
        torch.manual_seed(RECIPES[name].seed)
        states.append([*RECIPES[name].build().state_dict().values()])
        differing = {"name", "title", "source", "build", "augment"}
        settings.append({key: value for key, value in RECIPES[name].settings().items() if key not in differing})
    for state in states[1:]:
        assert all(torch.equal(one, other) for one, other in zip(state, states[0], strict=True))
    assert all(each == settings[0] for each in settings)
    assert [name for name in names if RECIPES[name].augment] == [f"{dataset}-shift-augmented"]
    assert RECIPES[names[0]].build is RECIPES[names[3]].build
    kinds = {nn.MaxPool2d: "plain", nn.AvgPool2d: "blur", PolyphaseSample: "polyphase"}
    for name, kind in zip(names, ("plain", "blur", "polyphase", "plain"), strict=True):
        pools = {type([*layer.modules()][-1]) for key, layer in RECIPES[name].build().named_children() if "pool" in key}
        assert [kinds[pool] for pool in pools] == [kind]


@pytest.mark.parametrize("dataset", ["mnist", "cifar"])
def test_the_one_without_convolutions_trains_alike_too(dataset):
    differing = {"name", "title", "source", "build"}
    settings = [
        {key: value for key, value in RECIPES[name].settings().items() if key not in differing}
        for name in (f"{dataset}-shift-plain", f"{dataset}-mlp")
    ]
    assert settings[0] == settings[1]


@pytest.mark.parametrize("name", ["mnist-shift-polyphase", "mnist-invariant"])
def test_no_circular_shift_changes_the_answer_of_the_trained_network(name, mnist_test):
    path = records.EXPORTED / f"{name}.onnx"
    if not path.exists():
        pytest.skip(f"needs {path.name}; run: python -m training {name}")
    model = Model(path)
    rng = np.random.default_rng(0)
    images = mnist_test.images[:50].astype(np.float32) / 255
    still = model.logits(images)
    for quarters in range(4) if name == "mnist-invariant" else [0]:
        turned = np.rot90(images, quarters, (2, 3))
        for shift in rng.integers(0, 28, (20, 2)):
            moved = model.logits(np.roll(turned, shift, (2, 3)))
            np.testing.assert_allclose(moved, still, atol=EXPORT)
