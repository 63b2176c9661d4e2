"""Convolution and pooling on plain arrays, to look at and to test: what a layer does, in numpy and in one place."""

from invariance.operators.antialiased import ANTIALIASED
from invariance.operators.operator import Operator, OperatorError
from invariance.operators.polyphase import POLYPHASE
from invariance.operators.pooling import AVERAGE, GLOBAL_AVERAGE, GLOBAL_MAX, L2, MAX, PICK

OPERATORS: dict[str, Operator] = {
    operator.name: operator for operator in (MAX, AVERAGE, L2, PICK, GLOBAL_MAX, GLOBAL_AVERAGE, ANTIALIASED, POLYPHASE)
}

__all__ = ["OPERATORS", "Operator", "OperatorError"]
