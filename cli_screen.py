"""The verb ``screen``: the class of every parcel by rule, from the register or from a file."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_frame import (
    Encoding,
    FileCrs,
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
from gis.errors import UserError

screening = typer.Typer()


class NoRegisterError(UserError):
    """Records and comparisons are asked of a loose file."""

    zh = "--record 和 --changes 需要登记簿，不能与 --parcels 同用。请先导入文件。"
    en = "--record and --changes need a register and do not go with --parcels. Import the file."


class NoScreeningError(UserError):
    """There is no earlier screening to compare with."""

    zh = "登记簿 {path} 中没有记入过筛查，无从比较。请先运行 screen --record。"
    en = (
        "The register {path} has no screening on record to compare with. Run screen --record first."
    )


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
    crs: FileCrs = None,
    encoding: Encoding = None,
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
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help=h(
                "将本次筛查（日期与规则）记入登记簿，供下次比较。",
                "Put this screening (day and rules) on record, to compare the next one with.",
            ),
        ),
    ] = False,
    changes: Annotated[
        bool,
        typer.Option(
            "--changes",
            help=h(
                "列出自上次记入的筛查以来的变化及原因（JSON 键 since、changed）。",
                "List what changed since the last screening on record, and why (JSON keys since, "
                "changed).",
            ),
        ),
    ] = False,
    who: Annotated[
        str | None,
        typer.Option(
            help=h(
                "经办人，随 --record 记入；不写则为本机登录名。",
                "Who screens; kept with --record. The computer's user where not given.",
            )
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
        from reports.screening import changes_text, screening_document, screening_text

        if parcels is not None and (record or changes):
            raise NoRegisterError()
        ruleset = load_screening_rules(rules)
        if parcels is None:
            rows, as_of, reviews, facts, noted = _recorded(place(workspace), on, known_on)
        else:
            rows, as_of, reviews, facts, noted = _loose(parcels, crs, encoding, on)
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
        text = screening_text(document, lang_of(lang))
        if changes:
            compared = _compared(place(workspace), rows, ruleset, as_of)
            document |= compared
            text += "\n" + changes_text(compared, lang_of(lang))
        if record:
            document["change"] = _record(place(workspace), ruleset, as_of, who or getpass.getuser())
        out(facts | document, text, as_json=as_json)


def _compared(workspace: Path, rows: Any, ruleset: Any, as_of: Any) -> dict[str, Any]:
    """Return what changed since the last screening on record."""
    from analysis.screening_changes import Screened, screening_changes
    from data.register import Register
    from data.screening_record import last_screening
    from reports.screening import changes_document

    with Register.open(workspace) as register:
        last = last_screening(register.meta, register.changes())
        if last is None:
            raise NoScreeningError(path=workspace)
        before = register.read_parcels(last.as_of)
    changed = screening_changes(
        Screened(before, last.ruleset, last.as_of), Screened(rows, ruleset, as_of)
    )
    since = {
        "state_on": last.as_of.state_on.isoformat(),
        "known_on": str(last.as_of.known_on),
        "rules_id": last.ruleset.id,
        "change": last.change_no,
    }
    return changes_document(changed, since=since)


def _record(workspace: Path, ruleset: Any, as_of: Any, who: str) -> int:
    from cli_files import moment
    from data.register import Register
    from data.screening_record import screening_change

    with Register.open(workspace) as register:
        kept = screening_change(
            ruleset,
            on=as_of.state_on,
            who=who,
            why=f"筛查 {as_of.state_on}",
            recorded_at=moment(register),
        )
        return register.commit(kept)


def _recorded(workspace: Path, on: date | None, known_on: date | None) -> tuple[Any, ...]:
    """Return the parcels of the register, the day, and what planners said of verdicts."""
    from data.register import Register

    rows, _, facts = county_as_of(workspace, on, known_on)
    with Register.open(workspace) as register:
        reviews = register.read_reviews(facts["as_of"])
    told = {"register_version": facts["version"], "sample": facts["is_sample"]}
    return rows, facts["as_of"], reviews, told, None


def _loose(path: Path, crs: str | None, encoding: str | None, on: date | None) -> tuple[Any, ...]:
    """Return the parcels of a file and the day; nothing is recorded."""
    from datetime import UTC, datetime

    from data.asof import AsOf, office_day
    from data.loose_ledgers import read_ledger

    rows, noted = read_ledger(path, crs=crs, encoding=encoding)
    as_of = AsOf(on or office_day(datetime.now(UTC)))
    return rows, as_of, None, {"file": path.name}, noted


def _joined(issues: Any, noted: Any) -> Any:
    """Put the issues of the file's door before those of the screening."""
    import pandas as pd

    if noted is None or noted.empty:
        return issues
    from data.intake_issues import said

    door = noted.assign(message=said(noted), message_en=said(noted, "en"))
    return door if issues.empty else pd.concat([door, issues], ignore_index=True)
