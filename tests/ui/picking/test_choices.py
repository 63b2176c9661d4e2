"""Networks and numbers that an address names."""

import pytest

from tests.pages.conftest import opened


@pytest.mark.parametrize(
    ("named", "chosen"),
    [
        (["p4cnn"], ["p4cnn"]),  # by its file
        (["p4 network"], ["p4cnn"]),  # by its title, as in older links
        (["lenet5", "nobody's"], ["lenet5"]),
        ("", []),  # none was left
    ],
)
def test_an_address_names_networks_by_their_files_or_titles_or_none(named, chosen):
    app = opened(query={"networks": named})
    assert not app.exception
    assert app.session_state["networks"] == chosen


def test_a_link_to_the_first_number_counts_more_than_what_was_chosen_before():
    query = {"pooling_view": "Round after round"}
    app = opened("pooling.py", query=query)
    first = app.number_input(key="pooled_rounds").value
    app.number_input(key="pooled_rounds").set_value(first - 1).run()
    app.switch_page("glossary.py").run()
    app.switch_page("pooling.py").query_params.update(query | {"pooled_rounds": str(first)})
    app.run()
    assert app.number_input(key="pooled_rounds").value == first
