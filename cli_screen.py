"""The verb ``screen``: the class of every parcel by rule, from the register or from a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_frame import (
    Json,
    KnownOn,
    Language,
    Workspace,
    county_as_of,
    day,
    failing_clearly,
    h,
    lang_of,
    out,
    place,
)

screening = typer.Typer()


@screening.command(
    "screen",
    help=h(
        "按规则筛查低效用地：每宗的类别、规则、数值与界限、条款、缺少的信息；从登记簿，"
        "或只凭 --parcels 文件（不写入）。JSON 键：state_on、rules_id、parcels、classes、"
        "suspected_idle、inactive_rules、issues。",
        "Screen by rule: class of every parcel with rule, value against threshold, clause and what "
        "is missing; from the register, or only from the file --parcels (nothing is written). "
        "JSON keys: state_on, rules_id, parcels, classes, suspected_idle, inactive_rules, issues.",
    ),
)
def screen(
    workspace: Workspace = None,
    parcels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=h("宗地文件或台账。", "File or ledger of parcels.")),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(
            metavar="CRS", help=h("文件的坐标系，如 EPSG:4549。", "Coordinate system of the file.")
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=h(
                "规则文件（TOML）；缺省为自带规则。", "Ruleset (TOML); the shipped one by default."
            ),
        ),
    ] = None,
    on: Annotated[
        date | None,
        typer.Option(
            "--on",
            parser=day,
            metavar="DATE",
            help=h(
                "筛查日；缺省为今天（示例县为其数据截止日）。",
                "Day of screening; today by default (the sample county: the end of its data).",
            ),
        ),
    ] = None,
    known_on: KnownOn = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Screen parcels."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.screening import screen_with_issues
        from data.screening_rules import load_screening_rules
        from reports.screening import screening_document, screening_text

        ruleset = load_screening_rules(rules)
        if parcels is None:
            rows, as_of, reviews, facts, noted = _recorded(place(workspace), on, known_on)
        else:
            rows, as_of, reviews, facts, noted = _loose(parcels, crs, on)
        found, issues = screen_with_issues(rows, ruleset=ruleset, as_of=as_of)
        if reviews is not None:
            from analysis.review import reviewed

            found = reviewed(found, reviews, rows, ruleset=ruleset)
        document = screening_document(
            found,
            _joined(issues, noted),
            ruleset=ruleset,
            state_on=as_of.state_on,
            areas=rows.get("geometry_area_m2", rows.get("registered_area_m2")),
            lang=lang_of(lang),
        )
        out(facts | document, screening_text(document, lang_of(lang)), as_json=as_json)


def _recorded(workspace: Path, on: date | None, known_on: date | None) -> tuple[Any, ...]:
    """Return the parcels of the register, the day, and what planners said of verdicts."""
    from data.register import Register

    rows, _, facts = county_as_of(workspace, on, known_on)
    with Register.open(workspace) as register:
        reviews = register.read_reviews(facts["as_of"])
    told = {"register_version": facts["version"], "sample": facts["is_sample"]}
    return rows, facts["as_of"], reviews, told, None


def _loose(path: Path, crs: str | None, on: date | None) -> tuple[Any, ...]:
    """Return the parcels of a file and the day; nothing is recorded."""
    from datetime import UTC, datetime

    from data.asof import AsOf, office_day
    from data.loose_ledgers import read_ledger

    rows, noted = read_ledger(path, crs=crs)
    as_of = AsOf(on or office_day(datetime.now(UTC)))
    return rows, as_of, None, {"file": path.name}, noted


def _joined(issues: Any, noted: Any) -> Any:
    """Put the issues of the file's door before those of the screening."""
    import pandas as pd

    if noted is None or noted.empty:
        return issues
    door = noted.assign(message_en=noted["message"])
    return door if issues.empty else pd.concat([door, issues], ignore_index=True)
