"""The ledgers of two bureaus as the pages show them: compared once, then kept."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from analysis.ledgers_compare import LedgerComparison, compare_ledgers
from analysis.ledgers_placed import placed_alone
from data.ledger_rules import LedgerRules, load_ledger_rules
from data.ledgers import has_ledgers, read_ledgers, resolutions
from data.towns import read_towns
from reports.ledgers import kind_name
from ui.desk import Desk
from ui.overlays import MOST_SHAPES, Overlay, lay
from ui.shelf import Shelf
from ui.text import language, t
from ui.text.numbers import UNKNOWN, mu, number

_compared = Shelf(2)
_placed = Shelf(2)
_laid = Shelf(4)
_rules = Shelf(1)


def ledger_rules() -> LedgerRules:
    """Return the rules of comparing ledgers (shared)."""
    rules: LedgerRules = _rules.get("rules", load_ledger_rules)
    return rules


def compared(desk: Desk) -> LedgerComparison | None:
    """Return how the two ledgers differ on the reader's day; None while one is missing (shared)."""

    def make() -> LedgerComparison | None:
        if not has_ledgers(desk.register, desk.as_of):
            return None
        rules = ledger_rules()
        jx, zg = read_ledgers(desk.register, desk.as_of, rules=rules)
        told = resolutions(desk.register.read_meta(desk.as_of))
        return compare_ledgers(jx, zg, desk.parcels, rules=rules, resolved=told)

    found: LedgerComparison | None = _compared.get(desk.facts, make)
    return found


def alone(desk: Desk) -> gpd.GeoDataFrame | None:
    """Return the rows that only one ledger has, with their places; None while one is missing."""

    def make() -> gpd.GeoDataFrame | None:
        found = compared(desk)
        if found is None:
            return None
        jx, zg = read_ledgers(desk.register, desk.as_of, rules=ledger_rules())
        return placed_alone(found, jx=jx, zg=zg, parcels=desk.parcels, towns=read_towns())

    rows: gpd.GeoDataFrame | None = _placed.get(desk.facts, make)
    return rows


def laid_alone(desk: Desk) -> Overlay | None:
    """Return what the map draws of the rows that are on no parcel of record: shapes, towns."""

    def make() -> Overlay | None:
        rows = alone(desk)
        if rows is None:
            return None
        own = rows[(rows["placed_by"] == "shape").to_numpy(dtype=bool)].head(MOST_SHAPES)
        drawn = pd.DataFrame({"kind": "alone", "label": _labels(own)})
        shapes = gpd.GeoDataFrame(drawn, geometry=own.geometry.to_numpy(), crs=4490)
        return lay(gpd.GeoDataFrame(pd.concat([shapes, _by_town(rows)], ignore_index=True)))

    laid: Overlay | None = _laid.get((desk.facts, language()), make)
    return laid


def _labels(rows: pd.DataFrame) -> list[str]:
    kinds = [kind_name(kind, language()) for kind in rows["field"]]
    return [
        f"{kind} · {owner or UNKNOWN}" for kind, owner in zip(kinds, rows["owner"], strict=True)
    ]


def _by_town(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one point for each town with what only one ledger has there."""
    here = rows[(rows["placed_by"] == "town").to_numpy(dtype=bool)]
    labels, points = [], []
    for town, group in here.groupby("town", sort=True):
        said = [_counted(str(kind), part["land_m2"]) for kind, part in group.groupby("field")]
        labels.append(" · ".join([str(town), *said]))
        points.append(group.geometry.iloc[0])
    frame = pd.DataFrame({"kind": "alone", "label": pd.Series(labels, dtype=object)})
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(points, crs=4490))


def _counted(kind: str, land: pd.Series) -> str:
    """Say how many rows of a kind there are, and their land as far as it is known."""
    parts = {"kind": kind_name(kind, language()), "n": number(len(land)), "area": land_told(land)}
    unknown = int(land.isna().sum())
    if unknown:
        return t("ledgers.alone_unknown", **parts, unknown=number(unknown))
    return t("ledgers.alone_here", **parts)


def land_told(land: pd.Series) -> str:
    """Return the sum of known areas in m² as 亩; unknown where none is known."""
    return mu(float(land.sum(min_count=1)))


def marked(desk: Desk, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with ``ledgers_differ``, where two ledgers are there to differ."""
    found = compared(desk)
    if found is None:
        return frame
    rows = alone(desk)
    ids = found.open_parcels()
    if rows is not None:
        ids = ids.union(pd.Index(rows["parcel_id"].dropna().unique()))
    return frame.assign(ledgers_differ=frame.index.isin(ids))
