"""Train a recipe on images held in memory; the test set is never looked at."""

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from invariance.datasets import Split, hold_out
from training.recipe import Recipe
from training.state import Learner, State, put_back, taken
from training.watching import IMAGES, first_filters, watch

EVALUATION_BATCH = 250  # images; a network may turn each many times
BEGIN_WITH = 5000  # training images by which parts of a network may be set before it learns

# (epoch from 1, batches done in it, batches in it)
Progress = Callable[[int, int, int], None]


class Trained(NamedTuple):
    """What a training ends with."""

    model: nn.Module  # at its best epoch, on the CPU, in evaluation mode
    history: list[dict[str, Any]]  # a dict an epoch; see train()
    best_epoch: int  # from 1
    first_filters: dict[str, Any] | None  # before training; see first_filters()
    watched: dict[str, Any] | None  # before training, if the recipe is watched; see watch()


def half_precision(device: torch.device) -> bool:
    """Whether bfloat16 arithmetic is fast on this device; weights stay float32 in any case."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def untrained(recipe: Recipe) -> nn.Module:
    """The network as the recipe's seed makes it, on the CPU; all that is random in its training follows the seed."""
    torch.manual_seed(recipe.seed)
    return recipe.build()


def groups(recipe: Recipe, network: nn.Module) -> list[dict[str, Any]]:
    """What learns, for an optimiser: all parameters alike, or the biases of normalisations faster than the others.

    What a step takes away of a weight, learning rate times decay, is the same for both.
    """
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)] if recipe.bias_rate else []
    biases = [norm.bias for norm in norms]
    others = [each for each in network.parameters() if all(each is not bias for bias in biases) and each.requires_grad]
    found: list[dict[str, Any]] = [{"params": others}]
    if recipe.bias_rate and biases:
        rate, decay = recipe.learning_rate * recipe.bias_rate, recipe.weight_decay / recipe.bias_rate
        found.append({"params": biases, "lr": rate, "weight_decay": decay})
    return found


def averaged(recipe: Recipe, network: nn.Module) -> AveragedModel | None:
    """A copy of the network that follows it at each step, w' ← d w' + (1 - d) w, running means included; d is the
    recipe's average, and the first step copies w."""
    if not recipe.average:
        return None
    return AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True)


@torch.no_grad()
def taught(teachers: Sequence[nn.Module], images: torch.Tensor) -> torch.Tensor:
    """What a network learns to answer to images (N, C, H, W) in place of their labels: its teachers' probabilities
    softmax(z), from their logits z, (N, classes), the mean over the teachers.

    After G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural network" (2015), section 2.
    """
    return torch.stack([teacher(images).float().softmax(1) for teacher in teachers]).mean(0)


def best_epoch(history: list[dict[str, Any]]) -> int:
    """The epoch, from 1, with the best accuracy on validation images, then the lowest loss, then the first."""
    return max(history, key=lambda one: (one["validation_accuracy"], -one["validation_loss"]))["epoch"]


