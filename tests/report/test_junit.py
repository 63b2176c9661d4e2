from xml.etree import ElementTree

from invariance.report.junit import junit
from tests.report.findings import HOSTILE, empty, example, hostile


def read(text):
    return ElementTree.fromstring(text.encode())  # as it is written to a file


def test_each_requirement_is_a_case_and_what_fails_says_by_how_much():
    findings = example()
    findings["requirements"].append(findings["requirements"][0] | {"text": "another"})
    suites = read(junit(findings))
    cases = suites.findall("testsuite/testcase")
    assert [case.get("name") for case in cases] == [one["text"] for one in findings["requirements"]]
    assert [case.find("failure") is None for case in cases] == [one["holds"] for one in findings["requirements"]]
    failed = next(one for one in findings["requirements"] if not one["holds"])
    (failure,) = suites.iter("failure")
    assert failure.get("message") == failure.text == failed["sentence"]
    for each in (suites, suites.find("testsuite")):
        assert (each.get("tests"), each.get("failures"), each.get("errors")) == ("3", "1", "0")
    assert suites.find("testsuite").get("name") == findings["model"]["name"]


def test_it_is_well_formed_whatever_the_texts_hold():
    findings = hostile()
    for text in HOSTILE:
        for one in findings["requirements"]:
            one |= {"text": text, "sentence": text}
        findings["model"]["name"] = text
        cases = read(junit(findings)).findall("testsuite/testcase")
        shown = text.replace("\x00", "�").replace("\x1b", "�").replace("\ud800", "�")
        assert [case.get("name") for case in cases] == [shown, shown]
        assert cases[0].get("classname") == shown
        assert cases[0].findtext("system-out") == shown


def test_without_requirements_there_is_no_case():
    suites = read(junit(empty()))
    assert suites.get("tests") == "0"
    assert not suites.findall("testsuite/testcase")
