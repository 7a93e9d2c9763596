"""The verb ``match``: which project goes to which site."""

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
from cli_interrupt import until_interrupted
from cli_site_frame import (
    CriteriaFile,
    Layers,
    Preset,
    ProjectsFile,
    SitesFile,
    WeightPairs,
    WeightsFile,
    around_of,
    own_weights,
    pairs_of,
    said_by_all,
    scene_of,
    warned,
)

match_verbs = typer.Typer()


@match_verbs.command(
    "match",
    help=h(
        "项目匹配：多个项目与多处用地一起安排，考虑容量、时间、否决、优先与指定，给出与最优的差距；"
        "未安排的项目说明原因和代价最小的放宽办法，并与先到先得比较。JSON 键：status、gap、"
        "assignments（project_id、site_id、start 等）、unplaced（project_id、reason 等）、"
        "decided（已有决定，不再安排）、first_come。",
        "Match projects to sites with capacity, timing, vetoes, priorities and pins, with the gap "
        "to the best; what stays unplaced, why, the cheapest relaxation, and first come, first "
        "served beside it. JSON keys: status, gap, assignments (project_id, site_id, start …), "
        "unplaced (project_id, reason …), decided (on record, left as they are), first_come.",
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
    seed: Annotated[
        int,
        typer.Option(min=0, max=2_147_483_647, help=h("求解器种子。", "Seed of the solver.")),
    ] = 0,
    anew: Annotated[
        bool,
        typer.Option("--anew", help=h("撇开已作的决定。", "Leave decisions on record aside.")),
    ] = False,
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
        from dataclasses import replace

        from analysis.matching import match
        from analysis.matching_reasons import first_come, points, relaxations, unplaced
        from data.siting_criteria import load_siting_criteria
        from reports.match_list import match_document, match_text
        from reports.veto_list import veto_records

        rules = load_siting_criteria(criteria)
        own = own_weights(rules, preset, weight, weights)
        scene = scene_of(sites, projects, layer, crs, state_on, known_on, place(workspace))
        around = around_of(scene, sites is None, place(workspace), state_on, known_on)
        scene = replace(scene, decided={}) if anew else scene
        months = rules.limits["late_most"] if late_most is None else late_most
        pins, bans = pairs_of("--pin", pin), pairs_of("--ban", ban)
        vetoes = scene.vetoes()
        problem = _problem(
            scene, around, rules, own, pins, bans, months, vetoes.named_pairs(scene.rules)
        )
        with until_interrupted() as pressed:
            found = match(problem, gap=gap, seconds=seconds, seed=seed, stopped=pressed)
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
        document |= said_by_all(scene, rules, lang_of(lang))
        text = [match_text(document, lang_of(lang)), *warned(document, lang_of(lang))]
        out(document, "\n".join(text), as_json=as_json)


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
        decided=scene.decided,
    )
