"""A person's own networks in a real browser: dropped on the page Your model, they answer on the others."""

import onnx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OPENING_MS, at_rest
from tests.wrapped import EXPORTED, wrapped


@pytest.fixture
def files(tmp_path):
    """LeNet-5 as Keras writes it, channels last and softmax at the end, and as PyTorch does, for one image, its weights
    in a second file."""
    keras = wrapped(tmp_path / "keras.onnx", layout="NHWC", span=(0, 255), ends="softmax")
    torch = onnx.load(EXPORTED / "lenet5.onnx")
    del torch.metadata_props[:]
    torch.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    torch.graph.output[0].type.tensor_type.shape.dim[0].dim_value = 1
    name = "torch.onnx.data"
    onnx.save(torch, tmp_path / "torch.onnx", save_as_external_data=True, location=name, size_threshold=0)
    return keras, [tmp_path / "torch.onnx", tmp_path / name]


def test_own_networks_answer_rightly_on_other_pages(tab, address, files):
    keras, torch = files
    tab.goto(f"{address}yours")
    for number, dropped in enumerate((keras, torch), 1):
        tab.locator("input[type=file][multiple]").set_input_files(dropped)
        if number == 2:
            expect(tab.get_by_role("radiogroup", name="Your networks")).to_be_visible(timeout=OPENING_MS)
        takes = tab.get_by_test_id("stMarkdown").filter(has_text="It takes grey images of 28 × 28")
        expect(takes).to_be_visible(timeout=OPENING_MS)
        at_rest(tab.get_by_role("heading", name="Another one"))
    expect(tab.get_by_test_id("answer")).to_have_text("4")
    tab.get_by_role("link", name="Classify").first.click()
    for title in ("keras, yours", "torch, yours"):
        answer = tab.locator(".answers .said").filter(has_text=title)
        expect(answer.get_by_test_id("answer")).to_have_text("4")
    tab.get_by_role("link", name="Rotation").first.click()
    for title in ("keras, yours", "torch, yours"):
        row = tab.locator(".sweep .row").filter(has_text=title)
        expect(row.locator(".answer")).to_have_text("4")
