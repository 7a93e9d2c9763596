"""The reference layers a workspace may hold: what each is, said once for every room."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReferenceLayer:
    """One kind of reference layer.

    Attributes
    ----------
    name : str
        Its name at the import, in the register and in the tiles.
    brings : str
        What a file of it must bring: ``polygons``, ``shapes`` (of any kind), ``table``, ``raster``.
    drawn : str
        How the county's base tiles draw it: ``area``, ``line``, ``point``; empty: not there.
    group : str
        Group of the map's layer menu that offers it by this name; empty: offered another way.
    """

    name: str
    brings: str
    drawn: str = ""
    group: str = ""


REFERENCE_LAYERS = (
    ReferenceLayer("towns", "polygons", "area", "areas"),
    ReferenceLayer("parks", "polygons", "area", "areas"),
    ReferenceLayer("buildings", "polygons"),
    ReferenceLayer("roads", "shapes", "line"),
    ReferenceLayer("railway", "shapes", "line"),
    ReferenceLayer("river", "shapes", "area"),
    ReferenceLayer("firms", "table"),
    ReferenceLayer("firm_parcels", "table"),
    ReferenceLayer("ledger_jx", "table"),
    ReferenceLayer("ledger_zg", "table"),
    ReferenceLayer("projects", "table"),
    ReferenceLayer("farmland", "polygons", "area", "constraints"),
    ReferenceLayer("redline", "polygons", "area", "constraints"),
    ReferenceLayer("growth_boundary", "polygons", "area", "constraints"),
    ReferenceLayer("industrial_line", "polygons", "area", "constraints"),
    ReferenceLayer("residential", "polygons", "area", "constraints"),
    ReferenceLayer("flood", "polygons", "area", "constraints"),
    ReferenceLayer("chemical_parks", "polygons", "area", "constraints"),
    ReferenceLayer("contaminated", "polygons", "area", "constraints"),
    ReferenceLayer("interchanges", "shapes", "point", "constraints"),
    ReferenceLayer("substations", "shapes", "point", "constraints"),
    ReferenceLayer("ports", "shapes"),
    ReferenceLayer("rail_stations", "shapes"),
    ReferenceLayer("outline", "polygons", "area"),
    ReferenceLayer("dem", "raster"),
    ReferenceLayer("dsm", "raster"),
)
"""Every reference layer, in the order in which they are told."""

NAMES = tuple(layer.name for layer in REFERENCE_LAYERS)


def bringing(what: str) -> frozenset[str]:
    """Return the layers whose files bring ``what``.

    Examples
    --------
    >>> sorted(bringing("raster"))
    ['dem', 'dsm']
    """
    return frozenset(layer.name for layer in REFERENCE_LAYERS if layer.brings == what)


def drawn_as(how: str) -> tuple[str, ...]:
    """Return the layers that the base tiles draw so.

    Examples
    --------
    >>> drawn_as("point")
    ('interchanges', 'substations')
    """
    return tuple(layer.name for layer in REFERENCE_LAYERS if layer.drawn == how)


def grouped(group: str) -> tuple[str, ...]:
    """Return the layers of a group of the map's layer menu.

    Examples
    --------
    >>> grouped("areas")
    ('towns', 'parks')
    """
    return tuple(layer.name for layer in REFERENCE_LAYERS if layer.group == group)
