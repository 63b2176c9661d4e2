"""Every figure on the page Sources leads to the place in the app that shows it."""

from urllib.parse import parse_qsl

import pytest
import streamlit as st

from invariance.claims import CLAIMS
from tests.pages.conftest import opened

PLACES = list(dict.fromkeys(claim.page for claim in CLAIMS.values()))


@pytest.fixture
def addresses(monkeypatch):
    """The addresses of the pages in the menu."""
    menus, navigation = [], st.navigation
    monkeypatch.setattr(st, "navigation", lambda menu, **how: menus.append(menu) or navigation(menu, **how))
    opened()
    return {page.url_path for group in menus[0].values() for page in group}


@pytest.mark.parametrize("place", PLACES)
def test_a_claim_s_place_is_in_the_menu_and_its_page_takes_the_query(place, addresses, tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path))
    page, _, query = place.partition("?")
    assert page in addresses
    asked = dict(parse_qsl(query, strict_parsing=True)) if query else {}
    app = opened(f"{page}.py", query=asked)
    assert not app.exception
    chosen = {group.key: [group.options[place] for place in group.indices] for group in app.get("button_group")}
    assert {key: chosen.get(key) for key in asked} == {key: [value] for key, value in asked.items()}


def test_every_row_leads_to_its_claim_s_place():
    rows = [row for table in opened("sources.py").table for row in table.value.to_dict("records")]
    assert len(rows) == len(CLAIMS)
    for row in rows:
        claims = [claim for claim in CLAIMS.values() if row["it says"] == f"{claim.says} ({claim.where})"]
        assert any(f"]({claim.page})" in row["ours"] for claim in claims), row
