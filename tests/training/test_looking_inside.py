"""Looking inside against PyTorch: what its hooks see of every recipe's network, and of architectures made elsewhere."""

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from invariance import UserError
from invariance.attribution.class_activation import class_activation
from invariance.attribution.occlusion import occlusion
from invariance.inside.architecture import convolutions, layers, sharing, summary
from invariance.inside.nodes import window
from invariance.inside.symmetry import layer_errors
from invariance.inside.values import Inside
from invariance.model import Card, Model
from invariance.transforms import TRANSFORMS
from tests.graphs import STRANGERS
from tests.tolerances import EXPORT
from tests.untrained import randomised
from training.export import export
from training.recipes import RECIPES

NORMS = (nn.BatchNorm2d,)


class Seen(NamedTuple):
    """What a hook saw of a module: the module, its result and its multiply-adds."""

    module: nn.Module
    result: torch.Tensor
    multiply_adds: int


def hooked(model, images):
    """Every module without modules of its own, by name, as it ran on images; and the model's answer."""
    seen = {}

    def hook(name):
        def see(module, given, result):
            count = 0
            if isinstance(module, nn.Conv2d | nn.Linear):
                count = result.numel() // len(images) * module.weight[0].numel()
            elif isinstance(module, nn.ConvTranspose2d):
                count = given[0][0].numel() * module.weight[0].numel()
            elif isinstance(module, nn.LSTM):
                steps = given[0].shape[1]  # (N, steps, inputs)
                result, count = result[0], steps * (module.weight_ih_l0.numel() + module.weight_hh_l0.numel())
            seen[name] = Seen(module, result, count)

        return see

    hooks = [
        module.register_forward_hook(hook(name)) for name, module in model.named_modules() if not [*module.children()]
    ]
    with torch.inference_mode():
        answer = model(torch.from_numpy(images))
    for each in hooks:
        each.remove()
    return seen, answer


# From the other end than test_models.py, which may run beside: neither exports what the other has.
@pytest.fixture(params=reversed(RECIPES))
def made(request, untrained):
    """A recipe's network with random weights, as it is exported; and what is inside its file."""
    network, path = untrained(request.param)
    return network, Inside(Model(path))


def matched(model, inside, images):
    """The name of each value that a module's result has in the file: its own, or that of the file's output."""
    seen, answer = hooked(model, images)
    names = {name: name for name in seen if name in inside.shapes}
    names |= {name: inside.output for name, each in seen.items() if each.result is answer}
    return seen, names


def pairs(seen, names):
    """Convolutions that the file has no value of, with the normalisation right behind that they were folded into."""
    order = list(seen)
    return {
        after: before
        for before, after in itertools.pairwise(order)
        if before not in names and isinstance(seen[before].module, nn.Conv2d) and isinstance(seen[after].module, NORMS)
    }


def noise(inside, count=2):
    return np.random.default_rng(0).random((count, *inside.model.card.shape), np.float32)


# What an export leaves out: nothing in evaluation, part of a convolution, part of the reshaping that follows.
GONE = nn.Dropout | nn.ZeroPad2d | nn.Flatten


def test_every_value_is_what_pytorch_s_hooks_see(made):
    model, inside = made
    images = noise(inside)
    seen, names = matched(model, inside, images)
    values = inside.values(list(names.values()), images)
    for name, value in names.items():
        np.testing.assert_allclose(values[value], seen[name].result.numpy(), atol=EXPORT, rtol=EXPORT, err_msg=name)
    left_out = set(seen) - set(names) - set(pairs(seen, names).values())
    assert not [name for name in left_out if not isinstance(seen[name].module, GONE)]


def test_the_layer_table_is_pytorch_s(made):
    """Shapes, parameters and multiply-adds of every module; where two were folded into one, those of the one."""
    model, inside = made
    images = noise(inside)
    seen, names = matched(model, inside, images)
    found = {layer.name: layer for layer in layers(inside)}
    folded = pairs(seen, names)
    listed = set()
    for name, value in names.items():
        module, result, products = seen[name]
        if value not in found:
            assert not [*module.parameters()], name
            continue
        layer = found[value]
        listed.add(value)
        assert (layer.copies * len(images), *layer.shape) == tuple(result.shape)
        parameters = sum(parameter.numel() for parameter in module.parameters())
        if name in folded:
            convolution = seen[folded[name]]
            parameters = convolution.module.weight.numel() + module.num_features
            products = convolution.multiply_adds
            assert layer.kind.startswith("Convolution")
        assert (layer.trainable, layer.multiply_adds) == (parameters, products), name
        statistics = 2 * module.num_features if isinstance(module, NORMS) and name not in folded else 0
        assert layer.parameters - layer.trainable == statistics
    others = [layer for name, layer in found.items() if name not in listed]
    assert not sum(layer.parameters + layer.multiply_adds for layer in others)
    assert summary(inside).multiply_adds == sum(each.multiply_adds for each in seen.values())
    assert summary(inside).uncounted == ()


