"""A classifier file: what it takes and gives, what becomes of its images, what runs it, its answers."""

from invariance.model.card import Card, ModelError
from invariance.model.model import Model
from invariance.model.opening import Kind
from invariance.model.preparation import Preparation
from invariance.model.signature import Signature

__all__ = ["Card", "Kind", "Model", "ModelError", "Preparation", "Signature"]
