import os
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint

import pytest

from invariance import __main__, cli
from invariance.evaluation import records
from invariance.transforms import TRANSFORMS
from tests.conftest import ROOT


def test_the_module_and_the_installed_command_share_one_parser():
    project = tomllib.loads((records.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert list(project["scripts"]) == ["invariance"]
    command = EntryPoint("invariance", project["scripts"]["invariance"], "console_scripts").load()
    assert command is cli.main is __main__.main
    shown = subprocess.run([sys.executable, "-m", "invariance", "--help"], cwd=records.ROOT, capture_output=True)
    assert shown.stdout.decode() == cli.parser().format_help()


def test_every_command_has_a_file_and_runs_something(capsys):
    for command in cli.COMMANDS:
        name = command.__name__.rpartition(".")[2]
        with pytest.raises(SystemExit) as left:
            cli.parser().parse_args([name, "--help"])
        assert left.value.code == 0
        assert f"python -m invariance {name}" in capsys.readouterr().out
    assert callable(cli.parser().parse_args(["results"]).run)


def test_what_can_be_measured_is_read_when_the_parser_is_built(monkeypatch):
    monkeypatch.setitem(TRANSFORMS, "melting", None)
    assert cli.parser().parse_args(["evaluate", "all", "--measures", "melting"]).measures == ["melting"]


@pytest.mark.parametrize("arguments", [[], ["dance"], ["inspect"], ["evaluate", "all", "--measures", "beauty"]])
def test_a_wrong_command_line_ends_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        cli.parser().parse_args(arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m invariance")


def test_without_exports_evaluate_says_where_it_looked(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "EXPORTED", tmp_path)
    monkeypatch.setattr(sys, "argv", ["invariance", "evaluate", "all"])
    with pytest.raises(SystemExit, match=f"error: There is no .onnx file in {tmp_path}"):
        cli.main()


def test_evaluate_measures_nothing_where_it_can_t_be_written_down(monkeypatch):
    def read_only(**place):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("invariance.files.NamedTemporaryFile", read_only)
    monkeypatch.setattr(cli.evaluate, "evaluate", lambda *given: pytest.fail("it was measured"))
    monkeypatch.setattr(sys, "argv", ["invariance", "evaluate", "lenet5"])
    with pytest.raises(SystemExit, match=r"error: No file can be written in .*Read-only file system.* start again"):
        cli.main()


def test_output_that_nobody_reads_to_its_end_is_no_error():
    command = [sys.executable, "-m", "invariance", "inspect", str(ROOT / "exported" / "lenet5.onnx")]
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert run.returncode == 0
    assert "Error" not in run.stderr  # there are progress bars
