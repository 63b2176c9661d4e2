"""The page Linear and shift-invariant? in Streamlit's own test runner."""

import shutil

import numpy as np
import pytest
from PIL import Image

from invariance.bench.impulse import compare
from invariance.bench.laws import LAWS
from invariance.bench.systems import SYSTEMS
from invariance.bench.verdicts import is_lti, verdicts
from invariance.evaluation import records
from invariance.images.pixels import grey, to_float
from invariance.images.resizing import area_resize
from invariance.inside.values import Inside
from invariance.model import Model
from tests.conftest import encoded, linear_classifier, texts
from tests.pages.conftest import ROOT, opened
from ui.lessons import impulse, laws
from ui.lessons.laws import MARKS, NETWORK, SIDE
from ui.picking.picture import current_or_example
from ui.picking.samples import SAMPLES

LINEAR = "linear.py"
VERDICTS = verdicts()
EXAMPLE = current_or_example().pixels


@pytest.fixture
def drawn(monkeypatch):
    """The grids of numbers that a page shows, by title."""
    found = {}
    for module in (laws, impulse):
        monkeypatch.setattr(
            module, "number_grids", lambda key, shown: found.update({grid.title: grid.values for grid in shown})
        )
    return found


def chosen(title, **state):
    app = opened(LINEAR, lti_operator=title, **state)
    assert not app.exception
    return app


@pytest.fixture(scope="module")
def page():
    """The page, opened once; each test chooses what it shows."""
    return opened(LINEAR)


@pytest.mark.parametrize("name", SYSTEMS)
def test_each_operator_gets_the_bench_s_verdicts(name, page):
    page.selectbox(key="lti_operator").set_value(SYSTEMS[name].title).run()
    assert not page.exception
    said = texts(page)
    for law, verdict in VERDICTS[name].items():
        assert f"**{LAWS[law].title}: {MARKS[verdict.holds]}**" in said, law
    assert f"n = {4 * (SIDE**2 - 1):,}" in said
    assert "at most 1e-09" in said
    failing = [LAWS[law].title for law, verdict in VERDICTS[name].items() if verdict.holds is False]
    assert [pills.options for pills in page.pills if pills.label == "Law"] == ([failing] if failing else [])
    assert ("is the convolution with its answer to one impulse" in said) == is_lti(VERDICTS[name])


def test_the_table_holds_every_verdict():
    app = chosen("ReLU")
    table = next(frame.value for frame in app.dataframe if "operator" in frame.value.columns).set_index("operator")
    for name, found in VERDICTS.items():
        row = table.loc[SYSTEMS[name].title]
        assert row["linear and shift-invariant"] == MARKS[is_lti(found)]
        assert [row[LAWS[law].title] for law in found] == [MARKS[verdict.holds] for verdict in found.values()]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Convolution around the edges", "linear and shift-invariant, which makes it a convolution"),
        ("Adding a bias", "affine: linear but for a constant; it follows every shift"),
        ("ReLU", "not linear; it follows every shift"),
        ("Max pooling", "not linear; it follows shifts by its stride only"),
        ("Fully connected", "linear; it does not follow shifts"),
        ("Global average pooling", "linear; it stays as it is under every shift"),
    ],
)
def test_the_verdicts_are_put_in_words(title, said):
    assert f"**{title}**: {said}." in texts(chosen(title))


def test_the_counterexample_of_the_law_that_is_picked(drawn):
    app = chosen("Picking one pixel")
    assert "with T a shift to the right by 1 px" in texts(app)
    assert drawn["x"].tolist() == [[1, 0], [0, 0]]
    assert (drawn["L(Tx)"].tolist(), drawn["T L(x)"].tolist()) == ([[1]], [[0]])
    app.selectbox(key="lti_operator").set_value("ReLU").run()
    assert "y" in drawn
    app.pills(key="law_relu").set_value("Homogeneous").run()
    assert "with λ = -1" in texts(app)
    assert (drawn["L(λx)"].tolist(), drawn["λL(x)"].tolist()) == ([[0]], [[-1]])


def test_what_an_operator_holds_is_shown_beside_its_counterexample(drawn):
    chosen("Fully connected")
    matrix = drawn["what L holds for such an image"]
    np.testing.assert_array_equal((matrix @ drawn["x"].ravel())[[1, 0]], drawn["T L(x)"].ravel())


