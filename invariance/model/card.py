"""What a model file says about itself: its card, as it is kept in the file's metadata."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from invariance import UserError

MOST = 10**15  # of parameters, and of places among other models
TEXTS = ("dataset", "source", "licence", "idea", "about")  # what is taken from metadata as it is written there


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
    idea: str = ""  # a key of IDEAS; "" if it is not known
    about: str = ""  # what the network is, in one sentence
    order: int = 1_000_000  # among the models of one dataset; files without a card come last

    def to_metadata(self) -> dict[str, str]:
        """As ONNX metadata: texts as they are, everything else as JSON. The shape is the graph's own."""
        values = asdict(self)
        del values["shape"]
        return {
            key: value if isinstance(value, str) else json.dumps(value, sort_keys=True) for key, value in values.items()
        }

    @classmethod
    def from_metadata(
        cls, metadata: dict[str, str], name: str, shape: tuple[int, int, int], labels: tuple[str, ...]
    ) -> tuple["Card", list[str]]:
        """The card in metadata, and notes on what was left out because it makes no sense.

        Args:
            metadata: of the file.
            name: for a file that says none.
            shape: (C, H, W) of its images.
            labels: the names of its classes.
        """
        notes, values = [], {}
        for key in ("recipe", "parameters", "order"):
            try:
                value = json.loads(metadata.get(key, "null"))
            except (ValueError, RecursionError):
                value = metadata[key]
            if isinstance(value, dict) if key == "recipe" else type(value) is int and 0 <= value <= MOST:
                values[key] = value
            elif value is not None:
                notes.append(f"The {key} in its metadata is not as expected: left out.")
        values |= {key: metadata[key] for key in TEXTS if key in metadata}
        name = metadata.get("name") or name
        return cls(name=name, title=metadata.get("title") or name, labels=labels, shape=shape, **values), notes
