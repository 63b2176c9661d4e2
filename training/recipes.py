"""Every trained model is one entry of RECIPES; an entry states only what differs from the baseline."""

from collections.abc import Callable
from dataclasses import replace

from torch import nn, optim

from invariance.datasets.rotated_mnist import rotated_12k
from training.augment import (
    any_angle,
    any_shift,
    bent,
    flip_and_shift,
    shift_and_cut,
    shifted,
    slightly_moved,
    turned_and_bent,
    turned_and_shifted,
)
from training.models import airbench, residual, shallow, two_convolutions, with_and_without_pooling
from training.models.any_angle import any_angle as turning_inside
from training.models.cifar_p4 import cifar_p4, plain_with_mirror
from training.models.lenet5 import lenet5
from training.models.mnist_best import mnist_best
from training.models.mnist_cnn import mnist_cnn
from training.models.orbit import lenet5_orbit
from training.models.p4cnn import p4cnn, plain
from training.models.shift import (
    cifar_blur,
    cifar_mlp,
    cifar_plain,
    cifar_polyphase,
    mnist_blur,
    mnist_invariant,
    mnist_mlp,
    mnist_plain,
    mnist_polyphase,
)
from training.recipe import Recipe, constant, nesterov, nesterov_85, triangle

HALBREICH = "Halbreich, Neural networks for images, exercise 1"
P4 = "Cohen & Welling 2016, group convolutions on p4"
LINEAR_LAYERS = "three linear layers, for comparison"
MAX_POOLING = "max pooling by 2, for comparison"
BLUR_POOLING = "Zhang 2019, anti-aliased max pooling"
POLYPHASE = "Chaman & Dokmanić 2021, adaptive polyphase sampling"
SHIFTED = "max pooling by 2, every training image at a random circular shift"
POOLING = "Krishnan 2022: with and without max pooling, otherwise equal"
SHIFT_EPOCHS = {"mnist": 8, "cifar10": 20}

# The words of two networks that differ in their dataset only.
MAX = "A small network that keeps the largest of every four neighbouring values and drops the others."
BLURRED = "The same as Max pooling, but each map is blurred before values are dropped, so that a shift changes less."
POLYPHASES = "As Max pooling, but which values are kept moves with the image: a shift around the edges changes nothing."
SEEN_SHIFTED = "The same as Max pooling, trained on images that were shifted at random, around the edges."
DENSE = "No convolutions at all: every layer compares pixel with pixel, so that a shifted image is a new image."


# The networks from whose answers another learns; they are made for that alone and not exported.
CIFAR_TEACHER = Recipe(
    name="cifar-best-teacher",
    title="Teacher of Residual",
    source="Jordan 2024, airbench96",
    build=airbench.wide,
    dataset="cifar10",
    optimiser=nesterov_85,
    schedule=triangle,
    learning_rate=1.2,
    weight_decay=1.3e-3,
    batch_size=1024,
    epochs=50,
    begin=airbench.whiten,
    augment=shift_and_cut,
    alternate=True,
    label_smoothing=0.2,
    bias_rate=64,
    average=0.99,
)


def halbreich(name: str, title: str, build: Callable[[], nn.Module], about: str, idea: str = "plain") -> Recipe:
    """A network of the comparison of under- and overfitting: all trained alike, with nothing against overfitting."""
    return Recipe(
        name=name,
        title=title,
        source=HALBREICH,
        build=build,
        dataset="cifar10",
        optimiser=optim.Adam,
        schedule=constant,
        learning_rate=1e-3,
        weight_decay=0,
        epochs=15,
        idea=idea,
        about=about,
    )


def photos(name: str, title: str, source: str, build: Callable[[], nn.Module], about: str) -> Recipe:
    """A small residual network for photos; its entry says what differs."""
    return Recipe(
        name=name,
        title=title,
        source=source,
        build=build,
        dataset="cifar10",
        optimiser=nesterov,
        schedule=triangle,
        learning_rate=0.2,
        weight_decay=5e-4,
        batch_size=256,
        epochs=50,
        augment=flip_and_shift,
        label_smoothing=0.1,
        finish=residual.with_mirror,
        idea="plain",
        about=about,
    )


