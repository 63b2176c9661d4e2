"""The schema of report.json: what findings may be."""

import json

import jsonschema
import pytest

from tests.conftest import ROOT, case
from tests.report import findings

SCHEMA = json.loads((ROOT / "invariance" / "report" / "schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("made", [findings.example, findings.empty, findings.hostile])
def test_findings_are_valid_as_json(made):
    VALIDATOR.validate(json.loads(json.dumps(made())))


def spoilt(found, path, value):
    *way, last = path
    for step in way:
        found = found[step]
    if value is None:
        del found[last]
    else:
        found[last] = value


def test_what_is_missing_unknown_or_out_of_range_is_refused():
    for path, value in (
        (("version",), 2),
        (("format",), "another"),
        (("accuracy",), None),
        (("accuracy", "value"), 97.7),
        (("accuracy", "low"), "0.9"),
        (("model", "sha256"), "../../etc"),
        (("model", "more"), 1),
        (("transforms", "rotation", "worst", "label"), None),
        (("transforms", "rotation", "worst", "more"), 1),
        (("transforms", "rotation", "amounts"), ["0"]),
        (("transforms", "rotation", "lost", 0), -1),
        (("confusion", 0), [1, 2]),
        (("confusion", 0), [1, 2, 3, 4]),
        (("calibration", "bins", 0, "n"), 1.5),
        (("consistency", 0, "flips", 0, "n"), None),
        (("symmetry", 0, "verdict"), "perhaps"),
        (("comparison", "measures", 0, "difference"), 2),
        (("summary",), ["a"] * 6),
        (("more",), 1),
    ):
        with case(path, value):
            found = findings.example()
            spoilt(found, path, value)
            assert not VALIDATOR.is_valid(found)
