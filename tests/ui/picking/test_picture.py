"""An uploaded picture in a page's link follows who opened it."""

import base64

import numpy as np
import pytest

from invariance.images.encoding import png
from invariance.images.pixels import to_float
from tests.pages.conftest import opened
from tests.ui.conftest import shown

DIGIT = np.zeros((1, 28, 28), np.uint8)
DIGIT[0, 4:24, 12:16] = np.random.default_rng(5).integers(150, 256, (20, 4))


def written(steps):
    return base64.urlsafe_b64encode(png(steps)).decode().rstrip("=")


def test_a_picture_that_came_with_a_link_is_kept_on_the_next_page_and_stands_in_its_link():
    app = opened(query={"source": "Upload", "image": written(DIGIT)})
    app.switch_page("rotation.py").query_params.clear()
    app.run()
    assert not app.exception
    assert not [each.value for each in app.info if "Nothing to look at" in each.value]
    np.testing.assert_array_equal(app.session_state["picture"].pixels, to_float(DIGIT))
    assert app.query_params["image"] == written(DIGIT)


@pytest.mark.parametrize("text", ["", "x", "é", written(DIGIT)[:60], written(DIGIT[:, :14])])
def test_what_is_no_image_for_these_networks_is_not_taken_from_a_link(text):
    app = opened(query={"source": "Upload", "image": text})
    assert not app.exception
    assert [each.value for each in app.info if "Nothing to look at" in each.value]


def test_an_image_that_is_too_large_for_a_link_is_not_in_it():
    def part():
        import numpy as np

        from ui.picking.picture import linked

        for side in (28, 100):
            linked(np.random.default_rng(0).random((3, side, side)))

    assert "image" not in shown(part).query_params
