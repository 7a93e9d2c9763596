"""Files at the door: read, inspect, write. Coordinates are EPSG:4490 once inside."""

from gis.io.inspection import FileReport, LayerReport, inspect
from gis.io.reading import read
from gis.io.tables import read_table
from gis.io.writing import write

__all__ = ["FileReport", "LayerReport", "inspect", "read", "read_table", "write"]
