"""What the verbs ``site`` and ``match`` share: options, the scene they look at, and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_frame import (
    h,
    provenance,
)
from gis.errors import UserError


class PairOptionError(UserError):
    """An option that is not written as two names with an equals sign."""

    zh = "{option} 的写法不对：{found}。应为“名称=值”，例如 {example}。"
    en = "{option} is not understood: {found}. Write NAME=VALUE, such as {example}."


class FilesTogetherError(UserError):
    """A file of sites without a file of projects."""

    zh = "给出 --sites 时也要给出 --projects。只给 --projects 则用登记簿中的用地。"
    en = "With --sites give --projects too. With --projects alone the register's sites are taken."


class ProjectAbsentError(UserError):
    """A project that is asked for and not there."""

    zh = "没有项目 {ids}。现有：{known}。"
    en = "There is no project {ids}. There are: {known}."


class PresetUnknownError(UserError):
    """A cluster without weights of its own."""

    zh = "没有 {found} 的权重。--preset 可选：{known}。"
    en = "There are no weights of {found}. For --preset choose: {known}."


SitesFile = Annotated[
    Path | None,
    typer.Option(
        "--sites",
        metavar="FILE",
        help=h("用地文件（不用登记簿）。", "File of sites (no register)."),
    ),
]
ProjectsFile = Annotated[
    Path | None,
    typer.Option("--projects", metavar="FILE", help=h("项目表。", "File of projects.")),
]
Layers = Annotated[
    list[str] | None,
    typer.Option(
        "--layer",
        metavar="LAYER=FILE",
        help=h(
            "与 --sites 一起给出图层文件，可多次，如 redline=红线.shp、dem=高程.tif。",
            "With --sites: a file of a layer, repeatable, such as redline=red.shp, dem=dem.tif.",
        ),
    ),
]
CriteriaFile = Annotated[
    Path | None,
    typer.Option(
        "--criteria",
        metavar="FILE",
        help=h("改过的指标文件（TOML）。", "An edited file of criteria (TOML)."),
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        metavar="CLUSTER",
        help=h("一律用此集群的权重；缺省按项目所属集群。", "Weights of this cluster for all."),
    ),
]
WeightPairs = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        metavar="KEY=VALUE",
        help=h("直接给出权重，可多次；没有给出的为 0。", "A weight, repeatable; others are 0."),
    ),
]
WeightsFile = Annotated[
    Path | None,
    typer.Option(
        "--weights",
        metavar="FILE",
        help=h(
            "权重表（指标、权重两列）或判断矩阵（层次分析法，查一致性）。",
            "Table of weights (two columns), or a matrix of comparisons (AHP; checked).",
        ),
    ),
]


def scene_of(
    sites: Path | None,
    projects: Path | None,
    layers: Sequence[str] | None,
    crs: str | None,
    state_on: date | None,
    known_on: date | None,
    workspace: Path,
) -> Any:
    """Return projects, sites and layers: of the register, or of files where they are given."""
    from cli_siting import county_scene, loose_scene

    if sites is None:
        return county_scene(workspace, state_on, known_on, projects=projects)
    if projects is None:
        raise FilesTogetherError
    on = state_on or datetime.now().astimezone().date()
    return loose_scene(sites, projects, list(layers or ()), crs=crs, on=on)


def around_of(
    scene: Any, recorded: bool, workspace: Path, state_on: date | None, known_on: date | None
) -> Any:
    """Return what lies around the sites, from the layers at hand."""
    from analysis.siting_county import LAYERS, around
    from cli_frame import county_as_of
    from data.register import Register
    from gis.crs import METRIC_CRS

    layers = {name: one.frame for name, one in scene.layers.items() if one.frame is not None}
    if not recorded:
        return around(layers)
    as_of = scene.facts["as_of"]
    parcels = county_as_of(workspace, state_on, known_on)[0].to_crs(METRIC_CRS)
    with Register.open(workspace) as register:
        there = set(register.layers(as_of)["name"])
        for name in LAYERS:
            if name in there and name not in layers:
                layers[name] = register.read_layer(name, as_of).to_crs(METRIC_CRS)
        firms, holdings = (
            register.read_layer(name, as_of) if name in there else None
            for name in ("firms", "firm_parcels")
        )
    return around(layers, parcels, firms=firms, holdings=holdings)


def own_weights(rules: Any, preset: str | None, pairs: list[str] | None, file: Path | None) -> Any:
    """Return a function from the cluster to its weights."""
    from analysis.siting import weights_for
    from analysis.weights import ahp, require_consistent
    from data.siting_weights import keys_by_name, read_weights

    given: dict[str, float] | None = None
    if file is not None:
        given, matrix = read_weights(file, rules.criteria)
        if matrix is not None:
            found = ahp(matrix, random_index=rules.random_index, names=rules.names)
            most = rules.limits["cr_most"]
            given = require_consistent(found, most=most, names=rules.names).weights.to_dict()
    keys = keys_by_name(rules.criteria)
    for name, value in pairs_of("--weight", pairs):
        try:
            given = {**(given or {}), keys.get(name, name): float(value)}
        except ValueError:
            raise _pair_error("--weight", f"{name}={value}") from None
    if preset is not None and preset not in rules.presets:
        raise PresetUnknownError(found=preset, known="、".join(rules.presets))
    return lambda cluster: weights_for(rules, preset or cluster, given)


def pairs_of(option: str, texts: list[str] | None) -> list[tuple[str, str]]:
    """Read options written NAME=VALUE."""
    found = []
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise _pair_error(option, text)
        found.append((name.strip(), value.strip()))
    return found


_EXAMPLES = {"--weight": "--weight area_fit=3", "--pin": "--pin X1=S1", "--ban": "--ban X1=S1"}


def _pair_error(option: str, found: str) -> PairOptionError:
    return PairOptionError(option=option, found=found, example=_EXAMPLES[option])


def said_by_all(scene: Any, rules: Any, lang: str) -> dict[str, Any]:
    """Return what every document of siting says of itself."""
    from reports.measures import told_issues

    common = {
        "on": scene.on.isoformat(),
        "criteria_id": rules.id,
        "sources": dict(rules.sources),
        "notes": [note[lang == "en"] for note in scene.notes],
        "not_asked": scene.rules.not_asked[lang == "en"],
        "issues": told_issues(scene.sites.issues, scene.noted, lang),
    }
    return common | (provenance(scene.facts) if scene.facts else {})


_SHOWN = 8


def warned(document: Mapping[str, Any], lang: str) -> list[str]:
    """Return as lines what a document of siting warns of: its notes, and issues beyond hints."""
    zh = lang != "en"
    grave = [row for row in document["issues"] if row["severity"] != "info"]
    told = []
    for row in grave[:_SHOWN]:
        where = row["id"] if row["id"] else f"{row['layer']} {row['row']}"
        value = "" if row["value"] is None else f"“{row['value']}”"
        told.append(f"{where} {row['field'] or ''}{value}{'：' if zh else ': '}{row['message']}")
    if len(grave) > _SHOWN:
        more = len(grave) - _SHOWN
        told.append(f"另有 {more} 条，见 --json" if zh else f"{more} more: see --json")
    head = "注意：" if zh else "Note: "
    beside = [document["not_asked"]] if document["not_asked"] else []
    return [head + text for text in (*document["notes"], *told, *beside)]
