"""The verbs ``quarantine list``, ``edit``, ``enter``, ``discard``: rows that wait for mending."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_files import moment
from cli_frame import Json, Language, Workspace, failing_clearly, h, lang_of, out, place
from cli_usage import Verbs
from gis.errors import UserError

waiting = typer.Typer(
    cls=Verbs,
    help=h(
        "待更正的行：查看、更正、入库、放弃。都可用 --workspace、--json、--lang。",
        "Rows in quarantine: list, edit, let in, give up. Each takes --workspace, --json, --lang.",
    ),
    no_args_is_help=True,
)

Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="NUMBER", help=h("待更正号；不写则为全部。", "Numbers; all if none.")),
]
Some = Annotated[list[int], typer.Argument(metavar="NUMBER", help=h("待更正号。", "Numbers."))]
Who = Annotated[
    str,
    typer.Option(
        show_default=False,
        help=h("经办人；不写则为本机登录名。", "Who does it; the computer's user by default."),
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help=h(
            "改一格，如 parcel_id=330381…、登记面积=15亩，可多次给出；geometry=WKT 改图形。",
            "Change a cell, as parcel_id=330381… or registered_area_m2=15亩; may be repeated; "
            "geometry=WKT changes the shape.",
        ),
    ),
]


class SettingUnreadableError(UserError):
    """A cell to be changed that is not written as one."""

    zh = "--set 应写作“字段=值”，读到的是“{text}”。"
    en = "Write --set as FIELD=VALUE; it says “{text}”."


@waiting.command("list", help=h("列出待更正的行。", "List the rows that wait."))
def listing(
    file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help=h(
                "另存为工作簿（.xlsx），更正后可用 import --corrections 送回。",
                "Also write a workbook (.xlsx) that can be corrected and sent back.",
            ),
        ),
    ] = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """List what waits."""
    with failing_clearly(lang, as_json=as_json):
        from data.quarantine import waiting_rows
        from data.register import Register
        from reports.quarantine_text import waiting_json, waiting_text

        with Register.open(place(workspace)) as register:
            rows = waiting_rows(register)
            if file is not None:
                write_list(register, rows, file, lang)
        document = {"waiting": waiting_json(rows), "out": None if file is None else str(file)}
        out(document, waiting_text(document["waiting"], lang_of(lang)), as_json=as_json)


@waiting.command("edit", help=h("更正单元格，行仍留待。", "Change cells; the rows go on waiting."))
def edit(
    number: Some,
    cells: Set = None,
    who: Who = "",
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Change cells of waiting rows."""
    with failing_clearly(lang, as_json=as_json):
        who = who or getpass.getuser()
        from data.quarantine import edit_rows
        from data.register import Register

        with Register.open(place(workspace)) as register:
            texts, shapes = settings(number, cells)
            change = edit_rows(
                register,
                texts,
                shapes=shapes,
                who=who,
                recorded_at=moment(register),
            )
            written = register.commit(change)
        _done(written, len(number), lang, as_json)


@waiting.command(
    "enter",
    help=h(
        "让待更正的行重新入库；仍不合格的继续留待。",
        "Let waiting rows in by the door; what still cannot enter goes on waiting.",
    ),
)
def enter(
    number: Numbers = None,
    cells: Set = None,
    who: Who = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=h("只检查，不写入。", "Check only; write nothing."))
    ] = False,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Let waiting rows in."""
    with failing_clearly(lang, as_json=as_json):
        who = who or getpass.getuser()
        from data.quarantine import LAYERS, enter_rows, waiting_rows
        from data.register import Register

        with Register.open(place(workspace)) as register:
            rows = waiting_rows(register, number)
            texts, shapes = settings(number or [], cells)
            documents = []
            for layer in LAYERS:
                mine = rows.index[rows["layer"] == layer].tolist()
                if not mine:
                    continue
                report = enter_rows(
                    register, mine, layer=layer, who=who, recorded_at=moment(register),
                    corrections={n: texts[n] for n in mine if n in texts},
                    shapes={n: shapes[n] for n in mine if n in shapes},
                )  # fmt: skip
                documents.append(settle(register, report, dry_run, lang))
        tell(documents, lang, as_json)


@waiting.command("discard", help=h("放弃待更正的行，须说明理由。", "Give rows up, with a reason."))
def discard(
    number: Some,
    note: Annotated[str, typer.Option("--note", help=h("理由。", "The reason."))],
    who: Who = "",
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Give waiting rows up."""
    with failing_clearly(lang, as_json=as_json):
        who = who or getpass.getuser()
        from data.quarantine import discard_rows
        from data.register import Register

        with Register.open(place(workspace)) as register:
            change = discard_rows(
                register,
                number,
                who=who,
                recorded_at=moment(register),
                note=note,
            )
            written = register.commit(change)
        _done(written, len(number), lang, as_json)


