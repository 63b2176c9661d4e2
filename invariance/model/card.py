"""What a model file says about itself: its card, as it is kept in the file's metadata."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from invariance import UserError


class ModelError(UserError):
    """A file is not a classifier that can be used here, or was given images of the wrong shape."""


@dataclass(frozen=True)
class Card:
    """What a model file says about itself; kept in the file's metadata."""

    name: str
    title: str  # what people read
    labels: tuple[str, ...]  # names of the classes
    shape: tuple[int, int, int]  # of one image, (C, H, W)
    dataset: str = ""  # a key of DATASETS; "" if it is not known
    recipe: dict[str, Any] = field(default_factory=dict)  # how it was trained; see Recipe.settings()
    parameters: int | None = None  # how many trained numbers; None if it is not known
    source: str = ""  # who described the network
    licence: str = ""
    order: int = 1_000_000  # among the models of one dataset; files without a card come last

    def to_metadata(self) -> dict[str, str]:
        """As ONNX metadata: texts as they are, everything else as JSON. The shape is the graph's own."""
        values = asdict(self)
        del values["shape"]
        return {
            key: value if isinstance(value, str) else json.dumps(value, sort_keys=True) for key, value in values.items()
        }

    @classmethod
    def from_metadata(cls, metadata: dict[str, str], name: str, shape: tuple[int, int, int], classes: int) -> "Card":
        """The card in metadata; what is missing there is filled in from the file's name and its numbered classes.

        Raises:
            ModelError: an entry is not of its type, or the labels are not as many as the classes.
        """
        try:
            labels = tuple(str(label) for label in json.loads(metadata.get("labels", "null")) or range(classes))
            card = cls(
                name=metadata.get("name", name),
                title=metadata.get("title", name),
                labels=labels,
                shape=shape,
                dataset=metadata.get("dataset", ""),
                recipe=dict(json.loads(metadata.get("recipe", "{}"))),
                parameters=None if (count := json.loads(metadata.get("parameters", "null"))) is None else int(count),
                source=metadata.get("source", ""),
                licence=metadata.get("licence", ""),
                order=int(metadata.get("order", cls.order)),
            )
        except (ValueError, TypeError) as error:
            raise ModelError(f"{name}: its metadata can't be read as a card ({error}).") from error
        if len(labels) != classes:
            raise ModelError(f"{name}: its metadata name {len(labels)} labels, but it answers with {classes} numbers.")
        return card