def test_kernels_are_pytorch_s_weights(made):
    model, inside = made
    seen, names = matched(model, inside, noise(inside))
    folded = pairs(seen, names)
    expected = {}
    for name, each in seen.items():
        if isinstance(each.module, nn.Conv2d) and name in names:
            bias = torch.zeros(len(each.module.weight)) if each.module.bias is None else each.module.bias
            expected[name] = each.module.weight, bias
        elif name in folded:
            norm, weight = each.module, seen[folded[name]].module.weight
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            expected[name] = weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale
    assert set(convolutions(inside)) == set(expected)
    for name, numbers in expected.items():
        for mine, its in zip(inside.kernels(name), numbers, strict=True):
            np.testing.assert_allclose(mine, its.detach().numpy(), atol=1e-6, rtol=1e-5)


def test_lenet5_needs_as_many_products_as_its_sizes_say(lenet5):
    fields = {"conv1": (28 * 28 * 6, 25), "conv2": (14 * 14 * 16, 6 * 25), "conv3": (7 * 7 * 120, 16 * 25)}
    full = {"fc1": (120, 5880), "fc2": (84, 120), "logits": (10, 84)}
    expected = {name: outputs * inputs for name, (outputs, inputs) in (fields | full).items()}
    found = {layer.name: layer.multiply_adds for layer in layers(Inside(lenet5)) if layer.multiply_adds}
    assert found == expected
    assert summary(Inside(lenet5)).multiply_adds == 3_656_520


@pytest.mark.parametrize("name", STRANGERS)
def test_a_convolution_with_the_kernels_that_are_shown_gives_the_values_that_are_shown(name, tmp_path):
    inside = STRANGERS[name](tmp_path)
    image = noise(inside, 1)
    for layer in convolutions(inside):
        (filters, biases), (node, _) = inside.kernels(layer), inside.convolution(layer)
        values = {each: value.astype("f4") for each, value in inside.values([node.input[0], layer], image).items()}
        low, high, step = -np.inf, np.inf, 0
        if node.op_type == "QLinearConv":  # whole numbers, which stand for (number - zero) times a step
            given, zero_given, step, zero = (inside.constant(node.input[place]) for place in (1, 2, 6, 7))
            values[node.input[0]] = (values[node.input[0]] - zero_given) * given
            values[layer] = (values[layer] - zero) * step
            low, high = (
                (np.float32(end) - zero) * step for end in (np.iinfo(zero.dtype).min, np.iinfo(zero.dtype).max)
            )
        if node.op_type == "ConvInteger":  # the step and the zero of what it reads are worked out from the image
            told = list(inside.maker(node.input[0]).output)
            given, step_given, zero_given = (inside.values(told, image)[each].astype("f4") for each in told)
            values[node.input[0]] = (given - zero_given) * step_given
        slid = window(inside, node)
        groups = values[node.input[0]].shape[1] // filters.shape[1]
        around = [slid.before[1], slid.after[1], slid.before[0], slid.after[0]]  # left, right, top, bottom
        expected = functional.conv2d(
            functional.pad(torch.from_numpy(values[node.input[0]]), around),
            *(torch.from_numpy(np.ascontiguousarray(numbers, np.float32)) for numbers in (filters, biases)),
            stride=slid.strides,
            dilation=slid.dilations,
            groups=groups,
        )
        rounding = 2e-3 if inside.constant(node.input[1]).dtype == np.float16 else 1e-4
        difference = np.abs(expected.numpy().clip(low, high) - values[layer])
        assert difference.max() <= 0.51 * step + rounding


