"""What an own network's answer survives, in a real browser: uploaded, watched, stopped, gone on with, taken along."""

import io
import json
import re
import zipfile

from jsonschema import validate
from PIL import Image
from playwright.sync_api import expect

from invariance.datasets import strokes
from invariance.files import PROJECT
from tests.wrapped import EXPORTED

IMAGES = 80
WHOLE_MS = 180_000  # a busy machine measures slowly


def digits():
    packed, split = io.BytesIO(), strokes.generate(IMAGES, seed=1)
    with zipfile.ZipFile(packed, "w") as file:
        for number, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
            picture = io.BytesIO()
            Image.fromarray(image[0]).save(picture, "PNG")
            file.writestr(f"{label}/{number}.png", picture.getvalue())
    return {"name": "digits.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}


def test_a_report_is_watched_stopped_gone_on_with_and_taken_along(tab, address):
    tab.goto(f"{address}yours")
    tab.locator("input[type=file]").first.set_input_files(EXPORTED / "lenet5.onnx")
    uploader = tab.get_by_test_id("stFileUploader").filter(has_text="A .zip or .tar with a folder for each class")
    expect(uploader).to_be_visible(timeout=WHOLE_MS)
    expect(tab.locator("[data-test-script-state=notRunning]")).to_be_visible()  # while it runs, it may be another soon
    uploader.locator("input[type=file]").set_input_files(digits())
    expect(tab.get_by_text(f"digits.zip: {IMAGES} images of 10 classes")).to_be_visible()

    def button(name):
        return tab.get_by_role("button", name=name, exact=True)

    tab.get_by_text("all", exact=True).click()
    button("Start").click()
    said = tab.get_by_test_id("stMarkdown")
    expect(said.filter(has_text="Accuracy. It is right on")).to_be_visible(timeout=WHOLE_MS)
    bar = tab.get_by_test_id("stProgress")
    whole = re.compile(r"^(?!First answer).*\b[1-9][\d,]* of ([\d,]+) answers, about \d+ s left")
    expect(bar).to_contain_text(whole, timeout=WHOLE_MS)
    in_all = int(whole.search(bar.inner_text())[1].replace(",", ""))
    button("Stop").click()
    expect(tab.get_by_text("It was stopped. What is done is kept")).to_be_visible()

    tab.get_by_role("link", name="Rotation").first.click()
    expect(tab.locator(".sweep")).to_be_visible()
    tab.get_by_role("link", name="Your model").first.click()
    button("Go on").click()
    expect(tab.get_by_text("It was stopped.")).to_be_hidden()
    expect(tab.get_by_role("heading", name="Most easily flipped")).to_be_visible(timeout=WHOLE_MS)
    expect(button("Start anew")).to_be_visible(timeout=WHOLE_MS)  # the whole is done
    files = {}
    for kind in ("HTML", "JSON"):
        with tab.expect_download() as download:
            button(f"Report as {kind}").click()
        assert download.value.suggested_filename == f"lenet5-report.{kind.lower()}"
        files[kind] = download.value.path().read_text("utf-8")
    found = json.loads(files["JSON"])
    validate(found, json.loads((PROJECT / "invariance" / "report" / "schema.json").read_text("utf-8")))
    assert found["run"]["complete"]
    assert found["data"]["n"] == IMAGES
    assert 0 < found["run"]["inferences"] < in_all  # what was done before it was stopped was not done again
    tab.goto("about:blank")
    tab.set_content(files["HTML"])
    expect(tab.get_by_role("heading", level=1)).to_contain_text("lenet5")
