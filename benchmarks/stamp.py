"""Where and with what something was measured."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from invariance.model.providers import onnxruntime_packages

PACKAGES = ("numpy", "streamlit", "torch")


def stamp(provider: str) -> dict[str, object]:
    """Commit, hardware, versions, provider and time."""
    git = ["git", "-C", str(Path(__file__).parents[1])]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True, check=False)
    return {
        "commit": (commit.stdout.strip() or "unknown") + (" with changes" if changed.stdout.strip() else ""),
        "hardware": f"{cpu_name()}, {os.cpu_count()} cores",
        "provider": provider,
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {name: metadata.version(name) for name in (*PACKAGES, *onnxruntime_packages())}
        | {"python": platform.python_version()},
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def cpu_name() -> str:
    """The processor's name as the system gives it."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if (info.exists())
        else []
    )
    return names[0] if names else platform.processor() or platform.machine()
