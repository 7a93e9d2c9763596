"""The verb ``portfolio``: which blocks to take on in which year."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_blocks import Borders, _walls
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
    state_on: StateOn = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Choose blocks and years."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.portfolio import solve
        from analysis.portfolio_county import county_problem
        from data.block_prices import load_block_prices
        from data.block_rules import load_block_rules
        from reports.portfolio_list import portfolio_document, portfolio_text

        where, rules = place(workspace), load_block_rules()
        parcels, events, facts = county_as_of(where, state_on, known_on)
        first = facts["as_of"].state_on.year + 1 if first_year is None else first_year
        said = {"weights": goal and {goal.value: 1.0}, "unknown": unknown and unknown.value}
        said |= {"seconds": seconds, "gap": gap, "seed": seed, "task_mu": task}
        asked = _settings(settings, first, facts["rules"], said)
        holdings, firms = _firms(where, facts["as_of"])
        county = county_problem(
            parcels,
            events,
            rules=facts["rules"],
            as_of=facts["as_of"],
            block_rules=rules,
            prices=load_block_prices(prices),
            settings=asked,
            holdings=holdings,
            firms=firms,
            barriers=_walls(None, None, where, rules),
            borders=None if borders is None else borders.value,
        )
        found = solve(county.problem)
        document = portfolio_document(county.problem, found, lang=lang_of(lang))
        document |= {"usual_months": {k: round(m, 1) for k, m in county.months.items()}}
        document |= {"credited_already": county.left_out} | provenance(facts)
        out(document, portfolio_text(document, lang_of(lang)), as_json=as_json)


def _settings(file: Path | None, first_year: int, rules: Any, said: dict[str, Any]) -> Any:
    """Return the defaults with what the file and then the options say."""
    from data.portfolio_settings import default_settings, read_settings, settings_from

    base = default_settings(first_year, task_mu=rules.annual_target_mu)
    if file is not None:
        base = read_settings(file, base=base)
    given = {name: value for name, value in said.items() if value is not None}
    return settings_from(base.to_dict() | given) if given else replace(base)


def _firms(workspace: Path, as_of: Any) -> tuple[Any, Any]:
    """Return holdings and firms of the register; None where it has none."""
    from data.firm_tables import FIRM_LAYERS, read_firm_tables
    from data.register import Register

    with Register.open(workspace) as register:
        if set(FIRM_LAYERS) - set(register.layers(as_of)["name"]):
            return None, None
        firms, holdings = read_firm_tables(register, as_of)
        return holdings, firms
