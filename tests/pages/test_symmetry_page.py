"""The page on the layer that loses a symmetry, in Streamlit's own test runner."""

import pytest

from invariance.transforms import TRANSFORMS
from tests.conftest import case, texts
from tests.graphs import STRANGERS
from tests.pages.conftest import opened, own
from ui.picking.scenes import SCENES

PAGE = "symmetry.py"


def test_networks_are_compared_layer_by_layer():
    app = opened(PAGE, networks=["lenet5", "p4cnn"])
    assert not app.exception
    said = texts(app)
    assert "After rotation by 90°: **LeNet-5** stops following at conv1; " in said
    assert "follows to the end." in said
    assert "**conv1** of LeNet-5. If a layer follows, the last two rows are the same; here they differ by" in said
    assert "Maps of the image, and then rotation by 90°" in said
    assert not app.dataframe  # every layer has an error
    app.select_slider(key="broken_at").set_value("45°").run()
    assert not app.exception
    because = next(frame.value for frame in app.dataframe if "because" in frame.value.columns)
    assert len(set(because["network"])) == 2
    assert "stops following" not in texts(app)
    app.select_slider(key="broken_at").set_value("0°").run()
    assert "nothing is changed yet" in texts(app)


def test_the_maps_of_a_network_that_follows_are_the_same():
    app = opened(PAGE, networks=["p4cnn"])
    assert not app.exception
    assert "here they are. Its maps of each orientation become those of the orientation 90° on." in texts(app)
    after, then = (
        [image.proto.imgs[0].url for image in app.image if text in image.proto.imgs[0].alt]
        for text in (
            "Maps of the image after rotation by 90°",
            "Maps of the image, and then rotation by 90°",
        )
    )
    assert len(after) == 8
    assert after == then


@pytest.mark.parametrize(
    ("kind", "network", "first", "others"),
    [("mnist", "lenet5-orbit", 0, 16), ("cifar10", "cifar-small", 1, len(SCENES))],
)
def test_every_change_can_be_chosen(kind, network, first, others):
    """Every second one for one network, the others for the other."""
    app = opened(PAGE, what=kind, networks=[network])
    for change in list(TRANSFORMS.values())[first::2]:
        with case(change.name):
            app.selectbox(key="broken_by").set_value(change.title).run()
            assert not app.exception
            assert f"After {change.in_a_sentence}" in texts(app)
    assert f"Mean over {1 + others} images, yours and {others} others, with its 95 % interval" in texts(app)


def test_a_change_of_light_moves_no_maps():
    said = texts(opened(PAGE, query={"broken_by": TRANSFORMS["gain"].title}))
    assert "no maps can be compared; the numbers behind the answers change: of **LeNet-5** by " in said
    assert "Maps of the image after" in said
    assert "Maps of the image, and then" not in said


def test_the_layer_and_the_amount_stand_in_the_address():
    app = opened(PAGE, query={"broken_by": "Shift", "broken_at": "2 px", "broken_layer": "pool1"})
    assert not app.exception
    assert "**pool1** of LeNet-5" in texts(app)
    assert "After shift by 2 px" in texts(app)


@pytest.mark.parametrize("name", ["odd names", "no convolution", "three axes", "loop", "one at a time"])
def test_a_stranger_s_file_is_compared_too(name, tmp_path):
    app = opened(PAGE, **own("theirs.onnx", STRANGERS[name](tmp_path).model.data))
    assert not app.exception
    assert not app.error
    assert "theirs, yours" in texts(app)
