"""The verbs ``site`` and ``match``: where projects may go, where best, and which goes where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
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
    failing_clearly,
    h,
    lang_of,
    out,
    place,
    provenance,
)
from gis.errors import UserError

siting_verbs = typer.Typer()


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


@siting_verbs.command(
    "site",
    help=h(
        "项目选址：先否决（附图层、版本、日期、条款、重叠面积；缺的图层记为未核），再按固定价值函数"
        "打分，附各指标得分、与首位的差距、权重抽样下的稳定性。从登记簿，或只凭 --sites、"
        "--projects、--layer 文件。JSON 键：projects（project_id、vetoed、unchecked、conditional、"
        "ranking 等；只有一个项目时也在顶层）、criteria、layers、issues。",
        "Sites for projects: vetoes first (layer, version, date, clause, overlap; what is missing "
        "is not checked), then scores by fixed value functions with contributions, losses against "
        "the first, and stability over drawn weights. From the register, or only from --sites, "
        "--projects and --layer. JSON keys: projects (project_id, vetoed, unchecked, conditional, "
        "ranking …; of a single project at the top too), criteria, layers, issues.",
    ),
)
def site(
    sites: SitesFile = None,
    projects: ProjectsFile = None,
    layer: Layers = None,
    project: Annotated[
        list[str] | None,
        typer.Option("--project", metavar="ID", help=h("只看此项目，可多次。", "Only this one.")),
    ] = None,
    preset: Preset = None,
    weight: WeightPairs = None,
    weights: WeightsFile = None,
    criteria: CriteriaFile = None,
    draws: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help=h("权重抽样次数。", "Weight draws."))
    ] = None,
    seed: Annotated[int | None, typer.Option(help=h("随机数种子。", "Seed."))] = None,
    spread: Annotated[
        float | None,
        typer.Option(min=0, max=1, help=h("权重上下变动的比例。", "How far weights may move.")),
    ] = None,
    crs: FileCrs = None,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Rank sites."""
    with failing_clearly(lang, as_json=as_json):
        from dataclasses import replace

        from analysis.siting import cluster_of, default_draws, facts_by_cluster, rank_sites
        from data.siting_criteria import load_siting_criteria

        rules = load_siting_criteria(criteria)
        own = _own_weights(rules, preset, weight, weights)
        told = lang_of(lang)
        scene = _scene(sites, projects, layer, crs, state_on, known_on, place(workspace))
        scene = _only(scene, project)
        around = _around(scene, sites is None, place(workspace), state_on, known_on)
        facts = facts_by_cluster(scene.projects, scene.sites.table, around, criteria=rules)
        given = default_draws(rules)
        given = replace(
            given,
            count=draws or given.count,
            seed=given.seed if seed is None else seed,
            spread=given.spread if spread is None else spread,
        )
        found = scene.vetoes()
        rankings = [
            rank_sites(
                row,
                scene.sites.table,
                facts[cluster_of(row)],
                vetoed=found.vetoed.loc[found.vetoed["project_id"] == name, "site_id"].tolist(),
                criteria=rules,
                weights=own(cluster_of(row)),
                on=scene.on,
                draws=given,
            )
            for name, row in scene.projects.iterrows()
        ]
        document, text = _site_told(scene, found, rankings, rules, told)
        out(document, text, as_json=as_json)


@siting_verbs.command(
    "match",
    help=h(
        "项目匹配：多个项目与多处用地一起安排，考虑容量、时间、否决、优先与指定，给出与最优的差距；"
        "未安排的项目说明原因和代价最小的放宽办法，并与先到先得比较。JSON 键：status、gap、"
        "assignments（project_id、site_id、start 等）、unplaced（project_id、reason 等）、"
        "first_come。",
        "Match projects to sites with capacity, timing, vetoes, priorities and pins, with the gap "
        "to the best; what stays unplaced, why, the cheapest relaxation, and first come, first "
        "served beside it. JSON keys: status, gap, assignments (project_id, site_id, start …), "
        "unplaced (project_id, reason …), first_come.",
    ),
)
def match_verb(
    sites: SitesFile = None,
    projects: ProjectsFile = None,
    layer: Layers = None,
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=SITE", help=h("指定项目到用地，可多次。", "Pin, repeatable.")),
    ] = None,
    ban: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=SITE", help=h("禁止项目用此地，可多次。", "Ban, repeatable.")),
    ] = None,
    late_most: Annotated[
        float | None,
        typer.Option(min=0, help=h("最多等待的月数。", "Months a project waits at most.")),
    ] = None,
    gap: Annotated[
        float, typer.Option(min=0, max=1, help=h("可接受的差距。", "Gap that will do."))
    ] = 0.0001,
    seconds: Annotated[float, typer.Option(min=0.1, help=h("时限（秒）。", "Time limit."))] = 30.0,
    seed: Annotated[int, typer.Option(help=h("求解器种子。", "Seed of the solver."))] = 0,
    preset: Preset = None,
    weight: WeightPairs = None,
    weights: WeightsFile = None,
    criteria: CriteriaFile = None,
    crs: FileCrs = None,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Match projects."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.matching import match
        from analysis.matching_reasons import first_come, points, relaxations, unplaced
        from data.siting_criteria import load_siting_criteria
        from reports.match_list import match_document, match_text
        from reports.veto_list import veto_records

        rules = load_siting_criteria(criteria)
        own = _own_weights(rules, preset, weight, weights)
        scene = _scene(sites, projects, layer, crs, state_on, known_on, place(workspace))
        around = _around(scene, sites is None, place(workspace), state_on, known_on)
        months = rules.limits["late_most"] if late_most is None else late_most
        pins, bans = _pairs("--pin", pin), _pairs("--ban", ban)
        vetoes = scene.vetoes()
        problem = _problem(scene, around, rules, own, pins, bans, months, vetoes.pairs())
        found = match(problem, gap=gap, seconds=seconds, seed=seed)
        prices = {key: rules.limits[key] for key in ("late_price", "short_price")}
        plain = first_come(problem)
        document = match_document(
            problem,
            found,
            left=unplaced(problem, found),
            ways=relaxations(problem, found, **prices),
            first_come=plain,
            first_come_points=points(problem, found.pairs, plain),
            told=veto_records(vetoes, rules=scene.rules, lang=lang_of(lang)),
            lang=lang_of(lang),
        )
        document |= _common(scene, rules, lang_of(lang))
        out(document, match_text(document, lang_of(lang)), as_json=as_json)