def shift(
    name: str, title: str, source: str, build: Callable[[], nn.Module], dataset: str, idea: str, about: str
) -> Recipe:
    """A network of the comparison of what shifts change: those of one dataset begin alike; entries say what differs."""
    return Recipe(
        name=name,
        title=title,
        source=source,
        build=build,
        dataset=dataset,
        epochs=SHIFT_EPOCHS[dataset],
        idea=idea,
        about=about,
    )


ANY_ANGLE = Recipe(
    name="",
    title="",
    source="Laptev et al. 2016, TI-pooling over 24 turns",
    build=turning_inside,
    augment=slightly_moved,
    average=0.999,
    idea="turning",
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="lenet5",
            title="LeNet-5",
            source="LeCun et al. 1998, with the layer sizes of Jaloli 2019",
            build=lenet5,
            idea="plain",
            about="The classic network for digits, of 1998, trained on upright ones.",
            watched=True,
        ),
        Recipe(
            name="lenet5-1epoch",
            title="LeNet-5, 1 epoch",
            source="LeNet-5, trained only as far as Jaloli 2019 reports it",
            build=lenet5,
            optimiser=nesterov,
            schedule=triangle,
            learning_rate=0.02,  # 0.05, 0.1 and 0.15, constant and without momentum, end short of his 97 %
            weight_decay=0,
            epochs=1,
            idea="plain",
            about="LeNet-5 again, trained for a single epoch, so that it is right as often as in Jaloli's table.",
        ),
        Recipe(
            name="lenet5-rotated",
            title="LeNet-5, all angles",
            source="LeNet-5, every training image at a random angle",
            build=lenet5,
            augment=any_angle,
            epochs=24,
            idea="turned",
            about="LeNet-5 again, but every training image was turned by a random angle.",
            watched=True,
        ),
        replace(
            ANY_ANGLE,
            name="mnist-any-angle",
            title="24 turns inside",
            epochs=20,
            watched=True,
            about="Turns the image to 24 angles itself and keeps what it sees best; it learned from upright digits.",
        ),
        Recipe(
            name="p4cnn",
            title="p4 network",
            source=P4,
            build=p4cnn,
            finish=plain,
            idea="turning",
            about="Holds each of its filters in four orientations, so that a quarter turn can't change its answer.",
            watched=True,
        ),
        Recipe(
            name="lenet5-orbit",
            title="LeNet-5, 4 turns averaged",
            source="LeNet-5, its logits averaged over the four quarter turns of the image",
            build=lenet5_orbit,
            augment=turned_and_bent,
            epochs=40,
            average=0.999,
            idea="turning",
            about="LeNet-5 that looks at the image in all four quarter turns and answers with the mean.",
        ),
        Recipe(
            name="p4cnn-rotated",
            title="p4 network, all angles",
            source="the p4 network, every training image at a random angle",
            build=p4cnn,
            finish=plain,
            augment=any_angle,
            epochs=16,
            idea="turning",
            about="The p4 network again, and every training image was turned by a random angle.",
        ),
        replace(
            ANY_ANGLE,
            name="mnist-rot12k",
            title="24 turns, rotated MNIST",
            images=rotated_12k,
            epochs=100,
            about="24 turns inside, trained on 12,000 turned digits, as those it is compared with in papers.",
        ),
        Recipe(
            name="mnist-cnn",
            title="Doshi's CNN",
            source="Doshi 2020, section III",
            build=mnist_cnn,
            learning_rate=1e-3,
            idea="plain",
            about="Three convolutions and over a million parameters, trained on upright digits.",
        ),
        Recipe(
            name="mnist-best",
            title="Best for upright digits",
            source="An et al. 2020, with fewer convolutions",
            build=mnist_best,
            augment=turned_and_shifted,
            epochs=40,
            average=0.999,
            idea="plain",
            about="Seven convolutions, trained on digits turned and shifted a little, to be right most often.",
        ),
        halbreich(
            "cifar-underfit",
            "2 convolutions, 70 k",
            two_convolutions.underfit,
            "Two convolutions with max pooling and some dense layers, in small: 69,706 parameters.",
        ),
        halbreich(
            "cifar-fit",
            "2 convolutions, 106 k",
            two_convolutions.fit,
            "Two convolutions with max pooling and some dense layers, in medium size: 106,008 parameters.",
        ),
        halbreich(
            "cifar-overfit",
            "2 convolutions, 168 k",
            two_convolutions.overfit,
            "Two convolutions with max pooling and some dense layers, in large: 167,530 parameters.",
        ),
        halbreich(
            "cifar-linear",
            "Linear",
            shallow.linear,
            "Convolutions without any activation function: all its layers together are one matrix.",
            idea="comparison",
        ),
        halbreich(
            "cifar-gap",
            "1 convolution, averaged",
            shallow.global_average,
            "One convolution, and of each of its maps only the mean.",
            idea="comparison",
        ),
        halbreich(
            "cifar-shallow",
            "1 large convolution",
            shallow.one_convolution,
            "One convolution with large filters and one dense layer.",
            idea="comparison",
        ),
        shift("cifar-mlp", "Dense layers only, objects", LINEAR_LAYERS, cifar_mlp, "cifar10", "comparison", DENSE),
        replace(
            photos(
                "cifar-small",
                "Residual, small",
                "Jordan 2024 and He et al. 2016, in small",
                residual.small,
                "A residual network for photos, like Residual, with a small part of its parameters.",
            ),
            watched=True,
        ),
        replace(
            photos(
                "cifar-p4",
                "p4 residual",
                f"{P4}, with the blocks of Jordan 2024",
                cifar_p4,
                "Holds its filters in four orientations, so that a quarter turn can't change its answer.",
            ),
            learning_rate=0.1,
            batch_size=128,
            epochs=75,
            augment=shifted,
            alternate=True,
            average=0.999,
            finish=plain_with_mirror,
            idea="turning",
        ),
        replace(
            CIFAR_TEACHER,
            name="cifar-best",
            title="Residual",
            source="Jordan 2024, airbench96 with fewer channels",
            build=airbench.airbench,
            epochs=120,
            label_smoothing=None,
            teacher=CIFAR_TEACHER,
            teachers=2,
            finish=residual.with_mirror,
            idea="plain",
            about="For photos, with everything that helps: its layers add to what those before them found.",
        ),
        shift("mnist-mlp", "Dense layers only, digits", LINEAR_LAYERS, mnist_mlp, "mnist", "comparison", DENSE),
        shift("mnist-shift-plain", "Max pooling", MAX_POOLING, mnist_plain, "mnist", "plain", MAX),
        shift("mnist-shift-blur", "Blurred pooling", BLUR_POOLING, mnist_blur, "mnist", "shifting", BLURRED),
        shift(
            "mnist-shift-polyphase", "Polyphase pooling", POLYPHASE, mnist_polyphase, "mnist", "shifting", POLYPHASES
        ),
        replace(
            shift(
                "mnist-shift-augmented",
                "Max pooling, seen shifted",
                SHIFTED,
                mnist_plain,
                "mnist",
                "shifted",
                SEEN_SHIFTED,
            ),
            augment=any_shift,
        ),
        replace(
            shift(
                "mnist-invariant",
                "Turns and shifts built in",
                f"{POLYPHASE}; {P4}",
                mnist_invariant,
                "mnist",
                "both",
                "Polyphase pooling and filters in four orientations: no quarter turn or shift round the edges matters.",
            ),
            augment=bent,
            epochs=25,
            clip=1.0,
            average=0.999,
            finish=plain,
        ),
        shift("cifar-shift-plain", "Max pooling", MAX_POOLING, cifar_plain, "cifar10", "plain", MAX),
        shift("cifar-shift-blur", "Blurred pooling", BLUR_POOLING, cifar_blur, "cifar10", "shifting", BLURRED),
        shift(
            "cifar-shift-polyphase", "Polyphase pooling", POLYPHASE, cifar_polyphase, "cifar10", "shifting", POLYPHASES
        ),
        replace(
            shift(
                "cifar-shift-augmented",
                "Max pooling, seen shifted",
                SHIFTED,
                cifar_plain,
                "cifar10",
                "shifted",
                SEEN_SHIFTED,
            ),
            augment=any_shift,
        ),
        shift(
            "mnist-pooled",
            "CNN with pooling",
            POOLING,
            with_and_without_pooling.pooled,
            "mnist",
            "comparison",
            "Two convolutions, each followed by max pooling, and one dense layer.",
        ),
        shift(
            "mnist-unpooled",
            "CNN without pooling",
            POOLING,
            with_and_without_pooling.unpooled,
            "mnist",
            "comparison",
            "The convolutions of CNN with pooling, without its pooling, so that its last layer is larger.",
        ),
    )
}
