"""Helpers that tests share."""

import struct
import zlib


def png_header(width, height):
    """The start of a PNG that claims a size; no pixel of it exists."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def heif_cropped(heif, width, height):
    """A HEIF file of one image, as Pillow writes it here, with a box "clap" put in that shows only its middle."""
    data = bytearray(heif)

    def enlarge(position, more):
        struct.pack_into(">I", data, position, struct.unpack_from(">I", data, position)[0] + more)

    box = struct.pack(">I4s8I", 40, b"clap", width, 1, height, 1, 0, 1, 0, 1)
    use = data.index(b"ipma") - 4  # which properties the image has: it gets one more
    end = use + struct.unpack_from(">I", data, use)[0]
    data[use + 18] += 1
    data[end:end] = bytes([0x80 | data[use + 18]])
    enlarge(use, 1)
    data[use:use] = box
    for name, more in ((b"meta", 41), (b"iprp", 41), (b"ipco", 40)):
        enlarge(data.index(name) - 4, more)
    enlarge(data.index(b"iloc") + 16, 41)  # where its pixels begin
    return bytes(data)


def heif_resized(heif, width, height):
    """A HEIF file whose header claims another size."""
    data = bytearray(heif)
    struct.pack_into(">II", data, data.index(b"ispe") + 8, width, height)
    return bytes(data)
