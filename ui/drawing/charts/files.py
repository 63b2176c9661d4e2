"""A chart's specification -> a file to download, drawn by the library that the browser draws it with."""

from pathlib import Path
from typing import Literal

import matplotlib
import pyarrow as pa
import vl_convert

from ui.drawing.charts.style import NUMBERS, Spec
from ui.drawing.figures.sheet import FAMILY, POINTS, wrapped

VERSION = "6.4"  # of Vega-Lite: what Altair writes, and it reads what the app's own specifications name
WIDTH, HEIGHT = 480, 300  # of what lies between a chart's axes, in pixels, where it does not say
CAPTION = 540 / POINTS  # width of a caption's lines, in inches of a screen
FONT = 11  # of all text, in points
SCALE = 3  # dots of a PNG for each pixel
MOST_COLUMNS, BETWEEN = 3, 60  # charts side by side, and the pixels between them
# Of a specification, what belongs to a whole one, not to a chart in it; and params: a file can't be dragged.
WHOLE = ("$schema", "config", "datasets", "params")
LOOK = {
    "font": FAMILY,
    "locale": {"number": NUMBERS},
    "background": "white",
    "padding": 12,
    "view": {"stroke": None, "continuousWidth": WIDTH, "discreteWidth": WIDTH, "continuousHeight": HEIGHT},
    "axis": {"labelFontSize": FONT, "titleFontSize": FONT, "titleFontWeight": "normal", "gridColor": "#E6E6E6"},
    "legend": {"labelFontSize": FONT, "titleFontSize": FONT, "titleFontWeight": "normal"},
    "title": {"fontSize": FONT + 1, "subtitleFontSize": FONT},
}
Charts = dict[str, tuple[Spec, pa.Table | None]]

vl_convert.register_font_directory(str(Path(matplotlib.get_data_path(), "fonts", "ttf")))  # the same everywhere


def as_bytes(charts: Charts, caption: str, kind: Literal["png", "pdf"]) -> bytes:
    """Charts as one file, white behind them, their caption below them.

    Args:
        charts: title -> a specification of Vega-Lite, and what it draws where it holds no values itself; one chart
            fills the width and needs no title.
        caption: said below them.
        kind: the file's.
    """
    columns = min(len(charts), MOST_COLUMNS)
    width = WIDTH if columns == 1 else (WIDTH - (columns - 1) * BETWEEN) // columns
    first, _ = next(iter(charts.values()))
    whole = {
        "$schema": first["$schema"],
        "datasets": {name: rows for spec, _ in charts.values() for name, rows in spec.get("datasets", {}).items()},
        "concat": [_part(title, spec, values, width) for title, (spec, values) in charts.items()],
        "columns": columns,
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


def _part(title: str, spec: Spec, values: pa.Table | None, width: int) -> Spec:
    """One chart of several."""
    part = {"width": width} | {key: value for key, value in spec.items() if key not in WHOLE}
    if title:
        part["title"] = {"text": title, "anchor": "start", "limit": width + BETWEEN / 2}
    if values is not None:
        part["data"] = {"values": values.to_pylist()}
    return part
