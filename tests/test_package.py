"""The package: what is in it, what it needs, and that it runs without its checkout."""

import configparser
import itertools
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from invariance import files

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
LOCKED = {"requirements-app.txt": ["app"], "requirements.txt": [extra for extra in EXTRAS if extra != "openvino"]}
MACHINES = [  # sys_platform, platform_machine
    *(("linux", "x86_64"), ("linux", "aarch64")),
    *(("darwin", "arm64"), ("win32", "AMD64"), ("win32", "ARM64")),
]
SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
CUDA = ("nvidia-", "cuda-", "triton")


def pins(lines, **environment):
    """Name and version of every requirement that holds in an environment; each must be pinned, and pinned once."""
    found = {}
    for requirement in map(Requirement, lines):
        (pin,) = requirement.specifier
        assert (pin.operator, requirement.url) == ("==", None)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name = canonicalize_name(requirement.name)
            assert name not in found
            found[name] = pin.version
    return found


def lines(name):
    stripped = (line.partition("#")[0].strip() for line in (ROOT / name).read_text("utf-8").splitlines())
    return [line for line in stripped if line]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(("platform", "machine"), MACHINES)
def test_the_requirement_files_hold_what_pyproject_names(platform, machine, python):
    here = {"sys_platform": platform, "platform_machine": machine, "platform_system": SYSTEMS[platform]}
    here |= {"python_version": python, "python_full_version": f"{python}.0"}
    locked = {name: pins(lines(name), **here) for name in LOCKED}
    for name, extras in LOCKED.items():
        direct = [*PYPROJECT["project"]["dependencies"], *itertools.chain(*(EXTRAS[extra] for extra in extras))]
        assert pins(direct, **here).items() <= locked[name].items(), f"{name} is stale; run: make lock"
        assert not [package for package in locked[name] if package.startswith(CUDA)]
    assert locked["requirements-app.txt"].items() <= locked["requirements.txt"].items()
    assert len([package for package in locked["requirements.txt"] if package.startswith("onnxruntime")]) == 1


@pytest.mark.parametrize("name", LOCKED)
def test_the_requirement_files_are_complete(name):
    """Whatever a pinned package needs here is pinned too, at a version that it takes."""
    locked = pins(lines(name))
    stated = {entry["name"]: entry["requires-dist"] for entry in PYPROJECT["tool"]["uv"]["dependency-metadata"]}
    for package in locked:
        for requirement in map(Requirement, stated.get(package, metadata.requires(package) or [])):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                needed = canonicalize_name(requirement.name)
                assert needed in locked, f"{package} needs {needed}; run: make lock"
                assert requirement.specifier.contains(locked[needed], prereleases=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what the built wheel puts into site-packages."""
    folder = tmp_path_factory.mktemp("package")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def test_the_wheel_holds_the_library_alone(installed):
    (told,) = installed.glob("invariance_lab-*.dist-info")
    assert {path.name for path in installed.iterdir()} == {"invariance", told.name}
    files_here = {path.relative_to(ROOT) for path in (ROOT / "invariance").rglob("*.*") if path.suffix != ".pyc"}
    assert {path.relative_to(installed) for path in (installed / "invariance").rglob("*.*")} == files_here
    scripts = configparser.ConfigParser()
    scripts.read(told / "entry_points.txt")
    assert dict(scripts["console_scripts"]) == {"invariance": "invariance.cli:main"}


def run(installed, folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("INVARIANCE_DATA", None)
    command = [sys.executable, "-m", "invariance", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_package_runs_without_its_checkout(installed, tmp_path):
    shutil.copy(ROOT / "exported" / "lenet5.onnx", tmp_path / "mine.onnx")
    found = run(installed, tmp_path, "inspect", "mine.onnx")
    assert found.returncode == 0, found.stderr
    assert "767,426" in found.stdout
    assert run(installed, tmp_path, "fetch", "strokes").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine.onnx"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "lenet5"], "There is no .onnx file in {here}/exported"),
        (["scratch"], "{here}/data/mnist"),
        (["results"], "There is no README.md in {here}"),
    ],
)
def test_without_a_checkout_the_working_directory_counts(arguments, message, installed, tmp_path):
    found = run(installed, tmp_path, *arguments)
    assert found.returncode == 1
    assert message.format(here=tmp_path) in found.stderr
    assert "Traceback" not in found.stderr


def test_in_a_checkout_its_own_files_count_wherever_it_is_run(tmp_path):
    assert files.ROOT == ROOT
    assert run(ROOT, tmp_path, "evaluate", "lenet6").stderr.startswith("error: No exported model lenet6")
