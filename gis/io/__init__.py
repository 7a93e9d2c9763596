"""Files at the door: read, inspect, write. Coordinates are EPSG:4490 once inside."""

from gis.io.inspection import FileReport, LayerReport, inspect
from gis.io.located import location_of, with_geometry
from gis.io.reading import placed, read
from gis.io.tables import read_table
from gis.io.writing import write

__all__ = [
    "FileReport",
    "LayerReport",
    "inspect",
    "location_of",
    "placed",
    "read",
    "read_table",
    "with_geometry",
    "write",
]
