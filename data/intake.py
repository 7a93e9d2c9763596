"""The door of the register: a file becomes a change, and every row that stays out is listed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

import geopandas as gpd
import pandas as pd

from data.asof import office_day
from data.difference import Difference
from data.errors import DataError, UnknownLayerError
from data.intake_county import county_of, near_county
from data.intake_decisions import Decisions, Pairs
from data.intake_events import place_events
from data.intake_files import Handed, Reading, file_sha256, hand_over, seen_before
from data.intake_geometry import Repairs, repaired, repairs_json
from data.intake_issues import IssueLog, issue_records
from data.intake_layers import ENTITIES, RASTERS, SHAPE_OF, place_layer, place_raster
from data.intake_parcels import Placed, place_parcels
from data.intake_place import flag_shifted, pointing
from data.intake_quarantine import set_aside, superseded
from data.layers import NAMES
from data.register.change import Change, LayerFile
from gis.errors import GeometryMissingError
from gis.raster import extent
from gis.watch import step

LAYERS = ("parcels", "events", *NAMES)
"""What a file can be imported as."""

Aside = tuple[pd.DataFrame | None, pd.DataFrame | None]
"""Rows put aside, and what becomes of rows that waited: parts of a change."""

RULES_FILE = Path(__file__).with_name("intake.toml")


class LayerNameError(DataError):
    """A name that nothing can be imported as."""

    zh = "不能导入为“{layer}”：可选 {known}。"
    en = "Nothing can be imported as “{layer}”: choose one of {known}."


class MomentNaiveError(DataError):
    """A moment of recording without a time zone."""

    zh = "登记时间 {moment} 没有时区：请给出带时区的时间。"
    en = "The moment of recording {moment} has no time zone: give one."


class RegisterReader(Protocol):
    """What the intake asks of a register."""

    def read_parcels(self, as_of: Any = None, *, columns: Any = None, geometry: bool = True) -> Any:
        """Return the current parcels by ``parcel_id``."""

    def read_events(self) -> pd.DataFrame:
        """Return the events on record."""

    def read_layer(self, name: str) -> pd.DataFrame:
        """Return a reference layer as it stands."""

    def read_quarantine(self, *, waiting: bool = False) -> pd.DataFrame:
        """Return the rows that wait for mending."""


@dataclass(frozen=True)
class ImportReport:
    """What an import would do; nothing is written until its change is committed.

    Attributes
    ----------
    file, layer : str
        What was read, and as what.
    rows_in, accepted, rejected : int
        Rows of the file without subtotals; ``accepted + quarantined + rejected == rows_in``.
        Rejected are rows that are empty or repeat another.
    issues : DataFrame
        With ``ISSUE_COLUMNS``; exactly one of severity ``rejected`` or ``quarantined`` for each
        row that stays out.
    diff : dict
        Number of rows new, changed, unchanged; vanished: on record but not in the file
        (parcels and events are kept; any other layer is replaced as a whole).
    ids : dict
        The identifiers behind ``diff``, sorted.
    change : Change or None
        Ready for `Register.commit`; None if there is nothing to record.
    quarantined : int
        Rows that could be mended: the register keeps them, beside the parcels.
    difference : Difference or None
        Of parcels, the difference field by field and on the ground.
    repairs : GeoDataFrame or None
        Of parcels, proposed repairs of broken shapes by row number, with the area before and
        after and whether it is ``accepted``; as `data.intake_geometry.repaired`.
    seen : tuple of int
        Changes that brought this very file before, and stand.
    headings : tuple of str
        Of the file, as read.
    """

    file: str
    layer: str
    rows_in: int
    accepted: int
    rejected: int
    issues: pd.DataFrame
    diff: dict[str, int]
    change: Change | None
    ids: dict[str, tuple[str, ...]] = field(default_factory=dict)
    quarantined: int = 0
    difference: Difference | None = None
    repairs: gpd.GeoDataFrame | None = None
    seen: tuple[int, ...] = ()
    headings: tuple[str, ...] = ()

    def to_json(self, lang: str = "zh") -> dict[str, Any]:
        """Plain values for a JSON document, messages in Chinese or English."""
        return {
            "file": self.file,
            "layer": self.layer,
            "rows_in": self.rows_in,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "rejected": self.rejected,
            "diff": dict(self.diff) if self.difference is None else self.difference.to_json(),
            "issues": issue_records(self.issues, lang),
            "repairs": [] if self.repairs is None else repairs_json(self.repairs, lang),
            "seen": list(self.seen),
        }


def prepare_import(
    path: Path | str,
    *,
    as_layer: str,
    register: RegisterReader,
    who: str,
    recorded_at: datetime,
    crs: Any = None,
    encoding: str | None = None,
    layer: str | None = None,
    mapping: Mapping[str, str] | None = None,
    header_rows: tuple[int, int] | None = None,
    repairs: Repairs = (),
    vanished: Literal["keep", "mark"] = "keep",
    lineage: Pairs = (),
) -> ImportReport:
    """Read a file as a layer of the register and work out the change it makes.

    Parameters
    ----------
    path : Path or str
        Map file, table (.csv, .xlsx) or raster.
    as_layer : str
        One of `LAYERS`.
    register : RegisterReader
        Register to compare with; only read.
    who : str
        Who imports.
    recorded_at : datetime
        Aware moment of recording.
    crs, encoding, layer : optional
        As `gis.io.read`; ``layer`` is the sheet of a workbook.
    mapping : mapping, optional
        Heading → field key, before the dictionary's own headings.
    header_rows : tuple of int, optional
        First and last row of a table's header, where the user says it; found otherwise.
    repairs, vanished, lineage : optional
        Of parcels, what was decided about the proposals of an earlier report, as in
        `data.intake_decisions.Decisions`.

    Returns
    -------
    ImportReport
        Bad cells are issues and leave the value unknown; bad rows are rejected and listed.

    Raises
    ------
    UserError
        If the file as a whole cannot be used; one sentence.
    """
    path = Path(path)
    if as_layer not in LAYERS:
        raise LayerNameError(layer=as_layer, known="、".join(LAYERS))
    if recorded_at.tzinfo is None:
        raise MomentNaiveError(moment=recorded_at.isoformat())
    reading = Reading(crs, encoding, layer, mapping, header_rows)
    log = IssueLog(path.name, as_layer)
    step("read")
    if as_layer in RASTERS:
        return _raster_report(path, as_layer, register, who, recorded_at, log)
    entity = {"parcels": "parcel", "events": "event"}.get(as_layer, ENTITIES.get(as_layer))
    shapes = "any" if as_layer in SHAPE_OF else "areas" if as_layer == "parcels" else "none"
    with pointing(path, register, as_layer=as_layer, reading=reading):
        handed = hand_over(path, entity=entity, reading=reading, log=log, shapes=shapes)
        if as_layer in SHAPE_OF and not handed.spatial:
            raise GeometryMissingError(file=path.name)
        step("check", len(handed.frame))
        if isinstance(handed.frame, gpd.GeoDataFrame):
            near_county(handed.frame.geometry, county_of(register, as_layer), log)
            flag_shifted(handed, log)
    decisions = Decisions(repairs, vanished, lineage)
    proposals = None
    if as_layer == "parcels":
        handed, proposals = repaired(handed, repairs, log)
    placed = _place(handed, register, as_layer, who, recorded_at, mapping, decisions, log)
    step("gather", len(handed.frame))
    digest = file_sha256(path)
    aside, wait = _aside(handed, placed, register, as_layer, mapping, log)
    change = _change(placed, as_layer, path, who, recorded_at, digest, log, aside)
    out = int(placed.rejected.sum())
    return ImportReport(
        file=path.name,
        layer=as_layer,
        rows_in=len(handed.frame),
        accepted=len(handed.frame) - out,
        rejected=out - wait,
        issues=log.frame(),
        diff={kind: len(ids) for kind, ids in placed.ids.items()},
        change=change,
        ids=placed.ids,
        quarantined=wait,
        difference=placed.difference,
        repairs=proposals,
        seen=seen_before(register, digest),
        headings=tuple(str(name) for name in handed.cells.columns),
    )


@cache
def area_gap_share() -> float:
    """Relative gap of recorded and measured area from which it is an issue (``intake.toml``)."""
    rule = tomllib.loads(RULES_FILE.read_text("utf-8"))["area_gap"]
    return float(rule["value"])


def _place(
    handed: Handed,
    register: RegisterReader,
    as_layer: str,
    who: str,
    recorded_at: datetime,
    mapping: Mapping[str, str] | None,
    decisions: Decisions,
    log: IssueLog,
) -> Placed:
    if as_layer == "parcels":
        return place_parcels(
            handed,
            register.read_parcels,
            file=log.file,
            mapping=mapping,
            gap_share=area_gap_share(),
            decisions=decisions,
            today=office_day(recorded_at),
            log=log,
        )
    if as_layer == "events":
        return place_events(
            handed,
            register.read_parcels(columns=["geometry_area_m2"], geometry=False),
            register.read_events(),
            file=log.file,
            mapping=mapping,
            today=office_day(recorded_at),
            who=who,
            log=log,
        )
    try:
        recorded = register.read_layer(as_layer)
    except UnknownLayerError:
        recorded = None
    return place_layer(handed, recorded, name=as_layer, mapping=mapping, log=log)


def _aside(
    handed: Handed,
    placed: Placed,
    register: RegisterReader,
    as_layer: str,
    mapping: Mapping[str, str] | None,
    log: IssueLog,
) -> tuple[Aside, int]:
    """Put mendable rows aside; say which waiting rows this file has made superfluous."""
    waiting = register.read_quarantine(waiting=True)
    aside = set_aside(handed, placed.rejected, waiting, mapping=mapping, log=log)
    steps = superseded(
        waiting, spatial=handed.spatial, entered=placed.ids, aside=aside, layer=as_layer
    )
    return (aside.fresh, steps), int(aside.rows.sum())


def _change(
    placed: Placed,
    as_layer: str,
    path: Path,
    who: str,
    recorded_at: datetime,
    digest: str,
    log: IssueLog,
    aside: Aside = (None, None),
) -> Change | None:
    nothing_aside = aside[0] is None and aside[1] is None
    if placed.changed is None and not placed.retired and nothing_aside:
        return None
    parcels = placed.changed if as_layer == "parcels" else None
    events = placed.changed if as_layer == "events" else None
    layers: tuple[LayerFile, ...] = ()
    if as_layer not in ("parcels", "events"):
        layers = (LayerFile(name=as_layer, frame=placed.changed, note=log.remark),)
    issues = log.frame()
    return Change(
        kind="import",
        who=who,
        why=f"导入 {path.name} → {as_layer}{log.remark}",
        recorded_at=recorded_at,
        source_name=path.name,
        source_sha256=digest,
        parcels=parcels,
        removed=placed.retired,
        lineage=placed.lineage,
        events=events,
        layers=layers,
        issues=None if issues.empty else issues,
        quarantine=aside[0],
        quarantine_steps=aside[1],
    )


def _raster_report(
    path: Path,
    as_layer: str,
    register: RegisterReader,
    who: str,
    recorded_at: datetime,
    log: IssueLog,
) -> ImportReport:
    raster = place_raster(path, as_layer)
    near_county(extent(path).set_axis([1]), county_of(register, as_layer), log)
    change = Change(
        kind="import",
        who=who,
        why=f"导入 {path.name} → {as_layer}",
        recorded_at=recorded_at,
        source_name=path.name,
        source_sha256=file_sha256(path),
        layers=(raster,),
    )
    diff = {"new": 1, "changed": 0, "unchanged": 0, "vanished": 0}
    return ImportReport(path.name, as_layer, 1, 1, 0, log.frame(), diff, change)
