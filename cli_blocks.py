"""The verb ``blocks``: which parcels form contiguous land."""

from __future__ import annotations

from dataclasses import replace
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

blocks_verb = typer.Typer()


class Borders(StrEnum):
    """What may be a hard border."""

    town = "town"
    park = "park"


class Which(StrEnum):
    """Which parcels of the register form blocks."""

    low = "low"
    all = "all"


@blocks_verb.command(
    "blocks",
    help=h(
        "连片：间隔不超过一定宽度、之间没有河流铁路干道红线的地块合为一片，附面积、权利人、类别、"
        "可建规模等。从登记簿（缺省只看台账认定的低效地块），或只凭 --parcels、--barriers 文件。"
        "JSON 键：blocks（block_id、parcel_ids、area_mu 等）、issues、within_m、sources。",
        "Contiguous blocks: parcels with gaps up to a width and no river, railway, trunk road or "
        "red line between them. From the register (by default the low-efficiency parcels of the "
        "ledger), or only from the files --parcels and --barriers. JSON keys: blocks (block_id, "
        "parcel_ids, area_mu …), issues, within_m, sources.",
    ),
)
def blocks(
    parcels: Annotated[
        Path | None, typer.Option(metavar="FILE", help=h("宗地文件。", "File of parcels."))
    ] = None,
    barriers: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help=h(
                "障碍（线或面）文件，可多次给出；缺省取登记簿中的河流、干道、红线。",
                "File of barriers (lines or areas), repeatable; by default those of the register.",
            ),
        ),
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(min=0, max=1000, metavar="M", help=h("最大间隔（米）。", "Widest gap (m).")),
    ] = None,
    borders: Annotated[
        Borders | None,
        typer.Option(help=h("不跨乡镇街道或园区。", "Do not cross towns, or parks.")),
    ] = None,
    which: Annotated[
        Which,
        typer.Option(help=h("登记簿中的低效地块或全部。", "Low-efficiency parcels, or all.")),
    ] = Which.low,
    crs: FileCrs = None,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Find blocks."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.blocks import blocks as find
        from data.block_rules import load_block_rules
        from reports.block_list import block_document, block_text

        rules = load_block_rules()
        if within is not None:
            rules = replace(rules, within_m=within)
        facts: dict[str, Any] = {}
        if parcels is not None:
            rows, noted = _loose(parcels, crs)
        else:
            rows, facts = _recorded(place(workspace), state_on, known_on, which)
            noted = []
        walls = _walls(barriers, crs, None if parcels is not None else place(workspace), rules)
        border = None if borders is None else borders.value
        found = find(rows, rules=rules, barriers=walls, borders=border)
        document = block_document(found, rules=rules, noted=noted, lang=lang_of(lang))
        document |= provenance(facts) if facts else {}
        out(document, block_text(document, lang_of(lang)), as_json=as_json)


def _loose(file: Path, crs: str | None) -> Any:
    from data.loose_files import read_loose

    rows, issues = read_loose(file, as_layer="parcels", crs=crs)
    return rows, [issues]


def _recorded(workspace: Path, state_on: Any, known_on: Any, which: Which) -> tuple[Any, Any]:
    """Return the parcels of the register in EPSG:4549: the low ones by their recorded class."""
    from gis.crs import METRIC_CRS

    recorded, _, facts = county_as_of(workspace, state_on, known_on)
    if which is Which.low:
        told = recorded["low_class"]
        recorded = recorded[told.notna() & ~told.isin(["not_low", "insufficient"])]
    return recorded.to_crs(METRIC_CRS), facts


def _walls(files: list[Path] | None, crs: str | None, workspace: Path | None, rules: Any) -> Any:
    """Return the barriers of the files, else those of the register; None where there are none."""
    import geopandas as gpd
    import pandas as pd

    from data.register import Register
    from gis.crs import METRIC_CRS
    from gis.io import read

    parts = [read(file, crs=crs, metric=True).geometry for file in files or ()]
    if not parts and workspace is not None:
        with Register.open(workspace) as register:
            present = set(register.layers()["name"])
            for name in rules.barrier_layers:
                if name in present:
                    parts.append(register.read_layer(name).geometry.to_crs(METRIC_CRS))
            if "roads" in present:
                roads = register.read_layer("roads")
                wide = roads["road_class"].isin(rules.barrier_roads)
                parts.append(roads.geometry[wide].to_crs(METRIC_CRS))
    if not parts:
        return None
    return gpd.GeoSeries(pd.concat(parts, ignore_index=True), crs=METRIC_CRS)
