"""Verbs that measure parcels: each is a command of ``measures``, which ``cli.py`` takes in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_frame import (
    FileCrs,
    Json,
    KnownOn,
    Language,
    StateOn,
    Workspace,
    county_as_of,
    failing_clearly,
    h,
    lang_of,
    out,
    place,
    provenance,
)
from gis.errors import UserError

measures = typer.Typer()


class HeightPairError(UserError):
    """One raster of two."""

    zh = "估算高度需要同时给出 --height（地表 DSM）和 --ground（地面 DTM/DEM）两个栅格。"
    en = "An estimate needs both rasters: --height (surface, DSM) and --ground (terrain, DTM)."


class NothingToMeasureError(UserError):
    """Files are given, but neither buildings nor heights."""

    zh = "没有建筑也没有高程栅格，无法推算容积率：请给出 --buildings，或 --height 和 --ground。"
    en = "Neither buildings nor heights: give --buildings, or --height and --ground."


class LandFieldError(UserError):
    """``--land`` names no land area, or one that no parcel has."""

    zh = "--land {found} 不能作为用地面积；可用的有：{known}。不给 --land 则用宗地图形面积。"
    en = "--land {found} is no land area here; there are: {known}. Without it the polygon's counts."


_LAND = tuple(
    f"{kind}_area_m2" for kind in ("registered", "supplied", "approved", "occupied", "geometry")
)


@measures.command(
    "plot-ratio",
    help=h(
        "由建筑推算容积率（计容）：从登记簿，或只凭 --parcels、--buildings 文件（不写入）。"
        "JSON 键：parcels、issues、rules_id、rule、outside_footprint_m2、notes。",
        "Plot ratio from buildings by the counting rule: from the register, or only from the files "
        "--parcels and --buildings (nothing is written). JSON keys: parcels, issues, rules_id, "
        "rule, outside_footprint_m2, notes.",
    ),
)
def plot_ratio(
    workspace: Workspace = None,
    parcels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=h("宗地文件。", "File of parcels.")),
    ] = None,
    buildings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=h("建筑文件。", "File of buildings.")),
    ] = None,
    crs: FileCrs = None,
    height: Annotated[
        Path | None,
        typer.Option(metavar="DSM", help=h("地表高程栅格。", "Raster of surface heights.")),
    ] = None,
    ground: Annotated[
        Path | None,
        typer.Option(metavar="DTM", help=h("地面高程栅格。", "Raster of terrain heights.")),
    ] = None,
    land: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help=h(
                "作为用地面积的字段，如 registered_area_m2；缺省为宗地图形面积。",
                "Field that is the land area (registered_area_m2); by default the polygon's area.",
            ),
        ),
    ] = None,
    asked: Annotated[
        bool,
        typer.Option(
            "--requirements",
            help=h(
                "并列各项要求：国家下限（标明是否核对）、合同或详规、政策 2.0 与试点 3.0"
                "（仅限已批复的改造项目，不足并非违法），以及各差多少。",
                "Also the requirements side by side: national minimum (and whether it is verified),"
                " contract or plan, policy 2.0 and pilot 3.0 (approved renewal projects only), and "
                "by how much each is missed.",
            ),
        ),
    ] = False,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Compute plot ratios."""
    with failing_clearly(lang, as_json=as_json):
        from reports.measures import plot_ratio_document, plot_ratio_text

        if (height is None) != (ground is None):
            raise HeightPairError()
        if parcels is not None and buildings is None and height is None:
            raise NothingToMeasureError()
        rows, stands, noted, facts = _inputs(workspace, parcels, buildings, crs, state_on, known_on)
        _require_land(land, rows)
        document = plot_ratio_document(
            rows,
            stands,
            rules=facts["rules"],
            land=land,
            noted=noted,
            heights=None if height is None or ground is None else (height, ground),
            requirements=asked,
            lang=lang_of(lang),
        )
        document |= {} if parcels is not None else provenance(facts)
        out(document, plot_ratio_text(document, lang_of(lang)), as_json=as_json)


