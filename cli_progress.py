"""The verb ``progress``: the year as of two dates, with the movement of the stock."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_frame import (
    Json,
    KnownOn,
    Language,
    StateOn,
    TaskYear,
    Workspace,
    county_as_of,
    day,
    failing_clearly,
    h,
    lang_of,
    out,
    place,
)
from gis.errors import UserError

years = typer.Typer()


class TaskYearMissingError(UserError):
    """A table of town tasks of other years only."""

    zh = "文件 {file} 里没有 {year} 年的任务，只有 {years} 年。"
    en = "File {file} has no tasks of {year}, only of {years}."


NO_FORECAST = {
    "zh": "登记的阶段推进太少，还不能预测年底。",
    "en": "Too few stage moves are on record for a forecast of the year's end.",
}


@years.command(
    "progress",
    help=h(
        "年度进度：目标、已计入、序时与季节进度、按乡镇街道等、存量变动表。",
        "The year's progress towards its task, with pace, groups and the movement of the stock.",
    ),
)
def progress(
    year: TaskYear,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    town_tasks: Annotated[
        Path | None,
        typer.Option(
            "--town-tasks",
            metavar="FILE",
            help=h(
                "镇街任务表（CSV 或工作簿，表头见 data/reference/town_tasks.csv）；"
                "缺省为登记簿中的任务表。",
                "Table of town tasks (headings as in data/reference/town_tasks.csv); by default "
                "the one on record.",
            ),
        ),
    ] = None,
    published_on: Annotated[
        date | None,
        typer.Option(
            "--published-on",
            parser=day,
            metavar="DATE",
            help=h(
                "与当日公布的数比较，列出更正的宗地及原因（JSON 键 restated）。",
                "Compare with what was published on this day and list what was restated and why "
                "(JSON key restated).",
            ),
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help=h(
                "将存量变动表写成工作簿（公式可复算）。",
                "Write the movement as a workbook with live formulas.",
            ),
        ),
    ] = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Measure a year."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.forecast import forecast
        from analysis.movement import movement
        from analysis.progress import progress as measure
        from analysis.progress_json import movement_rows
        from reports.plain import progress_text

        parcels, events, facts = county_as_of(place(workspace), state_on, known_on, history=True)
        common = {"rules": facts["rules"], "year": year, "as_of": facts["as_of"]}
        tasks = _tasks(town_tasks, year, facts)
        found = measure(parcels, events, towns=facts["towns"], town_tasks_mu=tasks, **common)
        moved = movement(facts["versions"], events, parcels, lineage=facts["lineage"], **common)
        document = found.to_json(register_version=facts["version"])
        document["movement"] = movement_rows(moved)
        document["forecast"] = forecast(parcels, events, **common).to_json()
        if document["forecast"]["reason"]:
            document["notes"] |= {"forecast": NO_FORECAST["zh"], "forecast_en": NO_FORECAST["en"]}
        document["sample"] = facts["is_sample"]
        document["plan"] = _plan(place(workspace), parcels, events, common)
        if published_on is not None:
            document["restated"] = _restated(
                place(workspace), published_on, parcels, events, common
            )
        if target is not None:
            _write(moved, target, facts, lang_of(lang))
            document["out"] = str(target)
        out(document, progress_text(document, lang_of(lang)), as_json=as_json)


def _plan(
    workspace: Path, parcels: Any, events: Any, common: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the adopted plan of the year against what was credited; None where there is none."""
    from analysis.desk import desk_frame
    from analysis.plan_progress import plan_progress
    from data.register import Register
    from data.scenarios import plan_of

    with Register.open(workspace) as register:
        plan = plan_of(register.read_scenarios(common["as_of"]), common["year"])
    if plan is None:
        return None
    credited = desk_frame(parcels, events, **common)["credited_m2"]
    found = plan_progress(credited, plan.scenario.answer["blocks"], year=common["year"])
    head = {"scenario": plan.scenario.name, "adopted_by": plan.who}
    return head | {"adopted_at": plan.recorded_at.isoformat(), **found.to_json()}


def _restated(
    workspace: Path, published: date, parcels: Any, events: Any, common: dict[str, Any]
) -> dict[str, Any]:
    """Return what differs between the figures as published on a day and as known now."""
    from analysis.progress_json import restated_document
    from analysis.restated import Known, restated

    as_of = common["as_of"]
    before, told, _ = county_as_of(workspace, as_of.state_on, published)
    found = restated(
        Known(before, told),
        Known(parcels, events),
        rules=common["rules"],
        year=common["year"],
        state_on=as_of.state_on,
    )
    return restated_document(found, published_on=published)


def _write(moved: Any, target: Path, facts: dict[str, Any], lang: str) -> None:
    from reports.context import ExportContext
    from reports.movement_book import write_movement
    from reports.place import check_place

    check_place(target)
    context = ExportContext(
        county=facts["county"],
        filter_text=h("全部", "All", lang),
        state_on=facts["as_of"].state_on,
        known_on=facts["as_of"].known_on,
        register_version=facts["version"],
        rules_id=facts["rules"].id,
        credit_rule=facts["rules"].credit.sentence(lang),
        is_sample=facts["is_sample"],
        lang=lang,
    )
    write_movement(moved, target, context=context)


def _tasks(file: Path | None, year: int, facts: dict[str, Any]) -> dict[str, float]:
    """Return the tasks of the towns: of the file, else those on record."""
    from data.town_tasks import kept_tasks, read_town_tasks

    if file is None:
        kept = kept_tasks(facts["meta"], year)
        return {} if kept is None else dict(kept.tasks_mu)
    tables = {table.year: table for table in read_town_tasks(file, towns=facts["towns"])}
    if year not in tables:
        raise TaskYearMissingError(file=file.name, year=year, years="、".join(map(str, tables)))
    return dict(tables[year].tasks_mu)
