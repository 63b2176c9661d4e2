"""Of any bytes: an image as it is declared, or a sentence."""

import io
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from invariance.images.decoding import FORMATS, MAX_SIDE, decode
from invariance.images.pixels import ImageError
from tests.conftest import encoded
from tests.properties.damage import damaged, outcome

# Pillow's, of damaged tags
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


@cache
def files(kind):
    """Small files of a kind: grey, in colour, see-through where it can be, and several frames."""
    y, x = np.mgrid[:20, :24].astype(np.uint8)
    colour = Image.fromarray(np.stack([x * 10, y * 12, (x + y) * 5], -1))
    modes = {"JPEG": ("L", "RGB", "CMYK"), "BMP": ("1", "P", "RGB"), "GIF": ("L", "P")}
    made = [colour.convert(mode) for mode in modes.get(kind, ("L", "RGB", "RGBA"))]
    exif = Image.Exif()
    exif[0x0112] = 6
    more = {} if kind in ("BMP", "GIF") else {"exif": exif.tobytes()}
    several = [encoded(made[0], kind, save_all=True, append_images=made[:1])] if kind not in ("BMP", "JPEG") else []
    return [*(encoded(image, kind, **more) for image in made), *several]


@pytest.mark.parametrize("kind", [*FORMATS, "TIFF", "AVIF"])
@given(data=st.data())
def test_bytes_are_an_image_or_get_a_sentence(kind, data):
    file = data.draw(st.sampled_from(files(kind) if kind in FORMATS else [encoded(Image.new("L", (20, 20)), kind)]))
    came = data.draw(damaged(file))
    if (decoded := outcome(ImageError, decode, came)) is None:
        return
    pixels, notes = decoded
    assert kind in FORMATS
    assert pixels.dtype == np.float32
    channels, *size = pixels.shape
    assert channels in (1, 3)
    assert 1 <= min(size) <= max(size) <= MAX_SIDE
    assert 0 <= pixels.min() <= pixels.max() <= 1  # NaN is neither
    assert all(isinstance(note, str) for note in notes)
    with Image.open(io.BytesIO(came)) as opened:
        opened.load()  # until then a HEIF has the size that its header says, which its pixels may exceed by a block
        if max(opened.size) <= MAX_SIDE:
            assert sorted(size) == sorted(opened.size)


def test_whole_files_are_read():
    for kind in FORMATS:
        for file in files(kind):
            assert set(decode(file).pixels.shape[1:]) == {20, 24}