def _require_land(land: str | None, rows: Any) -> None:
    """Refuse a land area that is none, or that no parcel has."""
    there = [key for key in _LAND if key in rows and rows[key].notna().any()]
    if land is not None and land not in there:
        raise LandFieldError(found=land[:80], known="、".join(there) or "—")


def _inputs(
    workspace: Path | None,
    parcels: Path | None,
    buildings: Path | None,
    crs: str | None,
    state_on: Any,
    known_on: Any,
) -> tuple[Any, Any, list[Any], dict[str, Any]]:
    """Return parcels and buildings in EPSG:4549, the doors' issues, and the facts beside them."""
    from analysis.desk import desk_frame
    from data.loose_files import read_loose
    from data.register import Register
    from data.rules import load_rules
    from gis.crs import METRIC_CRS
    from gis.io import vet

    for file in (buildings, parcels):
        if file is not None:
            vet(file)
    noted: list[Any] = []
    stands = None
    if buildings is not None:
        stands, issues = read_loose(buildings, as_layer="buildings", crs=crs)
        noted.append(issues)
    if parcels is not None:
        rows, issues = read_loose(parcels, as_layer="parcels", crs=crs)
        return rows, stands, [issues, *noted], {"rules": load_rules()}
    recorded, events, facts = county_as_of(place(workspace), state_on, known_on)
    if stands is None:
        with Register.open(place(workspace)) as register:
            if "buildings" in set(register.layers()["name"]):
                stands = register.read_layer("buildings").to_crs(METRIC_CRS)
    rules, as_of = facts["rules"], facts["as_of"]
    stages = desk_frame(recorded, events, rules=rules, as_of=as_of, year=as_of.state_on.year)
    return recorded.assign(stage=stages["stage"]).to_crs(METRIC_CRS), stands, noted, facts


class By(StrEnum):
    """What uplift is summed by."""

    town = "town"
    park = "park"
    industry = "industry_code"
    cluster = "cluster"


@measures.command(
    "uplift",
    help=h(
        "若容积率提到 2.0、3.0 可增加多少建筑面积、相当于节约多少亩，按乡镇、园区或行业汇总；"
        "--cheap 另列易行的地块。JSON 键：by、lines、groups、cheap、buildings、issues、rules_id。",
        "Floor area gained at plot ratio 2.0 and 3.0 and the land it stands for, summed by town, "
        "park or industry; --cheap lists the easy parcels. JSON keys: by, lines, groups, cheap, "
        "buildings, issues, rules_id.",
    ),
)
def uplift(
    by: Annotated[By, typer.Option(help=h("汇总方式。", "What to sum by."))] = By.town,
    line: Annotated[
        list[float] | None,
        typer.Option(
            min=0.1,
            max=20,
            help=h("目标容积率，可多次给出。", "Plot ratio to rise to; repeatable."),
        ),
    ] = None,
    cheap: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help=h(
                "另列最易提升的 N 宗（面积大、容积率低、权属单一）。",
                "Also list N easy parcels (large, low, with one owner).",
            ),
        ),
    ] = 0,
    parcels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=h("宗地文件。", "File of parcels.")),
    ] = None,
    buildings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=h("建筑文件。", "File of buildings.")),
    ] = None,
    crs: FileCrs = None,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Sum what building higher would bring."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.uplift import LINES
        from reports.uplift import uplift_document, uplift_text

        if parcels is not None and buildings is None:
            raise NothingToMeasureError()
        rows, stands, noted, facts = _inputs(workspace, parcels, buildings, crs, state_on, known_on)
        document = uplift_document(
            rows,
            stands,
            rules=facts["rules"],
            by=by.value,
            lines=tuple(line or LINES),
            cheap=cheap,
            noted=noted,
            lang=lang_of(lang),
        )
        document |= {} if parcels is not None else provenance(facts)
        out(document, uplift_text(document, lang_of(lang)), as_json=as_json)
