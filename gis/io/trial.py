"""The process in which `gis.io.vetting` tries a file: ``python -m gis.io.trial REQUEST``."""

from __future__ import annotations

import base64
import json
import pickle
import sys
import warnings
from pathlib import Path

from gis.archives import opened
from gis.errors import UserError
from gis.formats import RASTER_SUFFIXES, TABLE_SUFFIXES
from gis.io.inspection import inspect
from gis.io.reading import read_raw
from gis.io.tables import read_table
from gis.io.vetting import limited
from gis.raster import extent


def attempt(path: Path, layer: str | None, encoding: str | None) -> UserError | None:
    """Read what would be read; return what the reader says against it."""
    suffix = path.suffix.lower()
    try:
        if suffix in RASTER_SUFFIXES:
            extent(path)
        elif layer is None:
            inspect(path, encoding=encoding)
        elif suffix in TABLE_SUFFIXES:
            read_table(path, sheet=None if suffix == ".csv" else layer, encoding=encoding)
        else:
            with opened(path, layer=layer) as (source, inner):
                read_raw(source, inner, encoding)
    except UserError as refusal:
        return refusal
    return None


def main() -> None:
    """Try the file of the request, within its limits."""
    request = json.loads(sys.argv[1])
    limited(request["memory"], request["seconds"])
    warnings.simplefilter("ignore")
    refusal = attempt(Path(request["path"]), request["layer"], request["encoding"])
    sys.stdout.write(base64.b64encode(pickle.dumps(refusal)).decode())


if __name__ == "__main__":
    main()
