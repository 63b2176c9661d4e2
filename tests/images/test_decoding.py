import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from invariance.images.decoding import FORMATS, decode
from invariance.images.pixels import ImageError, to_uint8
from tests.conftest import encoded

SIDE = 4000
MEASURE = """
import sys
from pathlib import Path
from invariance.images.decoding import decode

def memory(name):
    return next(int(line.split()[1]) for line in Path("/proc/self/status").open() if line.startswith(name)) * 1024

small, large = (Path(name).read_bytes() for name in sys.argv[1:])
decode(small)
before = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
decode(large)
print(memory("VmHWM") - before)
"""


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it")
def test_a_large_transparent_photo_is_in_memory_once(tmp_path):
    files = []
    for side in (16, SIDE):
        files.append(tmp_path / f"{side}.png")
        Image.new("RGBA", (side, side), (200, 100, 50, 128)).save(files[-1], compress_level=1)
    told = subprocess.run([sys.executable, "-c", MEASURE, *files], capture_output=True, text=True, check=True)
    assert 4 < int(told.stdout) / SIDE**2 < 7  # bytes a pixel: four are decoded


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_strips_give_what_the_whole_gives(mode):
    channels = len(mode)
    values = noise(2900, 1337, channels)
    image = Image.fromarray(values[..., 0] if mode == "L" else values)
    laid = image
    if "A" in mode:
        laid = Image.alpha_composite(Image.new("RGBA", image.size, (255,) * 4), image.convert("RGBA")).convert("RGB")
    expected = np.asarray(laid.resize((472, 1024), Image.Resampling.BOX)).reshape(1024, 472, -1)
    found = to_uint8(decode(encoded(image)).pixels).transpose(1, 2, 0)
    np.testing.assert_allclose(found, expected.astype(float), atol=1)  # where exactly a strip begins is rounded


def test_a_large_photo_is_turned_as_a_small_one():
    image, exif = Image.fromarray(noise(1500, 1100, 3)), Image.Exif()
    exif[0x0112] = 6
    upright, turned = (decode(encoded(image, **more)).pixels for more in ({}, {"exif": exif}))
    np.testing.assert_array_equal(turned, np.rot90(upright, -1, (1, 2)))


def test_what_a_decoder_takes_much_memory_for_may_have_fewer_pixels():
    most = FORMATS["WEBP"].most_pixels
    image = Image.new("L", (most // 4000 + 1, 4000))
    with pytest.raises(ImageError, match=f"at most {most // 1_000_000} million pixels"):
        decode(encoded(image, "WEBP", method=0))
    assert decode(encoded(image)).pixels.shape == (1, 819, 1024)
