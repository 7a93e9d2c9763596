"""Projects and sites as every page sees them: vetoes, rankings, decisions; each made once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import geopandas as gpd
import pandas as pd

from analysis.matching_problem import least_land
from analysis.site_held import left_for
from analysis.site_offers import offered
from analysis.sites import Sites
from analysis.sites import sites as find_sites
from analysis.siting import (
    Ranking,
    cluster_of,
    clusters_of,
    facts_by_cluster,
    rank_sites,
    weights_for,
)
from analysis.siting_county import LAYERS, around, sloped
from analysis.vetoes import Vetoes
from analysis.vetoes import vetoes as put_vetoes
from data.project_rules import ProjectRules, load_project_rules
from data.projects import LAYER, ProjectsMissingError, read_projects
from data.site_decisions import SiteDecision, decisions, settled_sites
from data.site_rules import load_site_rules
from data.siting_criteria import DEFAULT, SitingCriteria, load_siting_criteria
from data.siting_layer import SitingLayer
from data.siting_layers import siting_layers
from data.siting_rules import SitingRules, load_siting_rules
from gis.crs import METRIC_CRS
from reports.siting_list import project_record
from reports.veto_list import layer_records, veto_records
from ui import planned, state
from ui.desk import Desk
from ui.shelf import Shelf
from ui.text import language

_rules = Shelf(4)
_land = Shelf(4)
_made = Shelf(6)
_ranked = Shelf(48)
_small = Shelf(16)


def criteria() -> SitingCriteria:
    """Return what sites are scored by, read once."""
    return _rules.get("criteria", load_siting_criteria)


def rules() -> SitingRules:
    """Return the vetoes, read once."""
    return _rules.get("vetoes", load_siting_rules)


def project_rules() -> ProjectRules:
    """Return who comes first, and the bars at the entry, read once."""
    return _rules.get("projects", load_project_rules)


def projects(desk: Desk) -> pd.DataFrame:
    """Return the projects on record, none where there are none (shared: do not change)."""

    def make() -> pd.DataFrame:
        try:
            return read_projects(desk.register, desk.as_of)
        except ProjectsMissingError:
            return pd.DataFrame()

    return _small.get((*desk.facts, "projects"), make)


def _land_key(desk: Desk) -> tuple[Hashable, ...]:
    """Return what sites depend on: parcels, stages, layers, prices, the day; not the projects."""

    def make() -> tuple[Hashable, ...]:
        layers = desk.layers()
        others = layers[layers["name"] != LAYER]
        newest = tuple(zip(others["name"], others["change_no"], strict=True))
        events = desk.events
        last = int(events["event_id"].max()) if len(events) else 0
        prices = planned.prices(desk).id
        return (desk.parcel_facts, newest, last, desk.state_on, desk.known_on, prices)

    return desk.kept(("siting", "land"), make)


def layers(desk: Desk) -> dict[str, SitingLayer]:
    """Return the layers that the vetoes ask and that there are (shared: do not change)."""
    return _made.get(
        (*_land_key(desk), "layers"),
        lambda: siting_layers(desk.register, rules().layers, desk.as_of),
    )


def sites(desk: Desk) -> Sites:
    """Return the sites of the county with their slopes (shared: do not change)."""
    return _sloped(desk)[0]


def notes(desk: Desk) -> tuple[str, ...]:
    """Return what is to be said of the terrain model."""
    return tuple(note[language() == "en"] for note in _sloped(desk)[1])


def _sloped(desk: Desk) -> tuple[Sites, tuple[tuple[str, str], ...]]:
    def make() -> tuple[Sites, tuple[tuple[str, str], ...]]:
        found = find_sites(
            desk.parcels.to_crs(METRIC_CRS),
            desk.standing,
            rules=desk.rules,
            site_rules=load_site_rules(),
            block_rules=planned.block_rules(),
            on=desk.state_on,
            barriers=planned.barriers(desk),
        )
        parks, dem = (layers(desk).get(name) for name in ("parks", "dem"))
        costs = planned.figures_of_parcels(desk)
        found = offered(found, parks.frame if parks else None, costs)
        return sloped(found, dem.path if dem else None, rules=load_site_rules())

    return _land.get((*_land_key(desk), "sites"), make)


def vetoes(desk: Desk) -> Vetoes:
    """Put every veto to every project and site (shared: do not change)."""

    def make() -> Vetoes:
        return put_vetoes(
            projects(desk), sites(desk).table, layers(desk), rules=rules(), on=desk.state_on
        )

    return _made.get((*_land_key(desk), _projects_key(desk), "vetoes"), make)


def _projects_key(desk: Desk) -> int:
    def make() -> int:
        table = desk.layers()
        numbers = table.loc[table["name"] == LAYER, "change_no"]
        return int(numbers.max()) if len(numbers) else 0

    return desk.kept(("siting", "projects"), make)


def barred(desk: Desk) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return what is vetoed, conditional and unchecked of each project, in the reader's words."""
    name = (*_land_key(desk), _projects_key(desk), "barred", language())
    return _made.get(name, lambda: veto_records(vetoes(desk), rules=rules(), lang=language()))


def layers_told(desk: Desk) -> list[dict[str, Any]]:
    """Return every layer that the vetoes ask, with version and date, or that it is not there."""
    return layer_records(layers(desk), rules())


