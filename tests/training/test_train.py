"""What a recipe may ask of a training beyond the baseline, against PyTorch's own or worked by hand."""

import dataclasses
import math

import pytest
import torch
from torch import nn, optim

from invariance.datasets import Split, hold_out, strokes
from tests.conftest import quiet
from training.recipe import constant, triangle
from training.recipes import RECIPES
from training.train import averaged, groups, taught, train

CPU = torch.device("cpu")
DATA = strokes.generate(100, seed=3)


def steps(parameters, lr, weight_decay, fused):
    """Plain gradient descent: a step is the learning rate times the gradient."""
    return optim.SGD(parameters, lr, weight_decay=weight_decay, fused=fused)


PLAIN = dataclasses.replace(
    RECIPES["mnist-mlp"], optimiser=steps, schedule=constant, learning_rate=0.1, weight_decay=0, batch_size=30, epochs=1
)


def weights(network):
    return torch.cat([parameter.detach().ravel() for parameter in network.parameters()])


def trained(recipe, save=lambda state: None):
    return train(recipe, DATA, CPU, quiet, None, save)


PEAKS = 0.1, 6.4  # of two groups' learning rates


def rates(schedule, steps):
    """What two groups of a network learn with in each step."""
    optimiser = optim.SGD([{"params": [nn.Parameter(torch.zeros(1))], "lr": peak} for peak in PEAKS])
    moves = schedule(optimiser, list(PEAKS), steps)
    found = []
    for step in range(steps):
        found.append([group["lr"] for group in optimiser.param_groups])
        optimiser.step()
        if step < steps - 1:
            moves.step()
    return torch.tensor(found, dtype=torch.float64)


@pytest.mark.parametrize("steps", [6, 100])
def test_a_triangle_is_that_of_pytorch(steps):
    def one_cycle(optimiser, peaks, steps):
        return optim.lr_scheduler.OneCycleLR(
            optimiser, peaks, steps, pct_start=0.2, anneal_strategy="linear", cycle_momentum=False
        )

    torch.testing.assert_close(rates(triangle, steps), rates(one_cycle, steps), rtol=1e-9, atol=0)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_triangle_of_few_steps_begins_at_its_peak(steps):
    found = rates(triangle, steps) / torch.tensor(PEAKS)
    expected = torch.linspace(1, 1 / 250_000, steps, dtype=torch.float64)
    torch.testing.assert_close(found, expected[:, None].expand(-1, 2))


def test_the_average_follows_the_weights_as_its_formula_says():
    network = nn.BatchNorm1d(1)
    average = averaged(dataclasses.replace(PLAIN, average=0.9), network)
    for value in (1.0, 2.0, 4.0):
        network.weight.data.fill_(value)
        network.running_mean.fill_(10 * value)
        average.update_parameters(network)
    expected = 0.9 * (0.9 * 1 + 0.1 * 2) + 0.1 * 4
    assert average.module.weight.item() == pytest.approx(expected)
    assert average.module.running_mean.item() == pytest.approx(10 * expected)


def test_the_average_is_what_is_kept_and_measured():
    seen = []

    def save(state):
        model, *_, average = state.learner
        seen[:] = [{name: value.clone() for name, value in part.items()} for part in (model, average)]

    found = trained(dataclasses.replace(PLAIN, average=0.5), save)
    last, average = seen
    for name, value in found.model.state_dict().items():
        torch.testing.assert_close(value, average[f"module.{name}"])
    assert not torch.equal(weights(found.model), torch.cat([value.ravel() for value in last.values()]))


class Says(nn.Module):
    """The same logits for every image."""

    def __init__(self, *logits):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(logits))

    def forward(self, images):
        return self.logits.expand(len(images), -1)


def test_teachers_say_the_mean_of_their_probabilities():
    """Worked by hand: softmax of (0, ln 3) is (1/4, 3/4)."""
    teachers = [Says(0.0, math.log(3)), Says(math.log(9), 0.0)]
    found = taught(teachers, torch.zeros(2, 1, 4, 4))
    torch.testing.assert_close(found, torch.tensor([[(1 / 4 + 9 / 10) / 2, (3 / 4 + 1 / 10) / 2]] * 2))
    assert not found.requires_grad


