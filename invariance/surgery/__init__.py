"""A network operated on: a part of it cut out, slid over a canvas, resized, written as one matrix."""
