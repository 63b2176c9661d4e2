"""Arrays -> matplotlib figures for pages, downloads and print: drawn on a sheet, turned into files by as_bytes().

Import it late, as sheet.py.
"""

from ui.drawing.figures.files import as_bytes, as_svg
from ui.drawing.figures.layer_errors import layer_errors
from ui.drawing.figures.maps import maps_side_by_side, pictures
from ui.drawing.figures.network import connections, volumes
from ui.drawing.figures.numbers import number_grids, table_of_kernel
from ui.drawing.figures.orders import orders
from ui.drawing.figures.sweep import sweep
from ui.drawing.figures.tables import table
from ui.drawing.figures.whole_network import whole_network

__all__ = [
    "as_bytes",
    "as_svg",
    "connections",
    "layer_errors",
    "maps_side_by_side",
    "number_grids",
    "orders",
    "pictures",
    "sweep",
    "table",
    "table_of_kernel",
    "volumes",
    "whole_network",
]
