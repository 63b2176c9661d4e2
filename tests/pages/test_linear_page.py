"""The page Linear or not in Streamlit's own test runner."""

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
from tests.conftest import case, encoded, linear_classifier, texts
from tests.pages.conftest import ROOT, opened, verdict
from ui.lessons import impulse, laws
from ui.lessons.laws import MARKS, NETWORK, SIDE
from ui.picking.picture import current_or_example
from ui.picking.samples import SAMPLES

LINEAR = "linear.py"
FAILS, IMPULSE = "Where a law fails", "What one impulse tells"
VERDICTS = verdicts()
EXAMPLE = current_or_example().pixels


@pytest.fixture
def drawn(monkeypatch):
    """The grids of numbers that a page shows, by title."""
    found = {}
    for module in (laws, impulse):
        monkeypatch.setattr(
            module,
            "number_grids",
            lambda key, shown, **files: found.update({grid.title: grid.values for grid in shown}),
        )
    return found


def chosen(title, view="Law by law", **state):
    app = opened(LINEAR, query={"linear_view": view}, lti_operator=title, **state)
    assert not app.exception
    return app


def test_each_operator_gets_the_bench_s_verdicts():
    pages = {view: opened(LINEAR, query={"linear_view": view}) for view in ("Law by law", FAILS, IMPULSE)}
    for name, system in SYSTEMS.items():
        for view, page in pages.items():
            page.selectbox(key="lti_operator").set_value(system.title).run()
            with case(name, view):
                assert not page.exception
        laws_page, failing_page, impulse_page = pages.values()
        with case(name):
            (table,) = laws_page.table
            holds = [MARKS[found.holds] for found in VERDICTS[name].values()]
            assert [*table.value["law"]] == [law.title for law in LAWS.values()]
            assert [*table.value["holds"]] == holds
            assert f"n = {4 * (SIDE**2 - 1):,}" in table.value["deviation"].to_string()
            assert "at most 1e-09" in texts(laws_page)
            failing = [law for law, found in VERDICTS[name].items() if found.holds is False]
            asked = [pills.options for pills in failing_page.get("button_group") if pills.key == "lti_law"]
            assert asked == ([[LAWS[law].title for law in failing]] if failing else [])
            breaks = f"breaks {len(failing)} of 7 laws" if failing else "breaks none of the 7 laws"
            assert breaks in verdict(failing_page)
            assert ("is the convolution with its answer to one" in verdict(impulse_page)) == is_lti(VERDICTS[name])


def test_the_table_holds_every_verdict():
    app = opened(LINEAR, query={"linear_view": "Every operator"})
    (table,) = (each.value.set_index("operator") for each in app.table)
    for name, found in VERDICTS.items():
        row = table.loc[SYSTEMS[name].title]
        assert ("which makes it a convolution" in row["verdict"]) == is_lti(found)
        assert [row[LAWS[law].title] for law in found] == [MARKS[each.holds][0] for each in found.values()]
    convolutions = [SYSTEMS[name].title for name, found in VERDICTS.items() if is_lti(found)]
    assert f"{len(convolutions)} are linear and follow every shift" in verdict(app)
    assert all(title in verdict(app) for title in convolutions)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Convolution around the edges", "linear and follows every shift (equivariant), which makes it a convolution"),
        ("Adding a bias", "affine (linear but for a constant), but follows every shift (equivariant)"),
        ("ReLU", "not linear, but follows every shift (equivariant)"),
        ("Max pooling", "not linear, and follows shifts by its stride only"),
        ("Fully connected", "linear, and does not follow shifts"),
        ("Global average pooling", "linear, and stays as it is under every shift (invariant)"),
    ],
)
def test_the_verdicts_are_put_in_words(title, said):
    assert verdict(chosen(title)) == f"**{title}** is {said}."


def test_the_counterexample_of_the_law_that_is_picked(drawn):
    app = chosen("Picking one pixel", FAILS)
    assert "with T a shift to the right by 1 px" in texts(app)
    assert drawn["x"].tolist() == [[1, 0], [0, 0]]
    assert (drawn["L(Tx)"].tolist(), drawn["T L(x)"].tolist()) == ([[1]], [[0]])
    app.selectbox(key="lti_operator").set_value("ReLU").run()
    assert "y" in drawn
    next(group for group in app.get("button_group") if group.key == "lti_law").set_value("homogeneous").run()
    assert "with λ = -1" in texts(app)
    assert (drawn["L(λx)"].tolist(), drawn["λL(x)"].tolist()) == ([[0]], [[-1]])