def facts(desk: Desk) -> dict[str | None, pd.DataFrame]:
    """Return what the sites offer to each cluster (shared: do not change)."""
    table = projects(desk)
    clusters = clusters_of(table)

    def make() -> dict[str | None, pd.DataFrame]:
        present = set(desk.layers()["name"])
        own = {name: one.frame for name, one in layers(desk).items() if one.frame is not None}
        for name in LAYERS:
            if name in present and name not in own:
                own[name] = desk.register.read_layer(name, desk.as_of).to_crs(METRIC_CRS)
        place = around(own, desk.parcels.to_crs(METRIC_CRS), **planned.firm_tables(desk))
        return facts_by_cluster(table, sites(desk).table, place, criteria=criteria())

    return _land.get((*_land_key(desk), clusters, "facts"), make)


def opened(desk: Desk) -> str | None:
    """Return the project that is looked at: that asked for, else the first that has a site."""
    table = projects(desk)
    wanted = state.setting("project")
    if wanted in table.index:
        return wanted
    return None if table.empty else desk.kept(("siting", "first"), lambda: _first(desk))


def _first(desk: Desk) -> str:
    """Return the first project with a site that is neither vetoed nor too small."""
    names = projects(desk).index
    land, found = sites(desk).table, vetoes(desk).pairs()
    count = pd.Series(0, index=names)
    for name, need in least_land(projects(desk)).items():
        barred = found.loc[found["project_id"] == name, "site_id"]
        fits = ~(land["area_m2"] < need) & ~land.index.isin(barred)
        count[name] = int(fits.sum())
    placed = count.index[(count > 0).to_numpy()]
    return str(placed[0] if len(placed) else names[0])


def preset_of(desk: Desk, project_id: str) -> str:
    """Return the weights to begin with: those chosen, else those of the project's cluster."""
    known = criteria().presets
    chosen = state.setting("preset")
    own = cluster_of(projects(desk).loc[project_id])
    return chosen if chosen in known else (own if own in known else DEFAULT)


def own_weights() -> dict[str, float] | None:
    """Return the weights that the reader set by hand, None where a preset holds."""
    keys, text = criteria().keys, state.setting("weigh")
    values = [float(part) for part in text.split("-")] if text else []
    if len(values) != len(keys) or not sum(values) > 0:
        return None
    return dict(zip(keys, values, strict=True))


def weights(desk: Desk, project_id: str) -> dict[str, float]:
    """Return the weights that hold, as written: they need not sum to anything."""
    chosen = own_weights()
    if chosen is not None:
        return chosen
    preset = criteria().preset(preset_of(desk, project_id))
    return {key: float(preset.get(key, 0.0)) for key in criteria().keys}


def ranking(desk: Desk, project_id: str) -> Ranking:
    """Return the sites that a project may have, ranked with the weights that hold (shared)."""
    given = weights(desk, project_id)
    name = (*_of(desk, project_id), tuple(given.values()))

    def make() -> Ranking:
        project, found = projects(desk).loc[project_id], vetoes(desk).vetoed
        return rank_sites(
            project,
            left_to(desk, project_id),
            facts(desk)[cluster_of(project)],
            vetoed=found.loc[found["project_id"] == project_id, "site_id"].tolist(),
            criteria=criteria(),
            weights=weights_for(criteria(), None, given),
            on=desk.state_on,
        )

    return _ranked.get(name, make)


def _of(desk: Desk, project_id: str) -> tuple[Hashable, ...]:
    """Return what the ranking of a project depends on beside its weights."""
    others = tuple(sorted((who, at) for who, at in settled(desk).items() if who != project_id))
    return (*_land_key(desk), _projects_key(desk), project_id, others)


def record(desk: Desk, project_id: str) -> dict[str, Any]:
    """Return the ranking with its vetoes as one plain document, as the command line tells it."""
    given = tuple(weights(desk, project_id).values())
    name = (*_of(desk, project_id), given, "record", language())

    def make() -> dict[str, Any]:
        found, held = ranking(desk, project_id), left_to(desk, project_id)
        told = barred(desk).get(project_id)
        return project_record(found, criteria=criteria(), told=told, held=held)

    return _ranked.get(name, make)


def decided(desk: Desk) -> dict[str, tuple[SiteDecision, ...]]:
    """Return the decisions on record by project, the newest last."""
    name = (*desk.facts, "decided")
    return _small.get(name, lambda: decisions(desk.register.read_meta(desk.as_of)))


def decision(desk: Desk, project_id: str) -> SiteDecision | None:
    """Return the decision that holds of a project, None where none does."""
    told = decided(desk).get(project_id, ())
    return told[-1] if told and told[-1].site_id else None


def settled(desk: Desk) -> dict[str, str]:
    """Return project → site of the decisions that stand."""

    def make() -> dict[str, str]:
        return settled_sites(desk.register.read_meta(desk.as_of))

    return _small.get((*desk.facts, "settled"), make)


def left_to(desk: Desk, project_id: str) -> gpd.GeoDataFrame:
    """Return the sites as the decisions on other projects leave them (shared)."""

    def make() -> gpd.GeoDataFrame:
        return left_for(projects(desk), sites(desk).table, settled(desk), but=project_id)

    return desk.kept(("siting", "left", project_id), make)


def opened_site(desk: Desk, project_id: str) -> str | None:
    """Return the site that is open: that asked for, else the first of the ranking."""
    wanted = state.setting("site")
    if wanted in sites(desk).table.index:
        return wanted
    table = ranking(desk, project_id).table
    return str(table.index[0]) if len(table) else None
