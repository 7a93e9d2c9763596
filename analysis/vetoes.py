"""Vetoes before scores: what keeps which project off which site, and what nobody could check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import require_unique
from analysis.site_figures import numbers
from analysis.site_offers import reserved
from analysis.veto_areas import too_near
from analysis.veto_checks import Bools, Checked, Rows, put
from analysis.veto_projects import applicable, column, contradicted, flag
from data.siting_layer import SitingLayer
from data.siting_rules import OWN, SitingRules, Veto
from gis.crs import require_metric
from gis.errors import Words
from gis.validity import measurable

VETOED = (
    "project_id", "site_id", "veto", "layer", "layer_version", "layer_date", "clause", "clause_en",
    "overlap_m2", "value", "threshold", "unit", "note",
)  # fmt: skip
"""Columns of what is vetoed; a conditional pass has ``condition`` and ``condition_en`` more."""

CONDITIONAL = (*VETOED, "condition", "condition_en")
UNCHECKED = ("project_id", "site_id", "veto", "layer", "reason")
"""Columns of what could not be checked; ``site_id`` is None where that holds for every site."""

REASONS: Mapping[str, Words] = {
    "layer_missing": Words("没有这一图层", "the layer is not there"),
    "attribute_missing": Words("图层缺少所需属性", "the layer lacks the attribute needed"),
    "attribute_unknown": Words("图层中该处的属性为空", "the attribute is empty there"),
    "validity_unknown": Words(
        "认定起止时间不明", "nobody says from when until when it is accredited"
    ),
    "site_unknown": Words("场地缺少该项数据", "the site lacks the figure"),
    "geometry_unusable": Words("场地图形不可用", "the site has no usable geometry"),
    "project_unknown": Words("项目资料不全", "the project does not say"),
    "project_contradicts": Words(
        "项目资料自相矛盾，请核对", "the project contradicts itself: check what it says"
    ),
}
"""Why a veto was not checked."""

NOTES: Mapping[str, Words] = {
    "expired": Words("认定已到期或尚未生效", "the accreditation is over, or not yet in force"),
    "ends_first": Words("认定在用地可用之前到期", "the accreditation ends before the land is free"),
}


@dataclass(frozen=True, eq=False)
class Vetoes:
    """What keeps projects off sites.

    Attributes
    ----------
    vetoed : DataFrame
        With `VETOED`: one row for each project, site and veto that holds. ``overlap_m2`` is the
        area concerned (NaN where a veto is about no area), ``value`` and ``threshold`` what was
        compared, in ``unit``; ``layer_version`` and ``layer_date`` None where the veto asks the
        site itself. What all rows of a veto say alike is categorical.
    conditional : DataFrame
        With `CONDITIONAL`: pairs that pass on a condition.
    unchecked : DataFrame
        With `UNCHECKED`: what could not be checked. It has not been passed.
    """

    vetoed: pd.DataFrame
    conditional: pd.DataFrame
    unchecked: pd.DataFrame

    def pairs(self) -> pd.DataFrame:
        """Return the pairs of project and site that are vetoed, once each."""
        return self.vetoed[["project_id", "site_id"]].drop_duplicates(ignore_index=True)

    def named_pairs(self, rules: SitingRules) -> pd.DataFrame:
        """Return them with what vetoes them in words (``said``), a row for each veto."""
        names = {veto.key: Words(*veto.label) for veto in rules.vetoes}
        pairs = self.vetoed[["project_id", "site_id"]].reset_index(drop=True)
        said = [names.get(str(key), Words(str(key))) for key in self.vetoed["veto"]]
        return pairs.assign(said=pd.Series(said, dtype=object))


def vetoes(
    projects: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    layers: Mapping[str, SitingLayer],
    *,
    rules: SitingRules,
    on: date,
) -> Vetoes:
    """Put every veto that holds on a day to every project and site.

    Parameters
    ----------
    projects : DataFrame
        By unique ``project_id``, as `data.projects.project_table`.
    sites : GeoDataFrame
        By unique ``site_id``, EPSG:4549, as `analysis.sites`.
    layers : mapping
        Layer → what it is; one that is not here makes its vetoes "not checked".
    rules : SitingRules
        The vetoes.
    on : date
        The day; accreditations and clearances count as of then.

    Returns
    -------
    Vetoes
        In the order of projects, sites and rules. A site that touches a layer without sharing
        land passes.

    Raises
    ------
    CrsMissingError, NotMetricError
        If sites or layers are not in EPSG:4549.
    DuplicateParcelError
        If a site or a project occurs twice.
    """
    require_metric(sites, what="场地 sites")
    require_unique(sites)
    require_unique(projects)
    for given in layers.values():
        if given.frame is not None:
            require_metric(given.frame, what=given.name)
    table = _Table(projects, sites)
    shapes = np.array(sites.geometry.array, dtype=object)
    usable = measurable(shapes)
    shapes[~usable] = None
    hit: dict[str, Rows] = {}
    for place, veto in enumerate(rules.on(on)):
        layer = layers.get(veto.layer)
        applies, unsure = applicable(veto, projects)
        odd = contradicted(veto, projects)
        table.not_checked(place, veto, np.flatnonzero(unsure & ~odd), None, "project_unknown")
        table.not_checked(place, veto, np.flatnonzero(odd), None, "project_contradicts")
        mine = np.flatnonzero(applies)
        if _absent(veto, layer):
            table.not_checked(place, veto, mine, None, "layer_missing")
        elif veto.kind == "near":
            assert layer is not None
            _near(table, place, veto, layer, mine, shapes, usable)
        elif veto.kind == "short":
            _short(table, place, veto, layer, mine)
        elif veto.kind == "reserved":
            _reserved(table, place, veto, layer, mine)
        else:
            found = put(veto, sites, shapes, usable, layer, on=on)
            found = _without(found, hit.get(veto.unless))
            hit[veto.key] = found.rows
            table.enter(place, veto, layer, mine, found)
    return table.done()


def _absent(veto: Veto, layer: SitingLayer | None) -> bool:
    """Whether the layer of a veto is not there, or holds nothing; a figure of the site may do."""
    if veto.layer == OWN or veto.kind in ("limit", "short", "reserved"):
        return False
    return layer is None or layer.frame is None or layer.frame.empty


def _without(found: Checked, others: Rows | None) -> Checked:
    """Leave out the sites that another veto speaks for."""
    if others is None:
        return found
    kept = ~np.isin(found.rows, others)
    return Checked(
        found.rows[kept], found.overlap_m2[kept], found.value[kept], unknown=found.unknown
    )


def _near(
    table: _Table,
    place: int,
    veto: Veto,
    layer: SitingLayer,
    projects: Rows,
    shapes: NDArray[np.object_],
    usable: Bools,
) -> None:
    assert layer.frame is not None
    asked = table.projects[veto.field].to_numpy(dtype=float, na_value=np.nan)[projects]
    rows, told = too_near(shapes, np.asarray(layer.frame.geometry.array), asked)
    facts = {"overlap_m2": told[1], "value": told[0], "threshold": asked[rows[0]]}
    table.add(place, veto, layer, projects[rows[0]], rows[1], facts)
    bad = np.flatnonzero(~usable)
    if len(bad):
        table.not_checked(place, veto, projects, bad, "geometry_unusable")


def _short(
    table: _Table, place: int, veto: Veto, layer: SitingLayer | None, projects: Rows
) -> None:
    """Hold what a project needs against what is left at a site, where either of them says so."""
    need = numbers(table.projects, veto.field)[projects]
    left = numbers(table.sites, veto.stock)
    with np.errstate(invalid="ignore"):
        row, site = np.nonzero(need[:, None] > left[None, :])
    facts = {"overlap_m2": np.nan, "value": left[site], "threshold": need[row]}
    table.add(place, veto, layer, projects[row], site, facts)
    asking = projects[need > 0]
    lacking = "layer_missing" if layer is None else "site_unknown"
    table.not_checked_at(place, veto, asking, np.flatnonzero(np.isnan(left)), lacking)
    silent = projects[np.isnan(need)]
    table.not_checked_at(place, veto, silent, np.flatnonzero(~np.isnan(left)), "project_unknown")


def _reserved(
    table: _Table, place: int, veto: Veto, layer: SitingLayer | None, projects: Rows
) -> None:
    """Tell the sites that are kept for other clusters than that of a project."""
    mine = table.projects.iloc[projects]
    marks = reserved(mine, table.sites)
    silent = column(mine, "cluster").isna().to_numpy(dtype=bool)
    row, site = np.nonzero(marks & ~silent[:, None])
    facts = {"overlap_m2": np.nan, "value": np.nan, "threshold": np.nan}
    table.add(place, veto, layer, projects[row], site, facts)
    kept = np.flatnonzero(marks[silent].any(axis=0)) if silent.any() else np.zeros(0, dtype=int)
    table.not_checked_at(place, veto, projects[silent], kept, "project_unknown")


class _Table:
    """Gathers rows by number of project, site and veto; names come at the end."""

    def __init__(self, projects: pd.DataFrame, sites: pd.DataFrame) -> None:
        self.projects, self.sites = projects, sites
        self._hits: list[pd.DataFrame] = []
        self._gaps: list[pd.DataFrame] = []
        self._about: dict[int, dict[str, Any]] = {}

    def enter(
        self, place: int, veto: Veto, layer: SitingLayer | None, projects: Rows, found: Checked
    ) -> None:
        """Enter what a veto says of the sites for every project it applies to."""
        sites, count = found.rows, len(found.rows)
        facts: dict[str, Any] = {
            "overlap_m2": np.tile(found.overlap_m2, len(projects)),
            "value": np.tile(found.value, len(projects)),
            "threshold": veto.value,
            "note": np.tile(_codes(found.note or ("",) * count), len(projects)),
        }
        both = np.repeat(projects, count), np.tile(sites, len(projects))
        self.add(place, veto, layer, *both, facts)
        if len(found.later):
            both = np.repeat(projects, len(found.later)), np.tile(found.later, len(projects))
            gone = {"overlap_m2": np.nan, "value": np.nan, "threshold": veto.value}
            self.add(
                place, veto, layer, *both, gone | {"note": _codes(("ends_first",))[0]}, passes=True
            )
        for reason, rows in found.unknown.items():
            self.not_checked_at(place, veto, projects, rows, reason)

    def add(
        self,
        place: int,
        veto: Veto,
        layer: SitingLayer | None,
        projects: Rows,
        sites: Rows,
        facts: Mapping[str, Any],
        *,
        passes: bool = False,
    ) -> None:
        """Add one row for each pair; ``passes`` where it is a condition whatever the rule says."""
        if not len(projects):
            return
        eased = np.full(len(projects), passes or veto.outcome == "condition")
        if veto.eased_by:
            said = flag(self.projects, veto.eased_by).fillna(False).to_numpy(dtype=bool)
            eased |= said[projects]
        self._about[place] = _about(veto, layer)
        head = {"project": projects, "site": sites, "place": place, "eased": eased}
        none = {"note": np.zeros(len(projects), dtype=np.int8)}
        self._hits.append(pd.DataFrame({**head, **none, **facts}))

    def not_checked(
        self, place: int, veto: Veto, projects: Rows, sites: Rows | None, reason: str
    ) -> None:
        """Say of projects that a veto was not checked, at some sites or (None) at every one."""
        if not len(projects):
            return
        rows = np.array([-1]) if sites is None else sites
        self._about.setdefault(place, _about(veto, None))
        both = {"project": np.repeat(projects, len(rows)), "site": np.tile(rows, len(projects))}
        self._gaps.append(pd.DataFrame({**both, "place": place, "reason": reason}))

    def not_checked_at(
        self, place: int, veto: Veto, projects: Rows, sites: Rows, reason: str
    ) -> None:
        """Say of projects that a veto was not checked at these sites, at all of them in one row."""
        if len(sites):
            every = len(sites) == len(self.sites)
            self.not_checked(place, veto, projects, None if every else sites, reason)

    def done(self) -> Vetoes:
        """Return everything under its names."""
        hits, gaps = self._named(self._hits), self._named(self._gaps)
        eased = hits["eased"].to_numpy(dtype=bool) if len(hits) else np.zeros(0, dtype=bool)
        return Vetoes(
            hits[~eased].reindex(columns=list(VETOED)).reset_index(drop=True),
            hits[eased].reindex(columns=list(CONDITIONAL)).reset_index(drop=True),
            gaps.reindex(columns=list(UNCHECKED)),
        )

    def _named(self, parts: list[pd.DataFrame]) -> pd.DataFrame:
        if not parts:
            return pd.DataFrame()
        whole = pd.concat([part.astype({"site": int}) for part in parts], ignore_index=True)
        order = np.lexsort([whole[name] for name in ("place", "site", "project")])
        whole = whole.iloc[order].reset_index(drop=True)
        names = np.array([*self.sites.index, None], dtype=object)
        whole["site_id"] = pd.Series(names[whole["site"]], dtype=object)
        ids = self.projects.index.to_numpy(dtype=object)[whole["project"]]
        whole["project_id"] = pd.Series(ids, dtype=object)
        for name in next(iter(self._about.values())):
            whole[name] = self._said(name, whole["place"].to_numpy())
        if "note" in whole:
            codes = whole["note"].to_numpy()
            whole["note"] = pd.Categorical.from_codes(codes, categories=pd.Index(_NOTES))
        return whole

    def _said(self, name: str, places: Rows) -> pd.Categorical:
        """Return what the vetoes say, as numbers with a list: there may be a million rows."""
        every = [self._about.get(at, {}).get(name) for at in range(max(self._about) + 1)]
        codes, values = pd.factorize(np.array(every, dtype=object))
        return pd.Categorical.from_codes(codes[places], categories=pd.Index(values, dtype=object))


_NOTES = ("", *NOTES)


def _codes(notes: tuple[str, ...]) -> NDArray[np.int8]:
    return np.array([_NOTES.index(note) for note in notes], dtype=np.int8)


def _about(veto: Veto, layer: SitingLayer | None) -> dict[str, Any]:
    """Return what every row of a veto says alike."""
    return {
        "veto": veto.key,
        "layer": veto.layer,
        "layer_version": None if layer is None else layer.version,
        "layer_date": None if layer is None else layer.on,
        "clause": veto.clause[0],
        "clause_en": veto.clause[1],
        "unit": veto.unit,
        "condition": veto.condition[0],
        "condition_en": veto.condition[1],
    }
