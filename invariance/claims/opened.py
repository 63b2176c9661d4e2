"""What is counted in an exported network's file, opened once for all claims."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from invariance.evaluation import records

if TYPE_CHECKING:  # it takes long to load
    from invariance.inside.architecture import Layer, Sharing


def layers_of(name: str) -> list["Layer"]:
    """The layers of an exported model; [] while its file is missing."""
    return _counted(*found)[0] if (found := _there(name)) else []


def sharing_of(name: str) -> dict[str, "Sharing"]:
    """Its convolutions, each against a fully connected layer; {} while its file is missing."""
    return _counted(*found)[1] if (found := _there(name)) else {}


def _there(name: str) -> tuple[Path, int] | None:
    path = records.EXPORTED / f"{name}.onnx"
    return (path, path.stat().st_mtime_ns) if path.exists() else None


@lru_cache(maxsize=8)
def _counted(path: Path, modified: int) -> tuple[list["Layer"], dict[str, "Sharing"]]:
    """modified: when the file was, so that one exported anew is opened anew."""
    del modified
    from invariance.inside import architecture
    from invariance.inside.values import Inside
    from invariance.model import Model

    inside = Inside(Model(path))
    sharing = {name: architecture.sharing(inside, name) for name in architecture.convolutions(inside)}
    return architecture.layers(inside), sharing
