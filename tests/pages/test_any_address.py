"""Whatever a link says, the page opens."""

import re
from itertools import cycle

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT, case

INFINITE, LONG = "1e999", "9" * 5000
ODD = ("nan", "-1", "-inf", "0x1f", "2.5", "", "\0", "[" * 3000, "٣", "💥,💥", "1e999,2", ",", "null", "../../x", "%00")
# What shows more of a page's parameters than it begins with.
VIEWS = {
    "classify": [{}, {"source": "Samples"}, {"source": "Test set"}],
    "translation": [{}, {"see": "Several digits"}, {"see": "Where the shift gets in"}],
    "pooling": [{"pooled": "your picture"}, {"pooling_view": "Round after round"}, {"pooling_view": "In numbers"}],
    "training": [
        {},
        {"learned": "Watch it learn"},
        {"what": "Objects", "learned": "One matrix"},
        {"learned": "Sure and wrong"},
    ],
    "inside": [{}, {"look": "Why this answer"}, {"look": "Kernels"}],
}


def parameters():
    """Every name that any page reads from its address or writes there."""
    patterns = (
        r"""remembered\(\s*"(\w+)\"""",
        r"""key="(\w+)",\s*bind=""",
        r"""(?:kept|one_of|whole_number)\(\s*"(\w+)\"""",
        r"""query_params(?:\.get\(|\[|\.pop\()"(\w+)\"""",
        r"""drawing\(\s*"\w+",\s*"\w+",\s*"(\w+)\"""",
    )
    text = "\n".join(path.read_text("utf-8") for room in ("pages", "ui") for path in (ROOT / room).rglob("*.py"))
    return sorted(
        {name for pattern in patterns for name in re.findall(pattern, text)}
        | {"z_A", "z_B", "z_C", "slid_at", "slid_numbers", "learned_at", "learned_numbers", "back_at", "epoch"}
    )


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "pages").glob("*.py") if path.stem != "menu"))
def test_a_page_opens_whatever_its_address_says(page):
    names = parameters()
    assert {"at", "draw", "sample", "test", "weights", "wide", "wide_shift", "what"} <= set(names)
    odd = dict(zip(names, cycle(ODD), strict=False))
    for view in VIEWS.get(page.removesuffix(".py"), [{}]):
        for address in (dict.fromkeys(names, INFINITE), dict.fromkeys(names, LONG), odd):
            app = AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60).switch_page(page)
            app.query_params.update(address | view)
            app.run()
            with case(address, view):
                assert app.title
                assert not app.exception
