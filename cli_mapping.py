"""What the import verb shares with nobody: headings mapped by hand, lists of issues sent back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_frame import h, place
from gis.errors import UserError

Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="HEADING=FIELD",
        help=h(
            "指定列标题对应的字段，如 --map 用地面积=registered_area_m2，可多次给出；"
            "等号后留空表示不读此列。",
            "Say which field a heading is, as --map 用地面积=registered_area_m2; may be repeated. "
            "Nothing after the sign leaves the column out.",
        ),
    ),
]
ProfileName = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help=h("使用已保存的列对应方案。", "Use a mapping kept under this name."),
    ),
]
KeepAs = Annotated[
    str | None,
    typer.Option(
        "--keep-as",
        metavar="NAME",
        help=h(
            "把本次的列对应保存为方案，供下月使用。",
            "Keep this mapping under a name for next month.",
        ),
    ),
]
SendBack = Annotated[
    bool,
    typer.Option(
        "--corrections",
        help=h(
            "文件是更正后的问题清单（--issues 或 quarantine list --out 所写），不用 --as。",
            "The file is a corrected list of issues (from --issues or quarantine list --out); "
            "without --as.",
        ),
    ),
]
IssuesTo = Annotated[
    Path | None,
    typer.Option(
        "--issues",
        metavar="FILE.xlsx",
        help=h(
            "另存问题清单（工作簿），更正后可用 --corrections 送回。",
            "Also write the issues as a workbook that can be corrected and sent back.",
        ),
    ),
]


class MapUnreadableError(UserError):
    """A mapping that is not written as one."""

    zh = "--map 应写作“列标题=字段”，读到的是“{text}”。"
    en = "Write --map as HEADING=FIELD; it says “{text}”."


def mapping_of(maps: list[str] | None, profile: str | None, register: Any) -> dict[str, str]:
    """Return heading → field from a kept mapping and from the options, which count more."""
    from data.intake_guess import profile_named

    found = dict(profile_named(register.meta, profile).mapping) if profile else {}
    for text in maps or ():
        heading, sign, key = text.rpartition("=")
        if not sign or not heading.strip():
            raise MapUnreadableError(text=text)
        found[heading.strip()] = key.strip()
    return found


def kept(report: Any, name: str | None, mapping: dict[str, str], who: str, moment: Any) -> Any:
    """Return the report with a change that also keeps the mapping under a name."""
    from data.intake_guess import keep_profile, made_profile

    if not name:
        return report
    profile = made_profile(name, report.layer, mapping, report.headings)
    return replace(report, change=keep_profile(report.change, profile, who, moment))


def send_back(
    file: Path, workspace: Path | None, who: str, dry_run: bool, lang: str | None, as_json: bool
) -> None:
    """Let a corrected list of issues in."""
    from cli_files import moment
    from cli_quarantine import settle, tell
    from data.corrections import apply_corrections
    from data.register import Register

    with Register.open(place(workspace)) as register:
        reports = apply_corrections(file, register=register, who=who, recorded_at=moment(register))
        documents = [settle(register, report, dry_run, lang) for report in reports]
    tell(documents, lang, as_json)
    if documents and not any(found["accepted"] for found in documents):
        raise typer.Exit(1)


def write_issue_book(report: Any, register: Any, file: Path, lang: str | None) -> None:
    """Write the issues of an import, and the rows of it that wait where it was recorded."""
    from cli_quarantine import context_of
    from data.quarantine import waiting_rows
    from reports.issues_book import write_issues

    rows = waiting_rows(register)
    mine = rows[rows["file"].eq(report.file) & rows["layer"].eq(report.layer)]
    write_issues(report.issues, mine, file, context=context_of(register, lang))