class Residual(nn.Module):
    """Two convolutions and a shortcut; K. He, X. Zhang, S. Ren, J. Sun (2016)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.relu2 = nn.ReLU()
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if stride > 1 else nn.Identity()

    def forward(self, x):
        y = self.relu1(self.norm1(self.conv1(x)))
        return self.relu2(self.norm2(self.conv2(y)) + self.shortcut(x))


class Inverted(nn.Module):
    """Wider between, a filter a channel there; M. Sandler et al., "MobileNetV2" (2018)."""

    def __init__(self, inputs, outputs, stride, times=3):
        super().__init__()
        wide = times * inputs
        self.adds = stride == 1 and inputs == outputs
        self.body = nn.Sequential(
            *(nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6()),
            *(nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.ReLU6()),
            *(nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs)),
        )

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


class Last(nn.Module):
    """(N, C, H, W) with the channels last for a while; Z. Liu et al., "A ConvNet for the 2020s" (2022)."""

    def __init__(self, channels):
        super().__init__()
        self.deep = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.wide = nn.Linear(channels, 4 * channels)
        self.gelu = nn.GELU()
        self.narrow = nn.Linear(4 * channels, channels)
        self.scale = nn.Parameter(torch.rand(channels))

    def forward(self, x):
        y = self.narrow(self.gelu(self.wide(self.norm(self.deep(x).permute(0, 2, 3, 1)))))
        return x + (self.scale * y).permute(0, 3, 1, 2)


class Tokens(nn.Module):
    """Patches that look at each other, and a class token; A. Dosovitskiy et al. (2021)."""

    def __init__(self, width=12, heads=3):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 8, 8)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, 17, width))
        self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm, self.fc = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.places
        q, k, v = self.qkv(self.norm(x)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(q.shape[-1]), 3) @ v
        return self.fc((x + self.out(mixed.transpose(1, 2).flatten(2)))[:, 0])


class Rows(nn.Module):
    """The image's rows one after the other through an LSTM; the last state says the class."""

    def __init__(self):
        super().__init__()
        self.lstm, self.fc = nn.LSTM(32, 9, batch_first=True), nn.Linear(9, 10)

    def forward(self, x):
        return self.fc(self.lstm(x.mean(1))[0][:, -1])


class Gated(nn.Module):
    """Channels weighted by what the whole image says; J. Hu, L. Shen, G. Sun (2018)."""

    def __init__(self, channels):
        super().__init__()
        self.less, self.more = nn.Linear(channels, channels // 2), nn.Linear(channels // 2, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.more(functional.silu(self.less(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class Mixed(nn.Module):
    """Four ways side by side; C. Szegedy et al. (2015)."""

    def __init__(self, inputs):
        super().__init__()
        self.one, self.three = nn.Conv2d(inputs, 3, 1), nn.Conv2d(inputs, 4, (3, 3), padding=1)
        self.five = nn.Sequential(nn.Conv2d(inputs, 2, 1), nn.Conv2d(2, 5, (1, 5), padding=(0, 2)))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(inputs, 2, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], 1)


def ending(channels):
    return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)


ELSEWHERE = {  # how it is made, and how many products no module makes
    "resnet": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1)),
            *(Residual(8, 8, 1), Residual(8, 12, 2), Residual(12, 16, 2)),
            *ending(16),
        ),
        0,
    ),
    "mobilenet": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6()),
            *(Inverted(8, 8, 1), Inverted(8, 12, 2), Inverted(12, 12, 1), nn.Dropout(0.2)),
            *ending(12),
        ),
        0,
    ),
    "convnext": (lambda: nn.Sequential(nn.Conv2d(3, 8, 4, 4), Last(8), Last(8), *ending(8)), 0),
    "transformer": (Tokens, 2 * 3 * 17 * 17 * 4),
    "rows": (Rows, 0),
    "gated": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 8, 3, padding=1, padding_mode="circular"), nn.GroupNorm(4, 8), nn.SiLU()),
            *(nn.AvgPool2d(2), Gated(8), nn.Conv2d(8, 6, 3, padding=1, padding_mode="reflect")),
            *(nn.Hardswish(), *ending(6)),
        ),
        0,
    ),
    "inception": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 6, 3, dilation=2), nn.ZeroPad2d((1, 0, 2, 0)), nn.PReLU(6), Mixed(6), nn.ReLU()),
            *(Mixed(14), nn.LeakyReLU(), nn.ChannelShuffle(2), *ending(14)),
        ),
        0,
    ),
    "upsampled": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 4, 3, 2), nn.ELU(), nn.Upsample(scale_factor=2), nn.ConvTranspose2d(4, 5, 2, 2)),
            *(nn.PixelUnshuffle(2), nn.Conv2d(20, 6, 3, bias=False), nn.Tanh(), *ending(6)),
        ),
        0,
    ),
}


