"""What is chosen on the pages that teach operators stands in their addresses, and a link shows the same again."""

import pytest

from tests.conftest import case
from tests.pages.conftest import opened, verdict

# The page, what a person chooses one after the other (a kind of widget, its key, its value), and what the address says.
# Of most widgets it is the browser that writes it there, which Streamlit's test runner does not have.
CHOICES = {
    "pooling": [
        (("selectbox", "pooled", "square"), {"pooled": "square"}),
        (("number_input", "pooled_radius", 9), {"pooled_radius": "9"}),
        (("button_group", "pooling_view", "rounds"), {}),
        (("number_input", "pooled_rounds", 2), {"pooled_rounds": "2"}),
        (("button_group", "pooling_view", "numbers"), {}),
        (("number_input", "pooled_numbers", 2), {"pooled_numbers": "2"}),
        (("button_group", "pooling_view", "shift"), {}),
        (("selectbox", "pooled", "your picture"), {"pooled": "your picture"}),
        (("button_group", "source", "sample"), {"source": "Samples"}),
    ],
}


def choose(app, kind, key, value):
    next(each for each in app.get(kind) if each.key == key).set_value(value).run()


@pytest.mark.parametrize("page", CHOICES)
def test_each_choice_is_in_the_address_and_another_session_says_the_same(page):
    app, written, said = opened(f"{page}.py"), {}, set()
    for choice, expected in CHOICES[page]:
        choose(app, *choice)
        with case(choice):
            assert not app.exception
            written |= expected
            address = dict(app.query_params) | written
            again = opened(f"{page}.py", query=address)
            assert not again.exception
            assert verdict(again) == verdict(app)
            said.add(verdict(app))
    assert len(said) >= len(CHOICES[page]) // 2  # most choices change what is said
