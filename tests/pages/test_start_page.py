import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from invariance.claims import SOURCES
from invariance.datasets import MNIST, strokes
from invariance.evaluation import records
from invariance.images.strokes import rasterise
from invariance.model import Model
from invariance.transforms.rotation import ROTATION
from tests.conftest import ROOT, texts

DOORS = ["I read a paper", "I teach", "I have a model"]


def opened(**query):
    app = AppTest.from_file(str(ROOT / "pages" / "menu.py"), default_timeout=60)
    app.query_params.update(query)
    return app.run()


def answers(name):
    """What a network answers to the page's 4 at each angle, turned one by one."""
    image = MNIST.prepare(rasterise(strokes.write(4, np.random.default_rng(13)), 280), True).pixels[None]
    model = Model(records.EXPORTED / f"{name}.onnx")
    return np.array([int(model.predict(ROTATION.apply(image, angle))[0].argmax()) for angle in ROTATION.amounts])


def test_one_network_flips_the_other_can_t_and_the_verdict_counts_it():
    plain, p4 = answers("lenet5"), answers("p4cnn")
    quarters = [ROTATION.amounts.index(angle) for angle in (0, 90, 180, 270)]
    assert plain[0] == 4
    assert (plain[quarters[1:]] != 4).all()
    assert (p4[quarters] == 4).all()
    app = opened()
    assert not app.exception
    verdict = next(block.value for block in app.markdown if 'data-testid="verdict"' in block.value)
    assert f"**LeNet-5** changes its answer at {(plain != 4).sum()} and" in verdict
    assert f"changes it at {(p4 != 4).sum() or 'none'}." in verdict
    assert f"through {len(plain)} angles" in verdict


def test_there_are_three_doors_and_every_source_is_named():
    app = opened()
    assert [title.value for title in app.subheader][:3] == DOORS
    links = "".join(str(link.proto) for link in app.get("page_link"))
    for source in SOURCES.values():
        assert f"{source.author}**: {source.about}" in links
        assert f"paper={source.author}" in links


@pytest.mark.parametrize("query", [{"sample": "3"}, {"what": "Objects"}, {"draw": "x"}, {"networks": "LeNet-5"}])
def test_an_old_link_to_classify_still_opens_it(query):
    app = opened(**query)
    assert not app.exception
    assert not set(DOORS) & {title.value for title in app.subheader}
    assert "survive" not in app.title[0].value


def test_without_networks_the_page_stands_and_names_the_command(exported):
    app = opened()
    assert not app.exception
    assert "make train" in texts(app)
    assert [title.value for title in app.subheader][:3] == DOORS


def test_one_network_alone_is_shown_alone(exported):
    shutil.copy(ROOT / "exported" / "lenet5.onnx", exported)
    app = opened()
    assert not app.exception
    assert "**LeNet-5** changes its answer at" in texts(app)


def test_a_file_that_is_no_network_is_refused_where_it_was_dropped():
    app = opened()
    app.file_uploader[0].set_value(("notes.txt", b"no network", "text/plain")).run()
    assert not app.exception
    assert "ends in .onnx" in app.error[0].value
    assert [title.value for title in app.subheader][:3] == DOORS