def test_a_network_learns_from_its_teachers_not_from_the_labels():
    """Both teachers call every image a 3 or a 5, the first a bit more often."""
    three, five = ([9.0 if label == best else 0.0 for label in range(10)] for best in (3, 5))
    teachers = [Says(*three), Says(*five), Says(*three)]
    network = PLAIN.build()

    def save(state):
        network.load_state_dict(state.learner[0])

    train(dataclasses.replace(PLAIN, epochs=10), DATA, CPU, quiet, None, save, teachers)
    images = torch.tensor(DATA.images).float() / 255
    probabilities = network(images).softmax(1)
    assert set(probabilities.argmax(1).tolist()) == {3}
    assert set(probabilities.topk(2).indices[:, 1].tolist()) == {5}


def test_the_settings_of_a_recipe_say_what_its_teachers_have_otherwise():
    recipe = dataclasses.replace(PLAIN, teacher=dataclasses.replace(PLAIN, name="t", title="T", epochs=7), teachers=2)
    assert recipe.settings() == PLAIN.settings() | {"teachers": 2, "teacher_epochs": 7}
    assert [teacher.settings() for teacher in recipe.taught_by()] == [
        recipe.teacher.settings() | {"seed": seed} for seed in (0, 1)
    ]
    quick = recipe.changed({"epochs": 2, "seed": 5})
    assert (quick.epochs, quick.teacher.epochs, quick.seed, quick.teacher.seed) == (2, 2, 5, 0)
    assert not PLAIN.taught_by()


def test_no_step_is_longer_than_the_clip_allows():
    clip = 1e-3
    start = weights(trained(dataclasses.replace(PLAIN, learning_rate=1e-12)).model)
    batches = math.ceil(len(hold_out(len(DATA.labels))[0]) / PLAIN.batch_size)
    free, clipped = (
        (weights(trained(dataclasses.replace(PLAIN, clip=most)).model) - start).norm() for most in (None, clip)
    )
    assert 0 < clipped <= batches * PLAIN.learning_rate * clip * 1.01 < free


def test_biases_of_normalisations_learn_faster_and_decay_alike():
    recipe = dataclasses.replace(PLAIN, bias_rate=64, weight_decay=0.05)
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3))
    network[1].weight.requires_grad_(False)
    optimiser = recipe.optimiser(groups(recipe, network), lr=0.1, weight_decay=0.05, fused=False)
    for parameter in network.parameters():
        parameter.data.fill_(1)
        parameter.grad = torch.zeros_like(parameter) if parameter.requires_grad else None
    network[1].bias.grad.fill_(0.01)
    optimiser.step()
    decayed = 1 - 0.1 * 0.05
    assert {round(value, 6) for value in network[0].weight.ravel().tolist()} == {decayed}
    assert network[1].weight.tolist() == [1, 1]  # frozen
    assert network[1].bias.tolist() == pytest.approx([decayed - 64 * 0.1 * 0.01] * 2)


def test_every_image_is_mirrored_in_one_of_two_epochs():
    seen = []

    def look(images):
        seen.append(images.clone())
        return images

    lit = torch.zeros(100, 1, 28, 28, dtype=torch.uint8)
    lit[:, 0, 3, 5] = torch.arange(1, 101)  # the brightness says which image it is, the place whether it is mirrored
    recipe = dataclasses.replace(PLAIN, alternate=True, augment=look, epochs=2)
    train(recipe, Split(lit.numpy(), DATA.labels), CPU, quiet)
    images = torch.cat(seen)
    names = (255 * images.amax((1, 2, 3))).round().int().tolist()
    mirrored = (images[:, 0, 3, 28 - 1 - 5] > 0).tolist()
    first, second = (dict(zip(names[half], mirrored[half], strict=True)) for half in (slice(90), slice(90, None)))
    assert len(first) == 90
    assert all(first[image] != second[image] for image in first)
    assert 25 < sum(first.values()) < 65


def test_a_part_is_set_by_training_images_before_anything_is_learned():
    def begin(network, images):
        held = hold_out(len(DATA.labels))[0]
        expected = torch.from_numpy(DATA.images[held]).float() / 255
        torch.testing.assert_close(images, expected)
        network.fc1.bias.data.fill_(7)

    recipe = dataclasses.replace(PLAIN, begin=begin, learning_rate=1e-12)
    assert set(trained(recipe).model.fc1.bias.tolist()) == {7}
