"""A chart's specification -> a file to download, drawn by the library that the browser draws it with."""

from pathlib import Path
from typing import Literal

import matplotlib
import pyarrow as pa
import vl_convert

from ui.drawing.charts.style import Spec
from ui.drawing.figures.sheet import FAMILY, POINTS, wrapped

VERSION = "6.4"  # of Vega-Lite: what Altair writes, and it reads what the app's own specifications name
WIDTH, HEIGHT = 480, 300  # of what lies between a chart's axes, in pixels, where it does not say
CAPTION = 540 / POINTS  # width of a caption's lines, in inches of a screen
FONT = 11  # of all text, in points
SCALE = 3  # dots of a PNG for each pixel
WHOLE = ("$schema", "config", "datasets")  # what belongs to a whole specification, not to a chart in it
LOOK = {
    "font": FAMILY,
    "background": "white",
    "padding": 12,
    "view": {"stroke": None, "continuousWidth": WIDTH, "discreteWidth": WIDTH, "continuousHeight": HEIGHT},
    "axis": {"labelFontSize": FONT, "titleFontSize": FONT, "titleFontWeight": "normal", "gridColor": "#E6E6E6"},
    "legend": {"labelFontSize": FONT, "titleFontSize": FONT, "titleFontWeight": "normal"},
    "title": {"fontSize": FONT + 1, "subtitleFontSize": FONT},
}
vl_convert.register_font_directory(str(Path(matplotlib.get_data_path(), "fonts", "ttf")))  # the same everywhere


def as_bytes(spec: Spec, values: pa.Table | None, caption: str, kind: Literal["png", "pdf"]) -> bytes:
    """A chart as a file, white behind it, its caption below it.

    Args:
        spec: of Vega-Lite, one chart.
        values: what it draws where it holds none itself.
        caption: said below it.
        kind: the file's.
    """
    chart = {key: part for key, part in spec.items() if key not in WHOLE and key != "params"}  # a file can't be dragged
    if values is not None:
        chart["data"] = {"values": values.to_pylist()}
    whole = {key: spec[key] for key in WHOLE if key in spec} | {
        "vconcat": [{"width": WIDTH} | chart],
        "title": {
            "text": wrapped(caption, CAPTION, FONT).splitlines(),
            "orient": "bottom",
            "anchor": "start",
            "frame": "bounds",
            "fontSize": FONT,
            "fontWeight": "normal",
            "offset": 12,
        },
    }
    convert = vl_convert.vegalite_to_png if kind == "png" else vl_convert.vegalite_to_pdf
    scale = {"scale": SCALE} if kind == "png" else {}
    return convert(whole, vl_version=VERSION, config=LOOK, allowed_base_urls=[], **scale)
