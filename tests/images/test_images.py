import itertools
import re

import numpy as np
import pytest
from PIL import Image

from invariance.datasets import MNIST, data_dir, strokes
from invariance.images.decoding import FORMATS, decode
from invariance.images.digits import DIGIT_CENTRE, as_digit
from invariance.images.photos import as_photo
from invariance.images.pixels import ImageError, cut_to_circle, grey, to_float, to_uint8
from invariance.images.resizing import centre_square, fit_weights, shaped
from invariance.images.strokes import Stroke, rasterise
from invariance.measures import accuracy
from invariance.model.preparation import FITS
from tests.conftest import encoded
from tests.images.conftest import heif_cropped, heif_resized, png_header
from tests.images.papers import PAPERS, SEVERAL, enlarged
from tests.tolerances import FLOAT, RESAMPLED

FOUR = strokes.write(4, np.random.default_rng(0))


def placed(drawing, scale, x, y):
    """The same drawing, pen and all, scaled and moved on the pad."""
    return [Stroke(stroke.points * scale + (x, y), stroke.width * scale) for stroke in drawing]


def gradient(width=40, height=30):
    """RGB with a different colour at every pixel."""
    y, x = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([x * 6, y * 8, (x + y) * 3], -1).astype(np.uint8))


# --- decoding ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_read(kind):
    image = Image.fromarray(np.kron(np.array([[0, 255], [255, 0]], np.uint8), np.ones((16, 16), np.uint8)))
    pixels, notes = decode(encoded(image, kind))
    np.testing.assert_allclose(grey(pixels), np.asarray(image) / 255, atol=0.02)
    assert notes == ()


