"""What the verbs of siting start from: projects, sites and layers, of a register or of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from cli_frame import county_as_of, h, provenance
from gis.errors import UserError


class LayerOptionError(UserError):
    """A layer option that is not written as a name, an equals sign and a file."""

    zh = "--layer 的写法不对：{found}。应为“图层=文件”，例如 --layer redline=生态保护红线.shp。"
    en = "--layer is not understood: {found}. Write LAYER=FILE, such as --layer redline=red.shp."


class LayerTwiceError(UserError):
    """A layer that is given twice."""

    zh = "图层 {layer} 给了两次（{files}）：请先合并为一个文件，再用 --layer 给出一次。"
    en = "Layer {layer} is given twice ({files}): merge the files, then give --layer once."


@dataclass(frozen=True)
class Scene:
    """What siting works on.

    Attributes
    ----------
    projects : DataFrame
        As `data.projects.project_table`.
    sites : Sites
        As `analysis.sites.Sites`, with slopes where there is a terrain model.
    layers : dict
        Layer → `data.siting_layer.SitingLayer`.
    rules : SitingRules
        The vetoes.
    on : date
        The day for which everything holds.
    facts : dict
        Of a register as `cli_frame.county_as_of`; empty for files.
    noted : list of DataFrame
        Issues of the files that were read.
    notes : tuple of (str, str)
        What is to be said of the terrain model, in Chinese and English.
    decided : dict of str to str
        Project → site of the decisions that stand.
    """

    projects: Any
    sites: Any
    layers: dict[str, Any]
    rules: Any
    on: date
    facts: dict[str, Any]
    noted: list[Any]
    notes: tuple[tuple[str, str], ...]
    decided: dict[str, str] = field(default_factory=dict)

    def vetoes(self) -> Any:
        """Put the vetoes to every project and site."""
        from analysis.vetoes import vetoes

        return vetoes(self.projects, self.sites.table, self.layers, rules=self.rules, on=self.on)


def county_scene(
    workspace: Path,
    state_on: date | None,
    known_on: date | None,
    *,
    projects: Path | None = None,
) -> Scene:
    """Return projects, sites and layers of a register; projects from a file where one is given.

    Raises
    ------
    UserError
        If there are no parcels or projects, or the terrain model cannot be used.
    """
    from data.projects import read_loose_projects, read_projects
    from data.register import Register
    from data.site_decisions import settled_sites
    from data.siting_layers import siting_layers
    from data.siting_rules import load_siting_rules

    rules, noted = load_siting_rules(), []
    parcels, events, facts = county_as_of(workspace, state_on, known_on)
    with Register.open(workspace) as register:
        if projects is None:
            wanted = read_projects(register, facts["as_of"])
        else:
            wanted, issues = read_loose_projects(projects)
            noted.append(issues)
        layers = siting_layers(register, rules.layers, facts["as_of"])
        found = _county_sites(register, parcels, events, facts)
        found = _offered(found, layers, _costs(register, parcels, facts))
    found, notes = _with_slopes(found, layers)
    on = facts["as_of"].state_on
    decided = settled_sites(facts["meta"])
    return Scene(wanted, found, layers, rules, on, facts, noted, notes, decided)


def _county_sites(register: Any, parcels: Any, events: Any, facts: dict[str, Any]) -> Any:
    """Return the sites of a register, without slopes."""
    from analysis.sites import sites
    from analysis.stages import standing_events
    from data.block_barriers import recorded_barriers
    from data.block_rules import load_block_rules
    from data.site_rules import load_site_rules
    from gis.crs import METRIC_CRS

    block_rules, on = load_block_rules(), facts["as_of"].state_on
    return sites(
        parcels.to_crs(METRIC_CRS),
        standing_events(events, state_on=on),
        rules=facts["rules"],
        site_rules=load_site_rules(),
        block_rules=block_rules,
        on=on,
        barriers=recorded_barriers(register, block_rules, facts["as_of"]),
    )


def _costs(register: Any, parcels: Any, facts: dict[str, Any]) -> Any:
    """Return the estimated cost of every parcel of a register, as its blocks have it."""
    from analysis.block_figures import parcel_figures
    from analysis.block_floor import with_buildings
    from data.block_prices_record import kept_prices
    from data.firm_tables import firm_tables_there
    from gis.crs import METRIC_CRS

    as_of, buildings = facts["as_of"], None
    if "buildings" in set(register.layers(as_of)["name"]):
        buildings = register.read_layer("buildings", as_of).to_crs(METRIC_CRS)
    land = with_buildings(parcels.to_crs(METRIC_CRS), buildings, rules=facts["rules"])
    figures = parcel_figures(
        land,
        prices=kept_prices(facts["meta"]),
        on=as_of.state_on,
        **firm_tables_there(register, as_of),
    )
    return figures


def _offered(found: Any, layers: dict[str, Any], costs: Any = None) -> Any:
    """Return the sites with what they and their parks offer."""
    from analysis.site_offers import offered

    parks = layers["parks"].frame if "parks" in layers else None
    return offered(found, parks, costs)


def export_sites(
    where: str,
    form: str,
    file: Path,
    workspace: Path,
    dates: tuple[date | None, date | None],
    lang: str,
    options: Any,
) -> tuple[dict[str, Any], str]:
    """Write the sites of a register; return the document and the sentence of `export`.

    With a filter only the sites of which a parcel is meant.
    """
    from analysis.desk import desk_frame
    from analysis.query import ParcelQuery
    from data.register import Register
    from data.siting_layers import siting_layers
    from gis.area import to_mu
    from reports.site_book import write_sites

    parcels, events, facts = county_as_of(workspace, *dates)
    query, as_of, rules = ParcelQuery.from_where(where), facts["as_of"], facts["rules"]
    with Register.open(workspace) as register:
        layers = siting_layers(register, ("dem", "parks"), as_of)
        found = _county_sites(register, parcels, events, facts)
        found = _offered(found, layers, _costs(register, parcels, facts))
    table = _with_slopes(found, layers)[0].table
    if where:
        desk = desk_frame(parcels, events, rules=rules, as_of=as_of, year=as_of.state_on.year)
        meant = set(desk.index[query.mask(desk)])
        table = table[[bool(meant & set(ids)) for ids in table["parcel_ids"]]]
    told = _about(facts, query.describe(lang), lang)
    write_sites(table, form, file, told=told, lang=lang, options=options)
    area = float(table["area_m2"].sum())
    document = {
        "out": str(file),
        "format": form,
        "filter": query.describe(lang),
        "sites": len(table),
        "area_m2": round(area, 4),
        "area_mu": round(to_mu(area), 4),
        **provenance(facts),
    }
    mu = f"{to_mu(area):,.1f}"
    zh, en = f"已导出 {len(table):,} 个场地、{mu} 亩到", f"Wrote {len(table):,} sites, {mu} mu, to"
    return document, h(f"{zh} {file}。", f"{en} {file}.", lang)


def _about(facts: dict[str, Any], filter_text: str, lang: str) -> list[tuple[str, str]]:
    """Return the county, the dates and the version that a list of sites is made from."""
    from reports.context import ExportContext
    from reports.tables import about_rows

    context = ExportContext(
        county=facts["county"],
        filter_text=filter_text,
        state_on=facts["as_of"].state_on,
        known_on=facts["as_of"].known_on,
        register_version=facts["version"],
        rules_id=facts["rules"].id,
        credit_rule="",
        is_sample=facts["is_sample"],
        lang=lang,
    )
    return about_rows(context, lang)[:-1]


def loose_scene(
    sites: Path,
    projects: Path,
    layers: Sequence[str],
    *,
    crs: str | None,
    on: date,
) -> Scene:
    """Return projects, sites and layers straight from files; nothing is recorded.

    ``layers`` are written LAYER=FILE; what is not given is "not checked".

    Raises
    ------
    UserError
        If a file cannot be used, or a layer is not understood.
    """
    from analysis.findings import joined
    from analysis.site_said import said_otherwise
    from analysis.sites import Sites, measured_sites, overlap_issues, with_ground
    from data.loose_files import read_loose
    from data.projects import read_loose_projects
    from data.siting_rules import load_siting_rules

    wanted, project_issues = read_loose_projects(projects)
    land, site_issues = read_loose(sites, as_layer="sites", crs=crs)
    given = _loose_layers(layers, crs, land.geometry)
    table = measured_sites(land.rename(columns={"site_kind": "kind"}))
    table, empty = with_ground(table)
    told = joined([empty, overlap_issues(table), said_otherwise(land.loc[table.index], table)])
    found, notes = _with_slopes(_offered(Sites(table, told), given), given)
    noted = [project_issues, site_issues]
    noted += [one.issues for one in given.values() if one.issues is not None]
    return Scene(wanted, found, given, load_siting_rules(), on, {}, noted, notes)


def _loose_layers(texts: Sequence[str], crs: str | None, sites: Any) -> dict[str, Any]:
    """Read the layers written LAYER=FILE, each once and near the sites."""
    from data.siting_layers import loose_siting_layer, require_near

    files: dict[str, str] = {}
    for text in texts:
        name, sign, file = (part.strip() for part in text.partition("="))
        if not sign or not file:
            raise LayerOptionError(found=text)
        if name in files:
            raise LayerTwiceError(layer=name, files="、".join((files[name], file)))
        files[name] = file
    given = {name: loose_siting_layer(name, Path(file), crs=crs) for name, file in files.items()}
    for one in given.values():
        require_near(one, sites)
    return given


def _with_slopes(found: Any, layers: dict[str, Any]) -> tuple[Any, tuple[tuple[str, str], ...]]:
    """Measure the slope of the sites where there is a terrain model."""
    from analysis.siting_county import sloped
    from data.site_rules import load_site_rules

    dem = layers["dem"].path if "dem" in layers else None
    return sloped(found, dem, rules=load_site_rules())
