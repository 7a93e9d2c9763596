"""Statistics of a raster under polygons, one part at a time: also a program of its own.

``python -m gis.zonal_part RASTER STAT…`` reads polygons (`pack`) from standard input and writes the
table (float64) to standard output. It loads nothing but what it needs, so it starts quickly.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import RasterioRasterSource


class _Polygon(Feature):
    """A polygon as WKB, without attributes."""

    def __init__(self, wkb: bytes) -> None:
        super().__init__()
        self.wkb = wkb

    def geometry(self) -> bytes:
        return self.wkb

    def fields(self) -> list[str]:
        return []

    def get(self, name: str) -> Any:
        raise KeyError(name)


class _Polygons(FeatureSource):
    """Polygons in their order."""

    def __init__(self, wkb: Sequence[bytes]) -> None:
        super().__init__()
        self.wkb = wkb

    def count(self) -> int:
        return len(self.wkb)

    def __iter__(self) -> Iterator[_Polygon]:
        return (_Polygon(shape) for shape in self.wkb)

    def srs_wkt(self) -> None:
        return None


def measure(raster: Path | str, wkb: Sequence[bytes], stats: Sequence[str]) -> np.ndarray:
    """Return the statistics (polygons, stats) of band 1, each cell weighted by its covered share.

    NaN where no valid cell is touched; ``count`` is 0 there. Polygons are in the raster's
    coordinate system.
    """
    if not len(wkb):
        return np.zeros((0, len(stats)))
    with warnings.catch_warnings(), rasterio.open(raster) as source:
        warnings.simplefilter("ignore")
        band = RasterioRasterSource(source, 1, name="z")
        named = [f"s{at}={stat}" for at, stat in enumerate(stats)]
        found = exact_extract(band, _Polygons(wkb), named, output="geojson")
    names = list(found[0]["properties"])  # in an order of their own; a quantile's has a tail
    keys = [next(n for n in names if n.split("_")[0] == f"s{at}") for at in range(len(stats))]
    rows = [[row["properties"][key] for key in keys] for row in found]
    table = np.ma.filled(np.ma.masked_invalid(np.array(rows, dtype=float)), np.nan)
    return np.asarray(table).reshape(len(wkb), len(stats))


def pack(wkb: Sequence[bytes]) -> bytes:
    """Join polygons to bytes: their number, their lengths, and they themselves."""
    lengths = np.array([len(wkb), *map(len, wkb)], dtype="<i8")
    return lengths.tobytes() + b"".join(wkb)


def unpack(packed: bytes) -> list[bytes]:
    """Take `pack` apart again.

    Examples
    --------
    >>> unpack(pack([b"ab", b"", b"c"]))
    [b'ab', b'', b'c']
    """
    count = int(np.frombuffer(packed, "<i8", 1)[0])
    ends = np.cumsum(np.frombuffer(packed, "<i8", count, 8)) + 8 * (count + 1)
    starts = np.concatenate([[8 * (count + 1)], ends[:-1]])[:count]
    return [packed[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]


def main() -> None:
    """Measure what standard input brings."""
    raster, *stats = sys.argv[1:]
    table = measure(raster, unpack(sys.stdin.buffer.read()), stats)
    sys.stdout.buffer.write(table.astype("<f8").tobytes())


if __name__ == "__main__":
    main()