def _scene(
    sites: Path | None,
    projects: Path | None,
    layers: Sequence[str] | None,
    crs: str | None,
    state_on: date | None,
    known_on: date | None,
    workspace: Path,
) -> Any:
    from cli_siting import county_scene, loose_scene

    if sites is None:
        return county_scene(workspace, state_on, known_on, projects=projects)
    if projects is None:
        raise FilesTogetherError
    on = state_on or datetime.now().astimezone().date()
    return loose_scene(sites, projects, list(layers or ()), crs=crs, on=on)


def _only(scene: Any, wanted: list[str] | None) -> Any:
    from dataclasses import replace

    if not wanted:
        return scene
    absent = [name for name in wanted if name not in scene.projects.index]
    if absent:
        known = "、".join(map(str, scene.projects.index[:10]))
        raise ProjectAbsentError(ids="、".join(absent), known=known)
    return replace(scene, projects=scene.projects.loc[list(dict.fromkeys(wanted))])


def _around(
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


def _own_weights(rules: Any, preset: str | None, pairs: list[str] | None, file: Path | None) -> Any:
    """Return a function from the cluster to its weights."""
    from analysis.siting import weights_for
    from analysis.weights import ahp, require_consistent
    from data.siting_weights import read_weights

    given: dict[str, float] | None = None
    if file is not None:
        given, matrix = read_weights(file, rules.criteria)
        if matrix is not None:
            found = ahp(matrix, random_index=rules.random_index)
            given = require_consistent(found, most=rules.limits["cr_most"]).weights.to_dict()
    for name, value in _pairs("--weight", pairs):
        try:
            given = {**(given or {}), name: float(value)}
        except ValueError:
            raise _pair_error("--weight", f"{name}={value}") from None
    if preset is not None and preset not in rules.presets:
        raise _pair_error("--preset", preset)
    return lambda cluster: weights_for(rules, preset or cluster, given)


def _pairs(option: str, texts: list[str] | None) -> list[tuple[str, str]]:
    found = []
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise _pair_error(option, text)
        found.append((name.strip(), value.strip()))
    return found


_EXAMPLES = {"--weight": "--weight area_fit=3", "--pin": "--pin X1=S1", "--ban": "--ban X1=S1",
             "--preset": "--preset auto"}  # fmt: skip


def _pair_error(option: str, found: str) -> PairOptionError:
    return PairOptionError(option=option, found=found, example=_EXAMPLES[option])


def _problem(
    scene: Any,
    around: Any,
    rules: Any,
    own: Any,
    pins: Any,
    bans: Any,
    late_most: float,
    vetoed: Any,
) -> Any:
    from analysis.siting import facts_by_cluster
    from analysis.siting_county import county_match
    from data.project_rules import load_project_rules

    table = scene.sites.table
    facts = facts_by_cluster(scene.projects, table, around, criteria=rules)
    return county_match(
        scene.projects,
        table,
        facts,
        vetoed,
        criteria=rules,
        project_rules=load_project_rules(),
        weights={cluster: own(cluster) for cluster in facts},
        on=scene.on,
        pins=pins,
        bans=bans,
        late_most=late_most,
    )


def _site_told(
    scene: Any, vetoes: Any, rankings: list[Any], rules: Any, lang: str
) -> tuple[dict[str, Any], str]:
    from reports.siting_list import criteria_records, project_head, project_page, ranking_record
    from reports.veto_list import layer_records, veto_records, veto_text

    told = veto_records(vetoes, rules=scene.rules, lang=lang)
    none: dict[str, list[Any]] = {"vetoed": [], "conditional": [], "unchecked": []}
    records, pages = [], []
    for found in rankings:
        name = found.project_id
        record = ranking_record(found, criteria=rules)
        record = {"project_id": name, **told.get(name, none), **record}
        records.append(record)
        head = project_head(name, scene.projects.loc[name].to_dict(), lang)
        page = project_page(record, criteria=rules, head=head, lang=lang)
        pages.append("\n".join([page, *veto_text(told, name, lang)]))
    document = {"projects": records, "criteria": criteria_records(rules, lang)}
    document["layers"] = layer_records(scene.layers, scene.rules)
    document |= _common(scene, rules, lang)
    if len(records) == 1:
        document = {**records[0], **document}
    return document, "\n\n".join(pages)


def _common(scene: Any, rules: Any, lang: str) -> dict[str, Any]:
    """Return what every document of siting says of itself."""
    from reports.measures import told_issues

    common = {
        "on": scene.on.isoformat(),
        "criteria_id": rules.id,
        "sources": dict(rules.sources),
        "notes": [note[lang == "en"] for note in scene.notes],
        "issues": told_issues(scene.sites.issues, scene.noted, lang),
    }
    return common | (provenance(scene.facts) if scene.facts else {})
