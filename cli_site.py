"""The verb ``site``: where a project may go, where best, and how sure that is."""

from __future__ import annotations

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
)
from cli_site_frame import (
    CriteriaFile,
    Layers,
    Preset,
    ProjectAbsentError,
    ProjectsFile,
    SitesFile,
    WeightPairs,
    WeightsFile,
    around_of,
    own_weights,
    said_by_all,
    scene_of,
    warned,
)

site_verb = typer.Typer()


@site_verb.command(
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
    seed: Annotated[int | None, typer.Option(min=0, help=h("随机数种子。", "Seed."))] = None,
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

        from analysis.site_held import left_for
        from analysis.siting import cluster_of, default_draws, facts_by_cluster, rank_sites
        from data.siting_criteria import load_siting_criteria

        rules = load_siting_criteria(criteria)
        own = own_weights(rules, preset, weight, weights)
        told = lang_of(lang)
        scene = scene_of(sites, projects, layer, crs, state_on, known_on, place(workspace))
        every = scene.projects
        scene = _only(scene, project)
        around = around_of(scene, sites is None, place(workspace), state_on, known_on)
        facts = facts_by_cluster(scene.projects, scene.sites.table, around, criteria=rules)
        given = default_draws(rules)
        given = replace(
            given,
            count=draws or given.count,
            seed=given.seed if seed is None else seed,
            spread=given.spread if spread is None else spread,
        )
        found = scene.vetoes()
        left = {
            name: left_for(every, scene.sites.table, scene.decided, but=str(name))
            for name in scene.projects.index
        }
        rankings = [
            rank_sites(
                row,
                left[name],
                facts[cluster_of(row)],
                vetoed=found.vetoed.loc[found.vetoed["project_id"] == name, "site_id"].tolist(),
                criteria=rules,
                weights=own(cluster_of(row)),
                on=scene.on,
                draws=given,
            )
            for name, row in scene.projects.iterrows()
        ]
        document, text = _site_told(scene, left, found, rankings, rules, told)
        out(document, text, as_json=as_json)


def _only(scene: Any, wanted: list[str] | None) -> Any:
    from dataclasses import replace

    if not wanted:
        return scene
    absent = [name for name in wanted if name not in scene.projects.index]
    if absent:
        known = "、".join(map(str, scene.projects.index[:10]))
        raise ProjectAbsentError(ids="、".join(absent), known=known)
    return replace(scene, projects=scene.projects.loc[list(dict.fromkeys(wanted))])


def _site_told(
    scene: Any, left: Any, vetoes: Any, rankings: list[Any], rules: Any, lang: str
) -> tuple[dict[str, Any], str]:
    from reports.siting_list import criteria_records, project_head, project_page, project_record
    from reports.veto_list import layer_records, veto_records, veto_text

    told = veto_records(vetoes, rules=scene.rules, lang=lang)
    records, pages = [], []
    for found in rankings:
        name = found.project_id
        record = project_record(found, criteria=rules, told=told.get(name), held=left[name])
        records.append(record)
        head = project_head(name, scene.projects.loc[name].to_dict(), lang)
        page = project_page(record, criteria=rules, head=head, lang=lang)
        pages.append("\n".join([page, *veto_text(told, name, lang)]))
    document = {"projects": records, "criteria": criteria_records(rules, lang)}
    document["layers"] = layer_records(scene.layers, scene.rules)
    document |= said_by_all(scene, rules, lang)
    if len(records) == 1:
        document = {**records[0], **document}
    warnings = "\n".join(warned(document, lang))
    return document, "\n\n".join([*pages, warnings] if warnings else pages)
