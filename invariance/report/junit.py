"""The requirements of a report as JUnit XML, which continuous integration shows as tests."""

import re
from typing import Any
from xml.etree import ElementTree

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0, even as &#...;


def junit(findings: dict[str, Any]) -> str:
    """One test case for each requirement; one that doesn't hold failed, with its sentence as the message."""
    requirements, model = findings["requirements"], _allowed(findings["model"]["name"])
    counts = {"tests": str(len(requirements)), "failures": str(sum(not one["holds"] for one in requirements))}
    counts |= {"errors": "0", "time": f"{findings['run']['seconds']:.3f}"}
    root = ElementTree.Element("testsuites", counts)
    about = {"name": model, "skipped": "0", "timestamp": _allowed(findings["run"]["measured"])}
    suite = ElementTree.SubElement(root, "testsuite", counts | about)
    for one in requirements:
        # The time is that of all requirements together: what is measured serves them all.
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": model, "name": _allowed(one["text"]), "time": "0"}
        )
        sentence = _allowed(one["sentence"])
        if one["holds"]:
            ElementTree.SubElement(case, "system-out").text = sentence
        else:
            ElementTree.SubElement(case, "failure", {"type": "requirement", "message": sentence}).text = sentence
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _allowed(text: str) -> str:
    """A text with � for what XML can't hold."""
    return FORBIDDEN.sub("�", text)
