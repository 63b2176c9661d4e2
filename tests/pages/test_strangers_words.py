"""Whatever strangers chose is shown as letters: titles, classes, layers, metadata, names of files, and complaints."""

import io
import json
import shutil

import numpy as np
import onnx
import pyarrow
import pytest
from PIL import Image
from streamlit.elements import spinner
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from invariance.evaluation import tries
from tests.conftest import case, encoded
from tests.pages.conftest import dropper, opened, own
from tests.strangers_words import CARD, CLASSES, EXPORTED, MARK, PHOTO, TITLE, renamed
from ui.answers import every_shift
from ui.lessons import laws
from ui.words import as_html, escaped

# Fields that hold strangers' words as they are, and why browsers take them for text.
PLAIN = {
    "Selectbox.options": "lines of text",
    "Selectbox.raw_value": "the chosen one of them",
    "TextArea.placeholder": "an attribute",
    "Image.alt": "an attribute",
    "Table.alt": "an attribute",
    "VegaLiteChart.alt": "an attribute",
    "VegaLiteChart.spec": "Vega draws names as text, and escapes them in tooltips",
    "BidiComponent.json": "what our own components get; they set textContent and attributes alone",
}
NOT_SHOWN = ("id", "element_id", "form_id")
VISITS = [
    ("rotation.py", {}),
    *(("translation.py", {"see": view}) for view in ("drag", "everywhere", "wide", "measured", "why")),
    ("changes.py", {}),
    *(("inside.py", {"look": section}) for section in ("maps", "why", "layers", "kernels")),
    ("symmetry.py", {}),
    *(("training.py", {"learned": section}) for section in ("larger", "wrong")),
    *(
        (f"{page}.py", {})
        for page in ("convolution", "pooling", "backpropagation", "linear", "training", "sources", "about")
    ),
    ("linear.py", {"lti_operator": laws.NETWORK}),
]


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("INVARIANCE_DATA", str(tmp_path / "none"))
    monkeypatch.setattr(spinner, "DELAY_SECS", 0)  # of what says that one must wait; nothing here takes so long
    less_time = {tries: {"IMAGES": 100, "FEW": 50}, every_shift: {"LARGE": 1, "NEAR": 1}}
    for module, numbers in less_time.items():
        for name, number in numbers.items():
            monkeypatch.setattr(module, name, number)


@pytest.fixture
def sent(monkeypatch):
    """All that pages send to the browser, also what stands there only for a while."""
    messages, enqueue = [], ForwardMsgQueue.enqueue
    monkeypatch.setattr(ForwardMsgQueue, "enqueue", lambda queue, each: (messages.append(each), enqueue(queue, each)))
    return messages


@pytest.fixture
def own_network(exported):
    """A function: the kind of image -> the state of a session with an own network, beside exported ones, all of whose
    words are a stranger's."""
    card = {"source": CARD, "licence": CARD, "dataset": CARD, "recipe": CARD, "preparation": CARD, "title": TITLE}
    for name in ("lenet5", "mnist-invariant", "mnist-cnn", "scratch", "cifar-linear", "cifar-gap"):
        title = f"{TITLE} {name}"
        (exported / f"{name}.onnx").write_bytes(renamed(name, title=title, source=CARD, licence=CARD))
        shutil.copy(EXPORTED / f"{name}.json", exported)  # of another file: pages say so
    (exported / f"{TITLE}.onnx").write_bytes(renamed(title=TITLE, name=TITLE))
    (exported / f"{PHOTO}.onnx").write_bytes(b"no network")

    def state(kind):
        labels = {} if kind else {"labels": json.dumps(CLASSES)}
        return own(f"{TITLE}.onnx", renamed(layers=True, **card, **labels), kind=kind)

    return state


def texts_of(message):
    """Every text of a message: the name of its field, the text, and whether HTML counts in it."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        if field.message_type is not None:
            for each in [] if field.message_type.GetOptions().map_entry else values:
                yield from texts_of(each)
        elif field.type == field.TYPE_STRING and field.name not in NOT_SHOWN:
            name = f"{message.DESCRIPTOR.name}.{field.name}"
            html = name == "Html.body" or getattr(message, "allow_html", False)
            yield from ((name, each, html) for each in values)
    if message.DESCRIPTOR.name == "Table":  # its cells are Markdown
        cells = pyarrow.ipc.open_stream(io.BytesIO(message.arrow_data.data)).read_all().to_pydict()
        yield from (("Table cell", str(each), False) for column in cells.values() for each in column)


@pytest.fixture(scope="module")
def forms():
    """The strangers' words as Markdown has them, at the head of a text and after other words; and as HTML has them."""
    layers = {name for node in onnx.load_from_string(renamed(layers=True)).graph.node for name in node.output}
    words = [TITLE, CARD, PHOTO, *CLASSES, *layers - {"logits"}]
    markdown = {form for word in words for form in (escaped(word), escaped(f"a {word}").removeprefix("a "))}
    return markdown, {as_html(word) for word in words}


def raw(messages, forms, fields):
    """Texts with a stranger's words in another form, and their fields; fields: those with any are added."""
    markdown, html_forms = forms
    for message in messages:
        for field, text, html in texts_of(message.delta):
            if MARK in text:
                fields.add(field)
                for form in markdown | html_forms if html else markdown:
                    text = text.replace(form, "")
                if MARK in text and field not in PLAIN:
                    yield field, text


def test_pages_show_strangers_words_letter_by_letter(own_network, sent, forms):
    fields = set()
    photo = encoded(Image.fromarray(np.uint8(255 - 200 * np.eye(40))))
    for kind in ("", "mnist"):
        app = opened(networks=None, source="upload", **own_network(kind))
        for data in (b"no photo", photo):
            app.file_uploader[0].set_value([(PHOTO, data, "image/png")]).run()
            assert not app.exception
            assert bool(app.error) == (data != photo)
        for page, state in VISITS:
            with case(kind, page, state):
                for name, value in state.items():
                    app.session_state[name] = value
                app.switch_page(page).run()
                assert not app.exception
        app.switch_page("yours.py").run()
        dropper(app).set_value([(f"{TITLE}.onnx", b"no network", "application/octet-stream")]).run()
        assert app.error
        assert not list(raw(sent, forms, fields))
    assert fields >= PLAIN.keys(), "a field is no longer needed in the list"
    assert {"Markdown.help", "Option.content", "Image.caption", "Table cell"} <= fields
