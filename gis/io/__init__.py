"""Files at the door: read, inspect, write. Coordinates are EPSG:4490 once inside."""

from gis.io.evidence import Candidate, PlaceReport, place_evidence
from gis.io.inspection import FileReport, LayerReport, inspect
from gis.io.located import location_of, with_geometry
from gis.io.previews import EncodingPreview, encoding_previews
from gis.io.reading import placed, read
from gis.io.tables import read_table
from gis.io.vetting import vet
from gis.io.workbooks import MOST_ROWS
from gis.io.writing import write

__all__ = [
    "MOST_ROWS",
    "Candidate",
    "EncodingPreview",
    "FileReport",
    "LayerReport",
    "PlaceReport",
    "encoding_previews",
    "inspect",
    "location_of",
    "place_evidence",
    "placed",
    "read",
    "read_table",
    "vet",
    "with_geometry",
    "write",
]
