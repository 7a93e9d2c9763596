"""The verb ``blocks``: which parcels form contiguous land."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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
from data.asof import office_day
from gis.area import to_mu

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
        "可建规模、估算成本和收益、需搬迁的企业和职工、难度及其原因等。从登记簿（缺省只看台账认定的"
        "低效地块），或只凭 --parcels、--barriers 文件。--out 写成清单。JSON 键：blocks（block_id、"
        "parcel_ids、area_mu、cost_wan、gain_wan、gain_floor_m2、firms、jobs、difficulty、reasons、"
        "formula 等，未知为 null 并计数）、prices、issues、within_m、sources。",
        "Contiguous blocks: parcels with gaps up to a width and no river, railway, trunk road or "
        "red line between them, with area, owners, cost, gain, firms and jobs to move, difficulty "
        "and its reasons. From the register (by default the low-efficiency parcels of the "
        "ledger), or only from the files --parcels and --barriers. --out writes a list. JSON keys: "
        "blocks (block_id, parcel_ids, area_mu, cost_wan, gain_wan, gain_floor_m2, firms, jobs, "
        "difficulty, reasons, formula …; unknown is null and counted), prices, issues, within_m, "
        "sources.",
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
    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=h(
                "单价文件（TOML，格式同 data/rulesets/block_prices.toml，可只列要改的项）；"
                "缺省为登记簿中保存的单价，没有则为示例单价。",
                "Unit prices (TOML as data/rulesets/block_prices.toml; may hold only what "
                "differs); by default those on record, else example prices.",
            ),
        ),
    ] = None,
    rule_file: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            metavar="FILE",
            help=h(
                "连片规则文件（TOML，格式同 data/rulesets/blocks.toml）：间隔、窄条、重点规模、"
                "哪些图层和道路算障碍。",
                "Rules of blocks (TOML as data/rulesets/blocks.toml): gap, sliver, size looked "
                "at, which layers and roads are barriers.",
            ),
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help=h(
                "写成清单：.xlsx .csv .gpkg .geojson .shp .zip（shp）.kml .dxf .txt（界址点）。",
                "Write a list: .xlsx .csv .gpkg .geojson .shp .zip (shp) .kml .dxf .txt.",
            ),
        ),
    ] = None,
    crs: FileCrs = None,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Find blocks."""
    with failing_clearly(lang, as_json=as_json):
        from reports.block_list import block_document, block_text

        asked = Asked(
            parcels, tuple(barriers or ()), within, borders, which, prices, rules=rule_file
        )
        form = None if file is None else list_format(file, None, workspace)
        made = find_blocks(asked, workspace, crs, state_on, known_on, lang_of(lang))
        document = block_document(
            made.found,
            rules=made.rules,
            figures=made.figures,
            prices=made.prices,
            noted=made.noted,
            no_barriers=made.no_barriers,
            lang=lang_of(lang),
        )
        document |= provenance(made.facts) if made.facts else {}
        text = block_text(document, lang_of(lang))
        if file is not None and form is not None:
            write_list(made, form, file, lang_of(lang))
            document |= {"out": str(file), "format": form}
            text += "\n" + h(f"清单已写入 {file}。", f"The list is in {file}.", lang)
        out(document, text, as_json=as_json)


@dataclass(frozen=True)
class Asked:
    """What blocks are asked for."""

    parcels: Path | None = None
    barriers: tuple[Path, ...] = ()
    within: float | None = None
    borders: Borders | None = None
    which: Which = Which.low
    prices: Path | None = None
    where: str = ""
    rules: Path | None = None


@dataclass(frozen=True)
class Made:
    """Blocks that were found, with what they rest on."""

    found: Any
    figures: Any
    rules: Any
    prices: Any
    noted: list[Any]
    facts: dict[str, Any]
    told: list[tuple[str, str]]
    no_barriers: tuple[str, ...] = ()


def find_blocks(
    asked: Asked, workspace: Path | None, crs: str | None, state_on: Any, known_on: Any, lang: str
) -> Made:
    """Find blocks with their figures, in the register or in files."""
    from analysis.block_figures import block_figures
    from analysis.blocks import blocks as find
    from data.block_prices import load_block_prices
    from data.block_prices_record import kept_prices
    from data.block_rules import load_block_rules
    from data.rules import load_rules
    from reports.block_book import rule_rows

    rules, far_line = load_block_rules(asked.rules), load_rules().far_lines["general"].value
    if asked.within is not None:
        rules = replace(rules, within_m=asked.within)
    prices = None if asked.prices is None else load_block_prices(asked.prices)
    if asked.parcels is not None:
        rows, noted = _loose(asked.parcels, crs)
        land, facts, firms = rows, {}, {}
        day = state_on or office_day(datetime.now(UTC))
        names = "、".join(path.name for path in (asked.parcels, *asked.barriers))
        told = [(h("来源文件", "Files", lang), names)]
    else:
        noted = []
        rows, land, facts, firms = _recorded(place(workspace), state_on, known_on, asked)
        day, told = facts["as_of"].state_on, _about(facts, asked, lang)
        prices = prices or kept_prices(facts["meta"])
    prices = prices or load_block_prices()
    home = None if asked.parcels is not None else place(workspace)
    walls = _walls(asked.barriers, crs, home, rules, facts.get("as_of"))
    border = None if asked.borders is None else asked.borders.value
    found = find(rows, rules=rules, barriers=walls.geometry, borders=border, far_line=far_line)
    figures = block_figures(found, land, prices=prices, far_line=far_line, on=day, **firms)
    told = [*told, *rule_rows(rules, prices, lang)]
    return Made(found, figures, rules, prices, noted, facts, told, walls.missing)


