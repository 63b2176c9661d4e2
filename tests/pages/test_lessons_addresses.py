"""What is chosen on the pages that teach operators stands in their addresses, and a link shows the same again."""

import pytest

from tests.conftest import case
from tests.pages.conftest import opened, verdict

# The page, what a person chooses one after the other (a kind of widget, its key, its value), and what the address says.
CHOICES = {
    "pooling": [
        (("selectbox", "pooled", "square"), {"pooled": "square"}),
        (("number_input", "pooled_radius", 9), {"pooled_radius": "9"}),
        (("button_group", "pooling_view", "rounds"), {"pooling_view": "Round after round"}),
        (("number_input", "pooled_rounds", 2), {"pooled_rounds": "2", "pooled": "square"}),
        (("button_group", "pooling_view", "numbers"), {"pooling_view": "In numbers"}),
        (("number_input", "pooled_numbers", 2), {"pooled_numbers": "2"}),
        (("button_group", "pooling_view", "shift"), {"pooled": "square", "pooled_radius": "9"}),
        (("selectbox", "pooled", "your picture"), {"pooled": "your picture"}),
        (("button_group", "source", "sample"), {"source": "Samples", "sample": "0"}),
    ],
}


def choose(app, kind, key, value):
    next(each for each in app.get(kind) if each.key == key).set_value(value).run()


@pytest.mark.parametrize("page", CHOICES)
def test_each_choice_is_in_the_address_and_another_session_says_the_same(page):
    app = opened(f"{page}.py")
    for choice, expected in CHOICES[page]:
        choose(app, *choice)
        with case(choice):
            assert not app.exception
            address = dict(app.query_params)
            assert address | expected == address
            again = opened(f"{page}.py", query=address)
            assert not again.exception
            assert verdict(again) == verdict(app)
