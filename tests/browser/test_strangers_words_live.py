"""Strangers' words in a real browser: it shows their letters, and does nothing else with them."""

import json
from urllib.parse import urlsplit

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from invariance.strangers_words import letters
from tests.browser.conftest import BUSY, OPENING_MS, at_rest
from tests.conftest import encoded
from tests.strangers_words import CARD, CLASSES, LAYER, MARK, PHOTO, TITLE, renamed
from ui.words import WORD_JOINER

# What Streamlit makes of Markdown, HTML, formulas, :red[x], :material/x: and addresses.
MADE = "img, em, del, code, li, blockquote, script, .katex, [role=img], [class*=stMarkdownColored], a[target=_blank]"
OUTER = "made => made.map(each => each.outerHTML)"
BLOCKS = "[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]"  # what Streamlit took for Markdown


def test_a_browser_shows_letters_and_asks_nobody_else(tab, address):
    hosts, said = set(), ""
    tab.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    def look():
        nonlocal said
        expect(tab.locator(BUSY)).to_have_count(0)
        strangers = tab.locator(BLOCKS).filter(has_text=MARK)
        said += "\n".join(strangers.all_text_contents()).replace(WORD_JOINER, "")
        made = strangers.locator(MADE)
        assert [each for each in made.evaluate_all(OUTER) if ">■</span>" not in each] == []  # but for networks' colours

    def drop(name, kind, data):
        tab.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": kind, "buffer": data})

    tab.goto(f"{address}yours")
    network = renamed(layers=True, labels=json.dumps(CLASSES), preparation=CARD, recipe=CARD, dataset=CARD)
    drop(f"{TITLE}.onnx", "application/octet-stream", network)
    expect(tab.get_by_test_id("answer")).to_contain_text(MARK, timeout=OPENING_MS)
    look()
    tab.get_by_role("link", name="Classify").first.click()
    tab.get_by_role("radiogroup", name="What to recognise").get_by_text(MARK).click()
    answer = tab.get_by_test_id("answer").first
    expect(answer).to_contain_text(MARK)
    at_rest(answer)
    tab.get_by_text("Upload", exact=True).click()
    drop(PHOTO, "image/png", encoded(Image.fromarray(np.uint8(255 - 200 * np.eye(40)))))
    expect(tab.get_by_test_id("stSidebar").get_by_text("Picked: your picture")).to_be_visible()
    expect(answer).to_contain_text(MARK)
    look()
    tab.get_by_role("link", name="Inside").first.click()
    expect(tab.get_by_test_id("stImageCaption").filter(has_text=LAYER.format("conv1")[:6])).to_be_visible()
    look()
    for words in (f"{TITLE}, yours", PHOTO, LAYER.format("conv1"), CLASSES[1]):
        assert letters(words) in said
    assert hosts - {""} == {urlsplit(address).netloc}  # data: addresses have none
