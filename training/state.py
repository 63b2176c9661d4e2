"""All that the next epoch of a training depends on, taken out of it and put back."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn, optim
from torch.optim.swa_utils import AveragedModel


class Learner(NamedTuple):
    """What changes with every batch."""

    model: nn.Module
    optimiser: optim.Optimizer
    schedule: optim.lr_scheduler.LRScheduler
    average: AveragedModel | None = None  # of the weights, if the recipe takes one

    def changing(self) -> list[Any]:
        """Those that are there."""
        return [each for each in self if each is not None]


class State(NamedTuple):
    """A training after its last finished epoch. Its tensors change with the next batch: write them down before."""

    history: list[dict[str, Any]]  # a dict an epoch; see train()
    best_weights: dict[str, torch.Tensor]  # state_dict() of the model after its best epoch
    learner: list[dict[str, Any]]  # state_dict() of everything in Learner
    generators: list[Any]  # states of the random generators: PyTorch's on the CPU, on the GPU (or None), the modules'


class Done(NamedTuple):
    """What is done of what one file in exported/ needs."""

    state: State | None = None  # of the training that runs, if an epoch of it is finished
    runs: tuple[dict[str, Any], ...] = ()  # what an experiment recorded of the trainings before it


NOTHING = Done()


def taken(learner: Learner, history: list[dict[str, Any]], best_weights: dict[str, torch.Tensor]) -> State:
    """The state of a training at the end of an epoch."""
    device = next(learner.model.parameters()).device
    generators = [
        torch.get_rng_state(),
        torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
        *(generator.bit_generator.state for generator in _generators(learner.model)),
    ]
    return State(history, best_weights, [each.state_dict() for each in learner.changing()], generators)


def put_back(state: State, learner: Learner) -> None:
    """Make a new learner what the one was whose state was taken; its tensors stay laid out in memory as they are."""
    for each, values in zip(learner.changing(), state.learner, strict=True):
        each.load_state_dict(values)
    on_cpu, on_gpu, *of_modules = state.generators
    torch.set_rng_state(on_cpu)
    if on_gpu is not None:
        torch.cuda.set_rng_state(on_gpu, next(learner.model.parameters()).device)
    for generator, values in zip(_generators(learner.model), of_modules, strict=True):
        generator.bit_generator.state = values


def _generators(model: nn.Module) -> Iterator[np.random.Generator]:
    """The modules' own random generators, which no state_dict() holds."""
    for module in model.modules():
        yield from (value for value in vars(module).values() if isinstance(value, np.random.Generator))
