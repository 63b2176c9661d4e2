"""What may become of bytes and of values on their way here."""

import struct
from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
EXTREME = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@st.composite
def damaged(draw: st.DrawFn, file: bytes) -> bytes:
    """A file as it is, cut short, with bits flipped, extreme numbers, parts lost, doubled or put in; or another."""
    data = bytearray(file)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        size = draw(st.integers(1, 40))
        match draw(st.sampled_from(["flip", "cut", "number", "lose", "double", "insert", "replace"])):
            case "flip" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at:]
            case "number":
                form = draw(st.sampled_from(["B", ">H", "<H", ">I", "<I"]))
                bits = 8 * struct.calcsize(form)
                number = struct.pack(form, draw(st.sampled_from(EXTREME)) % (1 << bits))
                data[at : at + len(number)] = number
            case "lose":
                del data[at : at + size]
            case "double":
                data[at:at] = data[at : at + size]
            case "insert":
                data[at:at] = draw(st.binary(max_size=size))
            case "replace":
                data[:] = draw(st.binary(max_size=200))
    return bytes(data)


HUGE = st.sampled_from([10**400, -(10**400), 2**63, float("nan"), float("inf"), -float("inf"), 1e300, True, None])
NUMBERS = st.integers() | st.floats() | HUGE
# What JSON from anywhere may hold.
VALUES = st.recursive(
    NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def like(**fields: st.SearchStrategy) -> st.SearchStrategy:
    """Values of any form, and objects with some of these fields, as they should be or any."""
    some = {name: values | VALUES for name, values in fields.items()}
    return VALUES | st.fixed_dictionaries(some) | st.fixed_dictionaries({}, optional=some)


def outcome(refusal: type[Exception], read: Callable[..., T], *args) -> T | None:
    """What a reader gives; None if it refuses in a sentence, by an error of that kind and no other."""
    try:
        return read(*args)
    except refusal as error:
        said = str(error)
    assert said
    assert "\n" not in said
    assert len(said) < 1000
    return None
