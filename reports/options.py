"""Choices of a list that only some formats have: encoding, zone, layout."""

from __future__ import annotations

from dataclasses import dataclass, field

from gis.io.boundary_write import BoundaryForm


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """How a shapefile or a list of boundary points is written.

    Attributes
    ----------
    encoding : str
        Of a shapefile: ``"UTF-8"`` (told in a .cpg) or ``"GBK"``.
    boundary : BoundaryForm
        Zone, decimals, layout and encoding of 界址点 TXT.
    """

    encoding: str = "UTF-8"
    boundary: BoundaryForm = field(default_factory=BoundaryForm)
