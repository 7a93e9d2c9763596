"""A square grid over the county, in metres, and what is read from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rasterio.features
import shapely
from affine import Affine
from scipy import ndimage

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """A north-up grid in EPSG:4549: western and northern edge, cell size (m), rows and columns."""

    west: float
    north: float
    cell_m: float
    shape: tuple[int, int]

    @property
    def transform(self) -> Affine:
        """The affine transform from column and row to easting and northing."""
        return Affine(self.cell_m, 0.0, self.west, 0.0, -self.cell_m, self.north)

    def centres(self) -> tuple[Floats, Floats]:
        """Eastings of the columns (1, n) and northings of the rows (m, 1)."""
        rows, columns = self.shape
        x = self.west + (np.arange(columns) + 0.5) * self.cell_m
        y = self.north - (np.arange(rows) + 0.5) * self.cell_m
        return x[None, :].astype(np.float64), y[:, None].astype(np.float64)

    def read(self, values: npt.NDArray, x: Floats, y: Floats) -> npt.NDArray:
        """Values of the cells under points; points beyond the grid take the border cell."""
        rows, columns = self.shape
        i = np.clip(((self.north - y) / self.cell_m).astype(int), 0, rows - 1)
        j = np.clip(((x - self.west) / self.cell_m).astype(int), 0, columns - 1)
        return values[i, j]

    def mask(self, geometry: shapely.Geometry, *, all_touched: bool = False) -> Bools:
        """Mark the cells whose centre lies in the geometry (all False where it is empty)."""
        if geometry.is_empty:
            return np.zeros(self.shape, bool)
        burnt = rasterio.features.rasterize(
            [(geometry, 1)],
            out_shape=self.shape,
            transform=self.transform,
            all_touched=all_touched,
            dtype="uint8",
        )
        return burnt.astype(bool)

    def distance_m(self, mask: Bools) -> Floats:
        """Distance in metres from every cell to the nearest True cell."""
        return ndimage.distance_transform_edt(~mask) * self.cell_m

    def polygons(self, mask: Bools, *, smooth_m: float, least_m2: float) -> list[shapely.Polygon]:
        """Outline the True cells as smooth polygons of at least ``least_m2``, large ones first."""
        soft = ndimage.gaussian_filter(mask.astype(np.float32), smooth_m / self.cell_m) > 0.5
        found = rasterio.features.shapes(
            soft.astype("uint8"), mask=soft, transform=self.transform, connectivity=4
        )
        rough = np.array([shapely.geometry.shape(part) for part, _ in found], dtype=object)
        rough = rough[shapely.area(rough) >= least_m2]
        parts = list(shapely.simplify(rough, self.cell_m * 0.9))
        return sorted(parts, key=lambda part: (-part.area, part.bounds))


def grid_over(bounds: tuple[float, float, float, float], *, cell_m: float, margin_m: float) -> Grid:
    """Lay a grid over bounds (west, south, east, north; m), edges on multiples of the cell."""
    west = np.floor((bounds[0] - margin_m) / cell_m) * cell_m
    north = np.ceil((bounds[3] + margin_m) / cell_m) * cell_m
    columns = int(np.ceil((bounds[2] + margin_m - west) / cell_m))
    rows = int(np.ceil((north - bounds[1] + margin_m) / cell_m))
    return Grid(float(west), float(north), cell_m, (rows, columns))


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], *, cells: int) -> Floats:
    """Smooth random relief, mean 0 and deviation about 1, with hills ``cells`` cells apart."""
    rows, columns = (int(np.ceil(n / cells)) + 4 for n in shape)
    lattice = rng.standard_normal((rows, columns))
    step = 1.0 / cells
    at = np.meshgrid(
        1.5 + np.arange(shape[0]) * step, 1.5 + np.arange(shape[1]) * step, indexing="ij"
    )
    fine = ndimage.map_coordinates(lattice, at, order=3, mode="nearest")
    return (fine - fine.mean()) / fine.std()
