"""A classifier file: its card, what runs it, its answers, and the check before one of ours is written."""

from invariance.model.card import Card, ModelError
from invariance.model.model import Model

__all__ = ["Card", "Model", "ModelError"]