def train(
    recipe: Recipe,
    data: Split,
    device: torch.device,
    progress: Progress,
    state: State | None = None,
    save: Callable[[State], None] = lambda state: None,
    teachers: Sequence[nn.Module] = (),
) -> Trained:
    """Train recipe on 90 % of data and keep the epoch that does best on the other 10 %.

    Args:
        recipe: what to build and how to train it.
        data: a training split; uint8 (N, C, H, W).
        device: where to train.
        progress: called after each batch.
        state: of the same training, to go on from; the result is the same as without an interruption.
        save: called after each epoch.
        teachers: trained networks; with them, recipe's learns to answer as they do to the images that it sees.

    Returns:
        The best epoch's model and every epoch's losses (mean cross-entropy, nats) and accuracies (0..1). Those on
        training images are means over the epoch while it learns, the loss with the recipe's smoothed labels or the
        teachers' answers; those on validation images are taken at its end. If the recipe is watched, an epoch's
        "watched" is what watch() gives at its end. With the recipe's average, those on training images are of the
        weights that learn; all else, the best epoch and the model too, of the average.
    """
    layout = torch.channels_last
    model = untrained(recipe).to(device)
    for parameter in model.parameters():
        if parameter.dim() == 4:  # filters of plain convolutions
            parameter.data = parameter.data.contiguous(memory_format=layout)
    images, labels = torch.tensor(data.images, device=device), torch.tensor(data.labels, device=device)
    train_at, validate_at = (torch.tensor(part, device=device) for part in hold_out(len(images)))
    if recipe.begin:
        recipe.begin(model, images[train_at[:BEGIN_WITH]].float() / 255)
    mirror_in_even = torch.rand(len(images)).to(device) < 0.5 if recipe.alternate else None

    steps = -(-len(train_at) // recipe.batch_size)
    optimiser = recipe.optimiser(
        groups(recipe, model), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )
    schedule = recipe.schedule(optimiser, [group["lr"] for group in optimiser.param_groups], steps * recipe.epochs)
    learner = Learner(model, optimiser, schedule, averaged(recipe, model))
    kept = learner.average.module if learner.average else model
    teachers = [teacher.to(device, memory_format=layout).eval() for teacher in teachers]
    some = images[validate_at[:IMAGES]], labels[validate_at[:IMAGES]]
    first, before = first_filters(recipe, model, some[0]), watch(recipe, model, *some) if recipe.watched else None
    history, best_weights = [], {}
    if state:
        put_back(state, learner)
        history, best_weights = list(state.history), state.best_weights
    bfloat16 = half_precision(device)
    for epoch in range(len(history) + 1, recipe.epochs + 1):
        started = time.perf_counter()
        model.train()
        total = torch.zeros(2, device=device)  # loss and right answers, summed over images
        order = train_at[torch.randperm(len(train_at)).to(device)]
        for step, batch in enumerate(order.split(recipe.batch_size), 1):
            x = images[batch].float() / 255
            if mirror_in_even is not None:
                x = torch.where((mirror_in_even[batch] ^ bool(epoch % 2))[:, None, None, None], x.flip(3), x)
            if recipe.augment:
                x = recipe.augment(x)
            x = x.contiguous(memory_format=layout)
            with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
                logits = model(x).float()
                target = taught(teachers, x) if teachers else labels[batch]
            loss = functional.cross_entropy(logits, target, label_smoothing=recipe.label_smoothing or 0)
            optimiser.zero_grad()
            loss.backward()
            if recipe.clip:
                nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            optimiser.step()
            schedule.step()
            if learner.average:
                learner.average.update_parameters(model)
            right = (logits.argmax(1) == labels[batch]).sum()
            total += torch.stack([loss.detach() * len(batch), right])
            progress(epoch, step, steps)
        train_loss, train_accuracy = (total / len(train_at)).tolist()
        loss, accuracy = evaluate(kept, images[validate_at], labels[validate_at])
        history.append(
            {
                "epoch": epoch,
                "train_loss": train_loss,
                "train_accuracy": train_accuracy,
                "validation_loss": loss,
                "validation_accuracy": accuracy,
                "seconds": round(time.perf_counter() - started, 2),
                **({"watched": watch(recipe, kept, *some)} if recipe.watched else {}),
            }
        )
        if best_epoch(history) == epoch:
            best_weights = copy.deepcopy(kept.state_dict())
        save(taken(learner, history, best_weights))
    model.load_state_dict(best_weights)
    model = model.to("cpu", memory_format=torch.contiguous_format).eval()
    return Trained(model, history, best_epoch(history), first, before)


@torch.inference_mode()
def evaluate(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    """Mean cross-entropy (nats) and accuracy (0..1) of model on uint8 images (N, C, H, W), in float32."""
    model.eval()
    logits = torch.cat([model(batch.float() / 255) for batch in images.split(EVALUATION_BATCH)])
    loss = functional.cross_entropy(logits, labels)
    return loss.item(), (logits.argmax(1) == labels).float().mean().item()