def test_axes_are_channel_row_column_and_values_in_0_to_1():
    pixels = decode(encoded(gradient())).pixels
    assert pixels.shape == (3, 30, 40)
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(to_uint8(pixels), np.asarray(gradient()).transpose(2, 0, 1))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_by_its_orientation_tag(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = {1: 0, 3: 180, 6: 270, 8: 90}
    pixels = decode(encoded(gradient(), "PNG", exif=exif)).pixels
    if orientation in turned:
        expected = np.rot90(np.asarray(gradient()), turned[orientation] // 90)
        np.testing.assert_array_equal(to_uint8(pixels), expected.transpose(2, 0, 1))
    assert pixels.shape[1:] == ((30, 40) if orientation <= 4 else (40, 30))


def test_a_phone_s_photo_in_heif_is_turned_once():
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = decode(encoded(gradient(), "HEIF", exif=exif.tobytes(), quality=100, chroma=444)).pixels
    expected = np.rot90(np.asarray(gradient()), -1).transpose(2, 0, 1) / 255
    np.testing.assert_allclose(pixels, expected, atol=0.03)


def test_transparency_lies_on_white():
    image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    image.putpixel((5, 5), (0, 0, 0, 255))
    pixels = decode(encoded(image)).pixels
    assert pixels[:, 0, 0].tolist() == [1, 1, 1]
    assert pixels[:, 5, 5].tolist() == [0, 0, 0]


def test_white_ink_on_transparency_lies_on_black():
    image = Image.new("RGBA", (10, 10), (255, 255, 255, 0))
    image.putpixel((5, 5), (255, 255, 255, 255))
    pixels = decode(encoded(image)).pixels
    assert pixels[:, 0, 0].tolist() == [0, 0, 0]
    assert pixels[:, 5, 5].tolist() == [1, 1, 1]


def test_a_transparent_palette_lies_on_white():
    image = Image.new("P", (10, 10), 1)
    image.putpalette([0, 0, 0, 9, 9, 9])
    assert decode(encoded(image, "PNG", transparency=1)).pixels.min() == 1


def test_sixteen_bits_are_rescaled_not_clipped():
    values = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    pixels = decode(encoded(Image.fromarray(values))).pixels
    np.testing.assert_allclose(pixels[0], values / 65535, atol=FLOAT)


def test_cmyk_is_read_as_colour():
    pixels = decode(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG")).pixels
    np.testing.assert_allclose(pixels.mean((1, 2)), [1, 0, 0], atol=0.05)


def test_one_bit_images_are_read():
    assert set(np.unique(decode(encoded(gradient().convert("1"))).pixels)) == {0.0, 1.0}


def test_an_animation_gives_its_first_frame_and_says_so():
    frames = [Image.new("L", (16, 16), shade) for shade in (200, 0, 50)]
    pixels, notes = decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    np.testing.assert_allclose(pixels, 200 / 255, atol=0.02)
    assert "3 frames" in notes[0]


def test_of_several_photos_in_a_heif_the_main_one_is_taken():
    photos = [Image.new("L", (16, 16), shade) for shade in (200, 0, 50)]
    pixels, notes = decode(encoded(photos[0], "HEIF", save_all=True, append_images=photos[1:], primary_index=2))
    np.testing.assert_allclose(pixels, 50 / 255, atol=0.02)
    assert "3 frames" in notes[0]


def test_a_large_image_is_reduced_by_averaging():
    board = np.indices((3000, 2000)).sum(0) % 2 * 255
    pixels = decode(encoded(Image.fromarray(board.astype(np.uint8)))).pixels
    assert pixels.shape == (1, 1024, 683)
    np.testing.assert_allclose(pixels.mean(), 0.5, atol=0.01)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an image"),
        (b"just a text file", "expected PNG, JPEG"),
        (b"\x89PNG\r\n\x1a\n", "not an image|damaged"),
        (encoded(gradient(300, 300), "JPEG")[:1500], "damaged or cut short"),
        (encoded(gradient(300, 300))[:500], "damaged or cut short"),
        (encoded(gradient(1, 1)), "only 1 x 1 pixels.*at least 8 x 8"),
        (encoded(gradient(), "TIFF"), "not an image"),
        (png_header(20_000, 20_000), "too large: at most 50 million"),
        (png_header(10_000, 9_000), "10,000 x 9,000"),
        (heif_resized(encoded(gradient(), "HEIF"), 10_000, 9_000), "too large.* 10,000 x 9,000"),
        (heif_resized(heif_cropped(encoded(gradient(), "HEIF"), 16, 16), 10_000, 9_000), "too large.* 10,000 x 9,000"),
        (heif_resized(encoded(gradient(600, 600), "HEIF"), 64, 64), "damaged or cut short"),
        (encoded(gradient(), "AVIF"), "not an image.* Save it as a PNG or JPEG"),
    ],
)
def test_bad_files_get_one_sentence(data, message):
    with pytest.raises(ImageError, match=message):
        decode(data)


def test_a_crop_in_a_heif_is_kept_to():
    pixels = decode(heif_cropped(encoded(gradient(), "HEIF", quality=100), 16, 10)).pixels
    np.testing.assert_allclose(pixels, np.asarray(gradient())[10:20, 12:28].transpose(2, 0, 1) / 255, atol=0.05)


@pytest.mark.parametrize("kind", FORMATS)
def test_whatever_is_wrong_with_a_file_is_said_in_a_sentence(kind):
    frames = [Image.new("L", (16, 16), shade) for shade in (200, 0, 50)]
    several = {"save_all": True, "append_images": frames[1:]} if kind in ("GIF", "WEBP", "HEIF") else {}
    data, said = encoded(frames[0], kind, **several), []
    for position in range(len(data)):
        flipped = bytearray(data)
        flipped[position] ^= 255
        for damaged in (data[:position], bytes(flipped)):
            try:
                decode(damaged)
            except ImageError as error:
                said.append(str(error))
    assert len(said) > 50
    assert all(sentence.startswith(("This file is not an image", "The image is")) for sentence in said)


# --- digits -----------------------------------------------------------------------------------------------------


def digit_of(image):
    return as_digit(image).pixels


def test_small_in_a_corner_equals_large_in_the_middle():
    small = digit_of(rasterise(placed(FOUR, 0.35, 0.05, 0.6), 280))
    large = digit_of(rasterise(placed(FOUR, 1.3, -0.17, -0.17), 280))
    assert np.abs(small - large).mean() < RESAMPLED / 4
    assert np.corrcoef(small.ravel(), large.ravel())[0, 1] > 0.98


def test_dark_on_light_equals_light_on_dark():
    drawing = rasterise(FOUR, 140)
    np.testing.assert_allclose(digit_of(1 - drawing), digit_of(drawing), atol=1e-4)


def test_contrast_does_not_matter():
    drawing = rasterise(FOUR, 140)
    np.testing.assert_allclose(digit_of(0.3 + 0.2 * drawing), digit_of(drawing), atol=1e-4)


def test_colour_equals_its_grey():
    drawing = rasterise(FOUR, 140)
    np.testing.assert_allclose(digit_of(np.repeat(drawing, 3, 0)), digit_of(drawing), atol=1e-4)


def test_a_slant_of_light_is_taken_away():
    drawing = rasterise(FOUR, 140)
    slope = np.linspace(0.5, 0.9, 140, dtype=np.float32)
    assert np.abs(digit_of(slope - 0.45 * drawing) - digit_of(drawing)).mean() < 0.01


@pytest.mark.parametrize("digit", range(10))
def test_ink_spans_20_pixels_and_its_mass_lies_on_pixel_14(digit):
    image = digit_of(rasterise(strokes.write(digit, np.random.default_rng(digit)), 280))[0]
    rows, columns = (np.flatnonzero(image.max(axis) > 0.2) for axis in (1, 0))
    assert abs(max(np.ptp(rows), np.ptp(columns)) + 1 - 20) <= 1
    place = np.arange(28) + 0.5
    assert abs(image.sum(1) @ place / image.sum() - DIGIT_CENTRE) < 0.1
    assert abs(image.sum(0) @ place / image.sum() - DIGIT_CENTRE) < 0.1


def test_ink_that_would_leave_the_image_stays_inside():
    hammer = [Stroke(np.array([[0.5, 0.1], [0.5, 0.9]]), 0.02), Stroke(np.array([[0.4, 0.12], [0.6, 0.12]]), 0.2)]
    image = digit_of(rasterise(hammer, 280))[0]
    assert abs(np.ptp(np.flatnonzero(image.max(1) > 0.2)) + 1 - 20) <= 1


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_a_blank_page_has_nothing_to_recognise(shade):
    with pytest.raises(ImageError, match="nothing to recognise"):
        digit_of(np.full((3, 50, 50), shade, np.float32))


def test_paper_with_grain_and_nothing_on_it_has_nothing_to_recognise():
    grain = np.random.default_rng(0).normal(0.8, 0.01, (1, 200, 200)).astype(np.float32)
    with pytest.raises(ImageError, match="nothing to recognise"):
        digit_of(grain)


@pytest.mark.parametrize("shape", [(8, 8), (8, 900), (900, 8), (9, 11)])
def test_any_shape_of_picture_gives_a_digit(shape):
    image = np.zeros((1, *shape), np.float32)
    image[0, shape[0] // 2, shape[1] // 2] = 1
    assert digit_of(image).shape == (1, 28, 28)


def photos(split, rng):
    """Each image ten times as large, as dark ink somewhere on paper in slanting light, with grain."""
    for image in split.images:
        ink = np.asarray(Image.fromarray(image[0]).resize((280, 280), Image.Resampling.BICUBIC), np.float32) / 255
        ink = np.pad(ink, [tuple(rng.integers(20, 200, 2)), tuple(rng.integers(20, 200, 2))])
        y, x = np.mgrid[: ink.shape[0], : ink.shape[1]] / max(ink.shape)
        light = rng.uniform(0.6, 0.9) + rng.uniform(-0.2, 0.2) * x + rng.uniform(-0.2, 0.2) * y
        photo = light * (1 - rng.uniform(0.5, 0.9) * ink) + rng.normal(0, 0.02, ink.shape)
        yield np.clip(photo, 0, 1)[None].astype(np.float32)


def test_photos_of_mnist_digits_are_read_as_well_as_the_digits(mnist_test, lenet5):
    part = mnist_test._replace(images=mnist_test.images[:100], labels=mnist_test.labels[:100])
    prepared = np.stack([digit_of(photo) for photo in photos(part, np.random.default_rng(0))])
    plain = accuracy(lenet5.predict(to_float(part.images)).argmax(1), part.labels)
    assert accuracy(lenet5.predict(prepared).argmax(1), part.labels).value >= plain.value - 0.01


DIGITS = 30


@pytest.fixture(scope="module")
def handwriting():
    """DIGITS digits: MNIST's, or digits written by code where it isn't there."""
    real = not MNIST.missing("test", data_dir())
    images, labels, _ = MNIST.load("test", data_dir()) if real else strokes.generate(DIGITS, seed=3)
    return [enlarged(image) for image in images[:DIGITS]], labels[:DIGITS]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.__name__)
def test_handwriting_is_read_off_any_paper_and_other_ink_is_told_of(paper, handwriting, lenet5):
    inks, labels = handwriting
    rng = np.random.default_rng(0)
    read = [as_digit(paper(ink, other, rng)) for ink, other in zip(inks, inks[1:] + inks[:1], strict=True)]
    assert (lenet5.predict(np.stack([digit.pixels for digit in read])).argmax(1) == labels).mean() >= 0.9
    told = np.mean(["more than one piece of ink" in digit.notes[0] for digit in read])
    assert told >= 0.8 if paper in SEVERAL else told <= 0.1


def test_a_drawing_that_fills_the_pad_is_read(lenet5):
    rng = np.random.default_rng(0)
    drawings = [
        placed(strokes.write(digit, rng), scale, *2 * [(1 - scale) / 2]) for digit in range(10) for scale in (1.4, 1.45)
    ]
    answers = lenet5.predict(np.stack([digit_of(rasterise(drawing, 280)) for drawing in drawings])).argmax(1)
    assert (answers == np.repeat(range(10), 2)).mean() >= 0.9


def test_a_digit_that_leaves_little_paper_is_read_by_the_margin():
    page = np.pad(rasterise([Stroke(np.array([[0.5, 0], [0.5, 1]]), 0.9)], 200), [(0, 0), (12, 12), (12, 12)])
    grain = np.random.default_rng(0).normal(0, 0.01, page.shape)
    bar = digit_of((0.8 - 0.5 * page + grain).astype(np.float32))[0]
    assert bar[14, 14] > 0.9
    assert bar[:4].max() == bar[:, :4].max() == 0


def test_what_was_done_is_told_in_numbers():
    (moved,) = as_digit(rasterise(placed(FOUR, 0.5, 0.3, 0.3), 280)).notes
    (by,) = re.findall(r"made (\S+) times as large", moved)
    ink = rasterise(placed(FOUR, 0.5, 0.3, 0.3), 280)[0] > 0.2
    span = max(np.ptp(np.flatnonzero(ink.any(axis))) + 1 for axis in (0, 1))
    assert abs(float(by) - 200 / span) < 0.06


def test_of_a_drawing_no_paper_need_be_looked_for():
    for digit in range(10):
        drawing = rasterise(strokes.write(digit, np.random.default_rng(digit)), 280)
        known, found = as_digit(drawing, drawn=True), as_digit(drawing)
        np.testing.assert_array_equal(known.pixels, found.pixels)
        assert known.notes == found.notes


def test_a_drawing_s_pixels_are_the_exact_means_of_finer_ones():
    drawing = strokes.write(8, np.random.default_rng(0))
    fine = rasterise(drawing, 4 * 56, oversample=1)[0]
    assert set(np.unique(fine)) == {0, 1}
    np.testing.assert_array_equal(rasterise(drawing, 56)[0], fine.reshape(56, 4, 56, 4).mean((1, 3)))


@pytest.mark.parametrize("place", [(0.25, -0.03, -0.03), (0.95, 0.6, 0.02)], ids=["smaller", "larger but cut"])
def test_of_two_drawn_digits_the_whole_and_larger_one_is_read(place):
    first, second = placed(FOUR, 0.4, 0.25, 0.3), placed(FOUR, *place)
    one, two = (as_digit(rasterise(drawing, 280)) for drawing in (first, [*first, *second]))
    assert np.abs(one.pixels - two.pixels).max() < RESAMPLED
    assert len(one.notes) == 1
    assert "more than one piece of ink" in two.notes[0]


def test_a_circle_turns_onto_itself_and_leaves_the_corners_out():
    disc = cut_to_circle(np.ones((1, 28, 28), np.float32))
    np.testing.assert_array_equal(disc, np.rot90(disc, 1, (1, 2)))
    np.testing.assert_allclose(disc.mean(), np.pi / 4, atol=0.01)
    assert disc[0, 0, 0] == 0
    assert disc.dtype == np.float32


# --- photos -----------------------------------------------------------------------------------------------------


def noise(*shape):
    return np.random.default_rng(0).random(shape, np.float32)


@pytest.mark.parametrize("shape", [(8, 8), (8, 900), (900, 8), (31, 33), (100, 75), (32, 32), (1024, 683)])
def test_any_shape_of_picture_gives_a_photo_and_an_even_one_stays_even(shape):
    photo = as_photo(np.full((3, *shape), 0.3, np.float32))
    assert photo.shape == (3, 32, 32)
    assert photo.dtype == np.float32
    np.testing.assert_allclose(photo, 0.3, atol=FLOAT)


@pytest.mark.parametrize("factor", [1, 2, 3, 8])
def test_reducing_by_a_whole_factor_takes_the_mean_of_each_block(factor):
    image = noise(3, 32 * factor, 32 * factor)
    blocks = image.reshape(3, 32, factor, 32, factor).mean((2, 4))
    np.testing.assert_allclose(as_photo(image), blocks, atol=FLOAT)


def test_a_photo_of_the_right_size_stays_as_it_is():
    image = noise(3, 32, 32)
    np.testing.assert_allclose(as_photo(image), image, atol=1e-7)


@pytest.mark.parametrize("side", [8, 31, 33, 50, 333])
def test_a_square_keeps_its_mean_colour(side):
    image = noise(3, side, side)
    np.testing.assert_allclose(as_photo(image).mean((1, 2)), image.mean((1, 2)), atol=FLOAT)


def test_a_pixel_that_lies_in_two_fields_counts_in_each_by_the_part_inside():
    line = np.zeros(48, np.float32)
    line[1] = 1  # two fields cover three pixels: half of this one is in the first, half in the second
    photo = as_photo(np.broadcast_to(line, (1, 48, 48)))
    np.testing.assert_allclose(photo[0, 5, :3], [1 / 3, 1 / 3, 0], atol=FLOAT)


@pytest.mark.parametrize(("height", "width"), [(40, 90), (90, 40), (41, 90), (90, 41)])
def test_of_a_wide_or_tall_picture_the_middle_is_taken(height, width):
    image = noise(3, height, width)
    left, top, side = centre_square(width, height)
    assert side == min(height, width)
    assert abs(2 * left + side - width) <= 1
    assert abs(2 * top + side - height) <= 1
    np.testing.assert_array_equal(as_photo(image), as_photo(image[:, top : top + side, left : left + side]))


def test_a_picture_comes_to_a_shape_by_the_matrices_of_its_fit():
    rng = np.random.default_rng(0)
    for channels, old, shape, fit in itertools.product(
        (1, 3), ((9, 5), (31, 40)), ((1, 8, 8), (3, 20, 11), (4, 31, 40)), FITS
    ):
        image = rng.random((channels, *old), np.float32)
        rows, columns = fit_weights(old, shape[1:], fit)
        planes = image if channels in (1, shape[0]) else grey(image)[None]
        expected = np.broadcast_to(rows @ planes @ columns.T, shape)
        np.testing.assert_allclose(shaped(image, shape, fit), expected, atol=FLOAT)


def test_grey_becomes_three_equal_channels():
    image = noise(1, 50, 50)
    photo = as_photo(image)
    np.testing.assert_array_equal(photo, as_photo(np.repeat(image, 3, 0)))
    np.testing.assert_array_equal(photo[0], photo[1])
    np.testing.assert_array_equal(photo[0], photo[2])


# --- strokes ----------------------------------------------------------------------------------------------------


def test_a_dot_has_the_pen_s_area():
    image = rasterise([Stroke(np.array([[0.5, 0.5]]), 0.5)], 100)
    np.testing.assert_allclose(image.mean(), np.pi * 0.25**2, rtol=0.02)


def test_a_line_covers_its_width_and_nothing_outside_the_pad_matters():
    image = rasterise([Stroke(np.array([[-1.0, 0.5], [2.0, 0.5]]), 0.2)], 100)
    np.testing.assert_allclose(image[0].mean(0), 0.2, atol=0.011)


def test_no_strokes_are_an_empty_image():
    assert rasterise([], 28).max() == 0