@pytest.fixture(scope="module")
def exported_elsewhere(tmp_path_factory):
    """A function: name of an architecture made elsewhere -> its network, and what is inside its file; made once."""
    folder = tmp_path_factory.mktemp("elsewhere")

    @functools.cache
    def found(name):
        torch.manual_seed(0)
        model, path = randomised(ELSEWHERE[name][0]()), folder / f"{name}.onnx"
        export(model, Card(name, name, tuple("0123456789"), (3, 32, 32)), path)
        return model, Inside(Model(path))

    return found


@pytest.fixture(params=ELSEWHERE, scope="module")
def elsewhere(request, exported_elsewhere):
    return *exported_elsewhere(request.param), ELSEWHERE[request.param][1]


def test_what_was_made_elsewhere_costs_what_pytorch_says(elsewhere):
    model, inside, products = elsewhere
    seen, _ = hooked(model, noise(inside))
    found = layers(inside)
    norms = sum(each.module.num_features for each in seen.values() if isinstance(each.module, NORMS))
    kept = sum(layer.shape[0] for layer in found if layer.kind == "Batch normalisation")
    # A normalisation that is folded into a convolution without biases: a scale and a shift become a bias.
    assert summary(inside).trainable + norms - kept == sum(each.numel() for each in model.parameters())
    assert summary(inside).multiply_adds == sum(each.multiply_adds for each in seen.values()) + products
    assert summary(inside).uncounted == ()


def test_what_was_made_elsewhere_computes_what_pytorch_s_hooks_see(elsewhere):
    model, inside, _ = elsewhere
    images = noise(inside)
    seen, names = matched(model, inside, images)
    values = inside.values(list(names.values()), images)
    assert len(names) > 1
    for name, value in names.items():
        np.testing.assert_allclose(values[value], seen[name].result.numpy(), atol=EXPORT, rtol=EXPORT, err_msg=name)


def test_what_was_made_elsewhere_can_be_looked_into_all_over(elsewhere):
    _, inside, _ = elsewhere
    images = noise(inside, 3)
    found = layers(inside)
    values = inside.values(inside.maps, images[:1])
    assert all(values[name].ndim == 4 for name in inside.maps)
    for name in convolutions(inside):
        filters, biases = inside.kernels(name)
        assert (filters.ndim, biases.shape) == (4, filters.shape[:1])
        assert sharing(inside, name).connections <= sharing(inside, name).full_connections
    amounts = {"rotation": [37, 90, 180], "translation": [1, 2], "circular": [1, 4], "reflection": [1, 2, 3]}
    for transform in TRANSFORMS.values():
        for amount in (transform.low, transform.high, *amounts.get(transform.name, [])):
            errors = layer_errors(inside, images, transform, amount)
            assert [each.layer for each in errors] == [inside.input, *(layer.name for layer in found)]
            assert all(each.error is not None or each.why for each in errors)
            assert errors[-1].error is not None
    assert np.isfinite(occlusion(inside, images[0], 3, patch=8, step=8)).all()
    if inside.model.card.name in ("transformer", "rows"):
        with pytest.raises(UserError, match="there is the result of"):
            class_activation(inside, images[0], 3)
    else:
        assert np.isfinite(class_activation(inside, images[0], 3)).all()


@pytest.mark.parametrize(
    ("name", "layer", "transform", "amount"),
    [
        ("convnext", "0", "circular", 4),  # stride and kernel 4: no window reaches beyond the edge
        ("gated", "0", "circular", 1),
        ("gated", "2", "circular", -3),
        ("gated", "3", "circular", 2),
    ],
)
def test_symmetries_that_a_network_made_elsewhere_has_are_found(name, layer, transform, amount, exported_elsewhere):
    _, inside = exported_elsewhere(name)
    found = {each.layer: each for each in layer_errors(inside, noise(inside), TRANSFORMS[transform], amount)}
    assert found[layer].error.value < 1e-5
    assert found[inside.output].error.value > 1e-5