def test_the_kernel_comes_back_and_the_border_is_named(drawn):
    app = chosen("Convolution with zero padding")
    kernel = SYSTEMS["zero_padded"].numbers((9, 9))
    np.testing.assert_array_equal(drawn["h in numbers, all around it being 0"], kernel)
    assert "differ on the border alone" in texts(app)
    assert "alone, where the operator sees zeros" not in texts(chosen("Fully connected"))


def test_without_its_constant_an_affine_operator_is_a_convolution():
    app = chosen("Batch normalisation, in use")
    assert "does not tell" in texts(app)
    next(toggle for toggle in app.toggle if "constant" in toggle.label).set_value(True).run()
    assert not app.exception
    assert "is the convolution with its answer" in texts(app)
    assert not chosen("ReLU").toggle


def test_the_person_s_picture_is_put_to_the_test(monkeypatch):
    tried = []
    monkeypatch.setattr(
        impulse, "compare", lambda system, image, index: tried.append(image) or compare(system, image, index)
    )
    assert "Tried on the example drawing" in texts(chosen("ReLU"))
    app = opened(source="sample", query={"sample": "8"})  # another page, on which a sample is picked
    app.switch_page(LINEAR).run()
    assert not app.exception
    assert "Tried on sample 8" in texts(app)
    example, sample = (area_resize(grey(pixels)[None], SIDE) for pixels in (EXAMPLE, to_float(SAMPLES.images[8])))
    for image, expected in zip(tried, (example, sample), strict=True):
        np.testing.assert_allclose(image, expected - expected.mean(), atol=1e-6)


def test_a_blank_picture_keeps_the_page_up():
    app = opened(source="upload")
    app.file_uploader[0].upload("white.png", encoded(Image.new("L", (50, 50), 255))).run()
    app.switch_page(LINEAR).run()
    assert not app.exception


def test_without_networks_the_command_is_named_and_the_rest_stays(exported):
    app = chosen(NETWORK)
    assert "make train" in texts(app)
    assert any("Every operator" in header.value for header in app.header)
    assert MARKS[True] in texts(chosen("ReLU"))


@pytest.fixture
def lenet5_only(exported):
    for kind in ("onnx", "json"):
        shutil.copy(ROOT / "exported" / f"lenet5.{kind}", exported)


def test_the_layers_of_a_network(lenet5_only):
    app = chosen(NETWORK)
    said = texts(app)
    assert "**LeNet-5 from normalise to conv1**: affine: linear but for a constant; it does not follow shifts." in said
    assert "24 are drawn by chance" in said
    app.number_input(key="out_LeNet-5 from normalise to conv1").set_value(6).run()
    assert not app.exception
    app.selectbox(key="from_lenet5").set_value("relu1").run()
    assert app.selectbox(key="to_lenet5_relu1").value == "pool1"
    assert "it follows shifts by its stride only" in texts(app)
    app.selectbox(key="from_lenet5").set_value("fc1").run()
    assert "LeNet-5 from fc1 to relu4**: not linear." in texts(app)
    assert "needs places" in texts(app)
    app.selectbox(key="from_lenet5").set_value("image").run()
    app.selectbox(key="to_lenet5_image").set_value("logits").run()
    assert not app.exception
    assert "LeNet-5 from image to logits**: not linear; it does not follow shifts." in texts(app)


def test_a_convolution_of_a_network_gives_its_kernel_back(lenet5_only, drawn, lenet5):
    app = chosen(NETWORK)
    next(toggle for toggle in app.toggle if "constant" in toggle.label).set_value(True).run()
    filters, _ = Inside(lenet5).kernels("conv1")
    for index in (0, 4):
        app.number_input(key="out_LeNet-5 from normalise to conv1").set_value(index + 1).run()
        shown = drawn["h in numbers, all around it being 0"]
        np.testing.assert_allclose(shown, filters[index, 0, ::-1, ::-1], atol=1e-6)


def test_what_cannot_be_cut_out_gets_a_sentence():
    app = chosen(NETWORK)
    title = Model(records.EXPORTED / "cifar-best.onnx").card.title
    app.selectbox(key="lti_network").set_value(title).run()
    app.selectbox(key="from_cifar-best").set_value("network.block1.relu2").run()
    assert not app.exception
    assert "is not made from network.block1.relu2 alone" in texts(app)
    assert "Every operator, every law" in [header.value for header in app.header]


def test_a_network_for_other_images_is_tried_on_noise(exported):
    linear_classifier(exported / "other.onnx", metadata={"dataset": "other"})
    app = chosen(NETWORK)
    assert "other from flat to logits**: linear." in texts(app)