def list_format(file: Path, fmt: str | None, workspace: Path | None) -> str:
    """Return the format of a list by its name, and refuse what cannot be written."""
    from cli_files import refuse_workspace
    from reports.export import check_target

    form = fmt or file.suffix.lstrip(".").lower()
    form = "shp" if form == "zip" else form
    form = "geojson" if form == "json" else form
    refuse_workspace(file, place(workspace))
    check_target(form, file)
    return form


def write_list(made: Made, form: str, file: Path, lang: str, options: Any = None) -> int:
    """Write the blocks and return how many."""
    from reports.block_book import block_list, write_blocks

    table = block_list(made.found, made.figures)
    write_blocks(
        table,
        made.found.block_of,
        form,
        file,
        told=made.told,
        prices=made.prices,
        lang=lang,
        options=options,
    )
    return len(table)


def export_blocks(
    asked: Asked,
    form: str,
    file: Path,
    workspace: Path | None,
    dates: tuple[Any, Any],
    lang: str,
    options: Any,
) -> tuple[dict[str, Any], str]:
    """Write the blocks of a register; return the document and the sentence of `export`."""
    made = find_blocks(asked, workspace, None, *dates, lang)
    count = write_list(made, form, file, lang, options)
    area = float(made.found.table["area_m2"].sum())
    document = {
        "out": str(file),
        "format": form,
        "blocks": count,
        "area_m2": round(area, 4),
        "area_mu": round(to_mu(area), 4),
        "prices_id": made.prices.id,
        **provenance(made.facts),
    }
    mu = f"{to_mu(area):,.1f}"
    return document, h(
        f"已导出 {count:,} 个连片、{mu} 亩到 {file}。",
        f"Wrote {count:,} blocks, {mu} mu, to {file}.",
        lang,
    )


def _about(facts: dict[str, Any], asked: Asked, lang: str) -> list[tuple[str, str]]:
    """Return the county, the dates and the version that a list is made from."""
    from analysis.query import ParcelQuery
    from reports.context import ExportContext
    from reports.tables import about_rows

    what = h("台账认定的低效地块", "Low-efficiency parcels", lang)
    if asked.where:
        what = ParcelQuery.from_where(asked.where).describe(lang)
    elif asked.which is Which.all:
        what = h("全部地块", "All parcels", lang)
    context = ExportContext(
        county=facts["county"],
        filter_text=what,
        state_on=facts["as_of"].state_on,
        known_on=facts["as_of"].known_on,
        register_version=facts["version"],
        rules_id=facts["rules"].id,
        credit_rule="",
        is_sample=facts["is_sample"],
        lang=lang,
    )
    return about_rows(context, lang)[:-1]


def _loose(file: Path, crs: str | None) -> Any:
    from data.loose_files import read_loose

    rows, issues = read_loose(file, as_layer="parcels", crs=crs)
    return rows, [issues]


def _recorded(workspace: Path, state_on: Any, known_on: Any, asked: Asked) -> tuple[Any, ...]:
    """Return the parcels asked for and all of them in EPSG:4549, the facts, and the firms.

    Floor area that is not on record comes from the buildings of the register.
    """
    from analysis.block_floor import with_buildings
    from analysis.portfolio_county import is_low
    from data.firm_tables import firm_tables_there
    from data.register import Register
    from gis.crs import METRIC_CRS

    recorded, events, facts = county_as_of(workspace, state_on, known_on)
    buildings = None
    with Register.open(workspace) as register:
        as_of = facts["as_of"]
        present = set(register.layers(as_of)["name"])
        if "buildings" in present:
            buildings = register.read_layer("buildings", as_of).to_crs(METRIC_CRS)
        firms = firm_tables_there(register, as_of)
    land = with_buildings(recorded.to_crs(METRIC_CRS), buildings, rules=facts["rules"])
    if asked.where:
        kept = _meant(recorded, events, facts, asked.where).to_numpy(dtype=bool)
    elif asked.which is Which.low:
        kept = is_low(land).to_numpy(dtype=bool)
    else:
        return land, land, facts, firms
    return land[kept], land, facts, firms


def _meant(recorded: Any, events: Any, facts: dict[str, Any], where: str) -> Any:
    """Return which parcels a filter means."""
    from analysis.desk import desk_frame
    from analysis.query import ParcelQuery
    from analysis.query_where import refuse_unknown_places

    query, as_of = ParcelQuery.from_where(where), facts["as_of"]
    desk = desk_frame(recorded, events, rules=facts["rules"], as_of=as_of, year=as_of.state_on.year)
    asked = {"town": query.towns, "park": query.parks}
    refuse_unknown_places(asked, desk, towns=facts["towns"])
    return query.mask(desk)


def _walls(
    files: Sequence[Path], crs: str | None, workspace: Path | None, rules: Any, as_of: Any
) -> Any:
    """Return the barriers of the files, else those of the register, and what is missing there."""
    import geopandas as gpd
    import pandas as pd

    from data.barriers import Barriers, barriers_among
    from data.register import Register
    from gis.crs import METRIC_CRS
    from gis.io import read

    parts = [read(file, crs=crs, metric=True).geometry for file in files]
    if parts:
        return Barriers(gpd.GeoSeries(pd.concat(parts, ignore_index=True), crs=METRIC_CRS), ())
    if workspace is None:
        return Barriers(None, ())
    with Register.open(workspace) as register:
        present = set(register.layers(as_of)["name"])
        return barriers_among(present, lambda name: register.read_layer(name, as_of), rules=rules)
