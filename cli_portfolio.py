"""The verb ``portfolio``: which blocks to take on in which year."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_blocks import Borders
from cli_frame import (
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
from cli_interrupt import until_interrupted

portfolio_verb = typer.Typer()


class Goal(StrEnum):
    """What the choice is for."""

    cost = "cost"
    gain = "gain"
    difficulty = "difficulty"


class Unknown(StrEnum):
    """What to do with blocks of which a figure is unknown."""

    ask = "ask"
    leave_out = "leave_out"
    known = "known"


@portfolio_verb.command(
    "portfolio",
    help=h(
        "五年组合：选哪些连片、哪年启动，使各年计入面积达到任务，并满足预算、镇街份额、搬迁能力、"
        "必选与不选等要求（--settings 给出 TOML）。结果说明与最优的差距；"
        "无解时列出互相矛盾的最少几条要求。"
        "JSON 键：status、gap、objective、years、blocks、conflict 等。",
        "Which blocks to take on in which year, so that each year's credited land reaches its "
        "task within budgets, shares of towns, relocation capacity and locks (--settings, a TOML "
        "file). The answer says how far from the best it can be; where there is none, the "
        "fewest asks that contradict each other. JSON keys: status, gap, objective, years, "
        "blocks, conflict …",
    ),
)
def portfolio(
    settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=h("设置文件（TOML）。", "File of settings (TOML).")),
    ] = None,
    first_year: Annotated[
        int | None,
        typer.Option(
            "--year",
            min=2000,
            max=2100,
            help=h("第一年；缺省为状态日期的次年。", "First year; by default the next one."),
        ),
    ] = None,
    task: Annotated[
        float | None,
        typer.Option(min=0, metavar="MU", help=h("每年任务（亩）。", "Task of each year (mu).")),
    ] = None,
    goal: Annotated[
        Goal | None,
        typer.Option(
            "--objective", help=h("目标；缺省为费用最少。", "Goal; least cost by default.")
        ),
    ] = None,
    unknown: Annotated[
        Unknown | None,
        typer.Option(
            help=h(
                "缺数的连片：先补数（ask）、不考虑（leave_out）、只计已知部分（known）。",
                "Blocks with unknown figures: ask for them, leave them out, count what is known.",
            )
        ),
    ] = None,
    prices: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=h("单价文件（TOML）。", "File of unit prices (TOML).")),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help=h("求解时限（秒）。", "Time limit (s)."))
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(min=0, max=1, help=h("差距到此即可（0.01 为 1 %）。", "Gap that is enough.")),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help=h("随机种子。", "Seed."))] = None,
    borders: Annotated[
        Borders | None,
        typer.Option(help=h("连片不跨乡镇街道或园区。", "Blocks do not cross towns, or parks.")),
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(min=0, metavar="M", help=h("间隔不超过多少米算相邻。", "Widest gap (m).")),
    ] = None,
    each: Annotated[
        bool,
        typer.Option(
            "--by-parcel",
            help=h(
                "按宗地选择：从连片中选取任意相连的一部分，不只是整片或分块。",
                "Choose parcel by parcel: any part of a block that hangs together.",
            ),
        ),
    ] = False,
    draws: Annotated[
        int | None,
        typer.Option(
            "--stability",
            min=0,
            max=1000,
            metavar="N",
            help=h(
                "费用和时长浮动 ±20 % 重新求解的次数（JSON 键 stability）；0 为缺省次数。",
                "Choose again N times with costs and durations moved by ± 20 % (JSON key "
                "stability); 0 for the usual number.",
            ),
        ),
    ] = None,
    between: Annotated[
        tuple[Goal, Goal] | None,
        typer.Option(
            "--trade-off",
            help=h(
                "两个目标之间的权衡曲线（JSON 键 trade_off）。",
                "Curve between two goals (JSON key trade_off).",
            ),
        ),
    ] = None,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Choose blocks and years."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.portfolio import solve
        from reports.portfolio_basis import basis_document, basis_lines
        from reports.portfolio_list import portfolio_document, portfolio_text

        said = {"weights": goal and {goal.value: 1.0}, "unknown": unknown and unknown.value}
        said |= {"seconds": seconds, "gap": gap, "seed": seed, "task_mu": task}
        told = {name: value for name, value in said.items() if value is not None}
        days, border = (state_on, known_on), None if borders is None else borders.value
        county, figures, facts = _county(
            place(workspace), days, first_year, settings, told, prices, (within, border)
        )
        with until_interrupted() as pressed:
            found = solve(county.problem, stopped=pressed)
        problem = county.problem
        more = _more(problem, found, draws, between)
        if each:
            problem, found = _by_parcel(county, figures, found)
            more |= {"by_parcel": True}
        document = portfolio_document(problem, found, more=more, lang=lang_of(lang))
        document |= provenance(facts) | basis_document(
            county,
            problem.settings,
            rules=facts["rules"],
            barriers_missing=facts["barriers_missing"],
        )
        lines = [portfolio_text(document, lang_of(lang)), *basis_lines(document, lang_of(lang))]
        out(document, "\n".join(lines), as_json=as_json)
        if found.faults:
            raise typer.Exit(1)


def _by_parcel(county: Any, figures: Any, whole: Any) -> tuple[Any, Any]:
    """Return the problem of parcels and its answer, begun with that of whole blocks."""
    from analysis.portfolio_county import by_parcel
    from analysis.portfolio_parcels import solve_parcels

    problem, pairs = by_parcel(county, figures)
    chosen = zip(whole.chosen["parcel_ids"], whole.chosen["start_year"], strict=True)
    begun = {parcel: int(year) for parcels, year in chosen for parcel in parcels}
    least = problem.settings.part_least_mu
    return problem, solve_parcels(problem, pairs, least_mu=least, begin=begun or None)


def _more(problem: Any, found: Any, draws: int | None, between: Any) -> dict[str, Any]:
    """Return how sure the blocks are, and the curve between two goals, where asked."""
    from analysis.portfolio_stability import stability
    from analysis.portfolio_tradeoff import trade_off
    from data.portfolio_settings import portfolio_defaults
    from reports.portfolio_list import stability_document, trade_off_document

    told: dict[str, Any] = {}
    if draws is not None and len(found.chosen):
        usual = portfolio_defaults()
        moved = stability(
            problem,
            found,
            draws=draws or int(usual["draws"]),
            spread=usual["spread"],
            sure=usual["sure"],
            seed=problem.settings.seed,
        )
        told["stability"] = stability_document(moved)
    if between is not None:
        curve = trade_off(problem, between=(between[0].value, between[1].value))
        told["trade_off"] = trade_off_document(curve)
    return told


def _county(
    workspace: Path,
    days: tuple[Any, Any],
    first_year: int | None,
    settings: Path | None,
    said: dict[str, Any],
    prices: Path | None,
    shape: tuple[float | None, str | None],
) -> tuple[Any, Any, dict[str, Any]]:
    """Return the county's problem, figures of its parcels, and what is known of the register."""
    from analysis.block_figures import parcel_figures
    from analysis.portfolio_county import county_problem
    from data.block_prices import load_block_prices
    from data.block_prices_record import kept_prices
    from data.block_rules import load_block_rules

    parcels, events, facts = county_as_of(workspace, *days)
    as_of, rules = facts["as_of"], facts["rules"]
    first = as_of.state_on.year + 1 if first_year is None else first_year
    asked = _settings(settings, first, rules, said, first_year)
    money = kept_prices(facts["meta"]) if prices is None else load_block_prices(prices)
    within, borders = shape
    block_rules = load_block_rules()
    if within is not None:
        block_rules = replace(block_rules, within_m=within)
    land, walls, firms = _land(workspace, parcels, facts, block_rules)
    far_line = rules.far_lines["general"].value
    figures = parcel_figures(land, prices=money, far_line=far_line, on=as_of.state_on, **firms)
    county = county_problem(
        land,
        events,
        figures,
        rules=rules,
        as_of=as_of,
        block_rules=block_rules,
        prices=money,
        settings=asked,
        barriers=walls.geometry,
        borders=borders,
    )
    return county, figures, facts | {"barriers_missing": list(walls.missing)}


