"""A layer that siting asks, with what has to be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd


@dataclass(frozen=True, eq=False)
class SitingLayer:
    """A layer with its version and date.

    Attributes
    ----------
    name : str
        As in the register.
    frame : GeoDataFrame or None
        EPSG:4549; None for a raster.
    version : str
        Number of the change that brought it, or the name of the file.
    on : date or None
        Day on which it was recorded; None for a file.
    path : Path or None
        The file of a raster.
    issues : DataFrame or None
        What a file holds that could not be read, as the register's door lists it.
    """

    name: str
    frame: gpd.GeoDataFrame | None
    version: str
    on: date | None = None
    path: Path | None = None
    issues: pd.DataFrame | None = None
