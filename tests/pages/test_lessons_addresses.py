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
    "linear": [
        (("selectbox", "lti_operator", "Max pooling"), {"lti_operator": "Max pooling"}),
        (("button_group", "linear_view", "fails"), {}),
        (("button_group", "lti_law", "shift"), {}),
        (("button_group", "linear_view", "impulse"), {}),
        (("selectbox", "lti_operator", "Adding a bias"), {"lti_operator": "Adding a bias"}),
        (("toggle", "lti_linear", True), {"lti_linear": "true"}),
        (("selectbox", "lti_operator", "some layers of a network"), {"lti_operator": "some layers of a network"}),
        (("selectbox", "lti_from", "relu1"), {"lti_from": "relu1"}),
        (("selectbox", "lti_from", "image"), {"lti_from": "image"}),
        (("selectbox", "lti_to", "relu1"), {"lti_to": "relu1"}),
        (("number_input", "lti_out", 6), {"lti_out": "6"}),
        (("button_group", "linear_view", "matrices"), {}),
        (("button_group", "linear_view", "flatten"), {}),
        (("button_group", "flattening_order", "spiral"), {}),
    ],
    "convolution": [
        (("selectbox", "slid_kernel", "Laplacian"), {"slid_kernel": "Laplacian"}),
        (("number_input", "slid_stride", 2), {"slid_stride": "2"}),
        (("selectbox", "slid_padding", "p ="), {"slid_padding": "p ="}),
        (("number_input", "slid_p", 3), {"slid_p": "3"}),
        (("number_input", "slid_bias", 0.5), {"slid_bias": "0.5"}),
        (("toggle", "slid_flip", True), {"slid_flip": "true"}),
        (("selectbox", "slid_kernel", "a kernel of your own"), {"slid_kernel": "a kernel of your own"}),
        (("number_input", "slid_rows", 2), {"slid_rows": "2"}),
        (("number_input", "slid_columns", 1), {"slid_columns": "1"}),
        (("selectbox", "slid_image", "your picture"), {"slid_image": "your picture"}),
        (("button_group", "source", "sample"), {"source": "Samples"}),
        (("button_group", "convolution_view", "numbers"), {}),
        (("button_group", "convolution_view", "stages"), {}),
        (("button_group", "convolution_view", "learned"), {}),
        (("button_group", "learned_kernel", "4"), {}),
    ],
    "backpropagation": [
        (("button_group", "back", "kernel"), {}),
        (("number_input", "weights", 3), {"weights": "3"}),
        (("button_group", "right", "B"), {}),
        (("button_group", "backpropagation_view", "overview"), {}),
        (("button_group", "source", "sample"), {"source": "Samples"}),
        (("button_group", "backpropagation_view", "softmax"), {}),
        (("number_input", "z_A", -1.5), {"z_A": "-1.5"}),
        (("button_group", "own_right", "C"), {}),
        (("button_group", "backpropagation_view", "learn"), {}),
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