def _settings(
    file: Path | None, first_year: int, rules: Any, said: dict[str, Any], year: int | None
) -> Any:
    """Return the defaults with what the file and then the options say."""
    from data.portfolio_settings import (
        PortfolioSettingsFaultyError,
        default_settings,
        read_settings,
        settings_from,
    )

    base = default_settings(first_year, task_mu=rules.annual_target_mu)
    if file is not None:
        base = read_settings(file, base=base)
    if year is not None and base.years[0] != year:
        faults = f"--year {year} ≠ years {base.years[0]}–{base.years[-1]}"
        raise PortfolioSettingsFaultyError(count=1, faults=faults)
    return settings_from(base.to_dict() | said) if said else base


def _land(
    workspace: Path, parcels: Any, facts: dict[str, Any], block_rules: Any
) -> tuple[Any, Any, dict[str, Any]]:
    """Return the parcels with floor area from buildings, the barriers, firms and holdings."""
    from analysis.block_floor import with_buildings
    from data.barriers import barriers_among
    from data.firm_tables import firm_tables_there
    from data.register import Register
    from gis.crs import METRIC_CRS

    buildings, as_of = None, facts["as_of"]
    with Register.open(workspace) as register:
        there = set(register.layers(as_of)["name"])
        walls = barriers_among(
            there, lambda name: register.read_layer(name, as_of), rules=block_rules
        )
        if "buildings" in there:
            buildings = register.read_layer("buildings", as_of).to_crs(METRIC_CRS)
        firms = firm_tables_there(register, as_of)
    metric = parcels.to_crs(METRIC_CRS)
    return with_buildings(metric, buildings, rules=facts["rules"]), walls, firms