def test_what_an_operator_holds_is_shown_beside_its_counterexample(drawn):
    chosen("Fully connected", FAILS)
    matrix = drawn["what L holds for such an image"]
    np.testing.assert_array_equal((matrix @ drawn["x"].ravel())[[1, 0]], drawn["T L(x)"].ravel())


def test_the_kernel_comes_back_and_the_border_is_named(drawn):
    app = chosen("Convolution with zero padding", IMPULSE)
    kernel = SYSTEMS["zero_padded"].numbers((9, 9))
    np.testing.assert_array_equal(drawn["h in numbers, all around it being 0"], kernel)
    assert "differ on the border alone" in texts(app)
    assert "alone, where the operator sees zeros" not in texts(chosen("Fully connected", IMPULSE))


def test_without_its_constant_an_affine_operator_is_a_convolution():
    app = chosen("Batch normalisation, in use", IMPULSE)
    assert "does not tell" in verdict(app)
    app.toggle(key="lti_linear").set_value(True).run()
    assert not app.exception
    assert "is the convolution with its answer" in verdict(app)
    assert not chosen("ReLU", IMPULSE).toggle


def test_the_person_s_picture_is_put_to_the_test(monkeypatch):
    tried = []
    monkeypatch.setattr(
        impulse, "compare", lambda system, image, index: tried.append(image) or compare(system, image, index)
    )
    for query, said in (({}, "the example drawing"), ({"source": "Samples", "sample": "8"}, "sample 8")):
        assert f"Tried on {said}" in texts(opened(LINEAR, query=query))
        assert not opened(LINEAR, query=query | {"linear_view": IMPULSE}).exception
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
    assert "nothing to test yet" in verdict(app)
    assert "not linear" in verdict(chosen("ReLU"))


@pytest.fixture
def lenet5_only(exported):
    for kind in ("onnx", "json"):
        shutil.copy(ROOT / "exported" / f"lenet5.{kind}", exported)


def test_the_layers_of_a_network(lenet5_only):
    app = chosen(NETWORK)
    affine = "**LeNet-5 from normalise to conv1** is affine (linear but for a constant), and does not follow shifts."
    assert verdict(app) == affine
    assert "24 are drawn by chance" in texts(app)
    app.selectbox(key="lti_from").set_value("relu1").run()
    assert app.selectbox(key="lti_to").value == "pool1"
    assert "follows shifts by its stride only" in verdict(app)
    app.selectbox(key="lti_from").set_value("fc1").run()
    assert verdict(app) == "**LeNet-5 from fc1 to relu4** is not linear."
    app.selectbox(key="lti_from").set_value("image").run()
    app.selectbox(key="lti_to").set_value("logits").run()
    assert not app.exception
    assert verdict(app) == "**LeNet-5 from image to logits** is not linear, and does not follow shifts."
    app = chosen(NETWORK, IMPULSE)
    app.number_input(key="lti_out").set_value(6).run()
    assert not app.exception
    app.selectbox(key="lti_from").set_value("fc1").run()
    assert "has one place only" in verdict(app)


def test_a_convolution_of_a_network_gives_its_kernel_back(lenet5_only, drawn, lenet5):
    app = chosen(NETWORK, IMPULSE)
    app.toggle(key="lti_linear").set_value(True).run()
    filters, _ = Inside(lenet5).kernels("conv1")
    for index in (0, 4):
        app.number_input(key="lti_out").set_value(index + 1).run()
        shown = drawn["h in numbers, all around it being 0"]
        np.testing.assert_allclose(shown, filters[index, 0, ::-1, ::-1], atol=1e-6)


def test_what_cannot_be_cut_out_gets_a_sentence():
    app = chosen(NETWORK)
    title = Model(records.EXPORTED / "cifar-best.onnx").card.title
    app.selectbox(key="lti_network").set_value(title).run()
    app.selectbox(key="lti_from").set_value("network.block1.norm3").run()
    assert not app.exception
    assert "is not made from network.block1.norm3 alone" in texts(app)


def test_a_network_for_other_images_is_tried_on_noise(exported):
    linear_classifier(exported / "other.onnx", metadata={"dataset": "other"})
    assert verdict(chosen(NETWORK)) == "**other from flat to logits** is linear."
