"""What the exported files say about themselves, written anew from the recipes; what they compute stays as it is."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx

from invariance import UserError
from invariance.datasets import DATASETS
from invariance.evaluation import records
from invariance.files import replacing
from invariance.model import Card, Model
from invariance.scratch import export as scratch
from invariance.scratch.training import ScratchSettings
from invariance.surgery import eight_bits
from training.make import make_card
from training.recipe import WORDS
from training.recipes import RECIPES


def rewrite_all() -> list[Path]:
    """Give every exported file the card that its recipe says now; the files that changed.

    Raises:
        UserError: a file is of a recipe that isn't there, or was made otherwise than its recipe says.
    """
    changed = []
    for path in sorted(records.models(), key=lambda path: path.stem.endswith(eight_bits.SUFFIX)):  # theirs come first
        for each in (path, *filter(Path.exists, records.repeats(path))):
            if rewrite(each, _card(each)):
                changed.append(each)
    return changed


def rewrite(path: Path, card: Card) -> bool:
    """Give a file another card, and its record the file's new sha256; whether the file changed.

    What was measured of the file as it was holds: the graph and its weights stay, byte for byte.
    """
    data = path.read_bytes()
    proto = onnx.load_from_string(data)
    graph = proto.graph.SerializeToString(deterministic=True)
    told = {each.key: each.value for each in proto.metadata_props}
    onnx.helper.set_model_props(proto, told | card.to_metadata())
    new = proto.SerializeToString(deterministic=True)
    if new == data:
        return False
    if onnx.load_from_string(new).graph.SerializeToString(deterministic=True) != graph:
        raise UserError(f"{path.name}: its graph came out otherwise; it was left as it was. Report this.")
    old, sha256 = (hashlib.sha256(each).hexdigest() for each in (data, new))
    # The record first: if this is stopped in between, the next time writes the file that the record tells of.
    records.write(path, _of_another_file(records.read(path), old, sha256) | {"recipe": card.recipe})
    with replacing(path) as partial:
        partial.write_bytes(new)
    return True


def _of_another_file(record: Any, old: str, sha256: str) -> Any:
    """A record, or a part of it, in which a file's sha256 is another one; of other files it says what it said."""
    if not isinstance(record, dict):
        return record
    return {
        key: sha256 if key == "sha256" and value == old else _of_another_file(value, old, sha256)
        for key, value in record.items()
    }


def _card(path: Path) -> Card:
    """The card that a file should have.

    Raises:
        UserError: there is no recipe for it, or it was trained otherwise.
    """
    now = Model(path).card
    if path.stem.endswith(eight_bits.SUFFIX):
        whole = Model(path.with_name(path.name.replace(eight_bits.SUFFIX, "")))
        return eight_bits.make_card(whole.card, whole.sha256, now.recipe["calibrated_on"])
    if now.name == ScratchSettings.name:
        card = scratch.make_card(ScratchSettings(), now.parameters)
    elif now.name in RECIPES:
        recipe = replace(RECIPES[now.name], seed=now.recipe["seed"])
        card = make_card(recipe, DATASETS[recipe.dataset], now.parameters)
    else:
        raise UserError(f"{path.name} is of the recipe {now.name}, and there is none of that name. Delete the file.")
    if differing := {key for key, _ in card.recipe.items() ^ now.recipe.items()} - WORDS:
        raise UserError(
            f"{path.name} was trained with other settings ({', '.join(sorted(differing))}) than its recipe has now. "
            f"Train it again: python -m training {now.name}"
        )
    return card