def settings(numbers: list[int], cells: list[str] | None) -> tuple[dict[int, Any], dict[int, Any]]:
    """Return the cells and the shapes that ``--set`` gives to each of the rows."""
    import shapely

    from data.intake_columns import field_key

    texts: dict[str, str | None] = {}
    shape = None
    for text in cells or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise SettingUnreadableError(text=text)
        if name.strip() in ("geometry", "图形"):
            try:
                shape = shapely.from_wkt(value)
            except shapely.errors.GEOSException as error:
                raise SettingUnreadableError(text=text[:60]) from error
            continue
        key = field_key(name, "parcel") or field_key(name, "event") or name.strip()
        texts[key] = value.strip() or None
    shapes = {} if shape is None else dict.fromkeys(numbers, shape)
    return (dict.fromkeys(numbers, texts) if texts else {}), shapes


def settle(register: Any, report: Any, dry_run: bool, lang: str | None) -> dict[str, Any]:
    """Commit what a report brings; return it as a document with the number of the change."""
    from cli_files import draw_or_warn

    written = None
    if report.change is not None and not dry_run:
        written = register.commit(report.change)
        draw_or_warn(register, written, lang)
    return {**report.to_json(lang_of(lang)), "change": written, "dry_run": dry_run}


def tell(documents: list[dict[str, Any]], lang: str | None, as_json: bool) -> None:
    """Print reports one below the other; as JSON one document, its parts under ``reports``."""
    from reports.plain import import_text

    keys = ("rows_in", "accepted", "quarantined", "rejected")
    total = {key: sum(found[key] for found in documents) for key in keys}
    texts = [import_text(found, lang_of(lang)) for found in documents]
    nothing = h("没有待更正的行。", "No row waits.", lang)
    out({**total, "reports": documents}, "\n".join(texts) or nothing, as_json=as_json)


def write_list(register: Any, rows: Any, file: Path, lang: str | None) -> None:
    """Write the rows that wait, with their issues, as a workbook to be corrected."""
    from data.corrections import open_issues
    from reports.issues_book import write_issues

    parcels = register.read_parcels(geometry=False)
    issues = open_issues(register.issues(), rows, parcels)
    write_issues(issues, rows, file, context=context_of(register, lang))


def context_of(register: Any, lang: str | None) -> Any:
    """Return what a list made from the register says about itself."""
    from data.asof import office_day
    from data.rules import load_rules
    from reports.context import ExportContext

    meta, rules, speech = register.meta, load_rules(), lang_of(lang)
    return ExportContext(
        county=meta.get("county", "瑞安市"),
        filter_text=h("待更正的行", "rows that wait for mending", lang),
        state_on=office_day(moment(register)),
        known_on=None,
        register_version=register.version,
        rules_id=rules.id,
        credit_rule=rules.credit.sentence(speech),
        is_sample=bool(meta.get("sample")),
        lang=speech,
    )


def _done(written: int, rows: int, lang: str | None, as_json: bool) -> None:
    told = h(f"已登记为第 {written} 次变更（{rows} 行）。", f"Recorded as change {written}.", lang)
    out(json.loads(json.dumps({"change": written, "rows": rows})), told, as_json=as_json)
