"""The verbs ``changes`` and ``undo``: what was done to the register, and taking it back."""

from __future__ import annotations

import getpass
from typing import Annotated, Any

import typer

from cli_files import draw_or_warn, moment
from cli_frame import Json, Language, Workspace, failing_clearly, h, lang_of, out, place

undoing = typer.Typer(rich_markup_mode=None)


@undoing.command(help=h("列出登记簿的变更。", "List the changes of the register."))
def changes(
    last: Annotated[
        int, typer.Option(min=1, help=h("只列最近几次。", "Only so many, the newest."))
    ] = 20,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """List the changes, newest last."""
    with failing_clearly(lang, as_json=as_json):
        from data.register import Register
        from data.undone import undone_changes
        from reports.import_lines import change_line

        with Register.open(place(workspace)) as register:
            table = register.changes()
            undone = undone_changes(register.meta)
        keys = ["change_no", "recorded_at", "kind", "who", "why", "source_name", "source_sha256"]
        plain = table[keys].tail(last).astype(object)
        plain["recorded_at"] = [at.isoformat() for at in plain["recorded_at"]]
        rows = plain.where(plain.notna(), None).to_dict(orient="records")
        rows = [{**row, "undone": row["change_no"] in undone} for row in rows]
        text = "\n".join(change_line(row, lang_of(lang)) for row in rows)
        out({"changes": rows, "register_version": len(table)}, text, as_json=as_json)


@undoing.command(
    help=h(
        "撤销一次变更：写入一次反向变更，原记录保留；之后又改动过的内容不动，逐条列出。",
        "Undo a change by a reversing one; what was changed since stays and is listed.",
    )
)
def undo(
    number: Annotated[
        int,
        typer.Argument(metavar="CHANGE", min=1, help=h("变更序号。", "Number of the change.")),
    ],
    why: Annotated[
        str, typer.Option(help=h("撤销原因，记入变更。", "Reason, kept with the change."))
    ] = "",
    who: Annotated[
        str | None,
        typer.Option(
            help=h("经办人；不写则为本机登录名。", "Who; the computer's user by default.")
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=h("只检查，不写入。", "Check only; write nothing."))
    ] = False,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Undo a change."""
    with failing_clearly(lang, as_json=as_json):
        from data.register import Register
        from data.undo import prepare_undo
        from reports.import_lines import undo_text

        with Register.open(place(workspace)) as register:
            done = prepare_undo(
                register,
                number,
                who=who or getpass.getuser(),
                recorded_at=moment(register),
                why=why,
            )
            written = None if dry_run else register.commit(done.change)
            if written is not None:
                draw_or_warn(register, written, lang)
        document: dict[str, Any] = {
            "undone": number,
            "change": written,
            "dry_run": dry_run,
            "counts": done.counts,
            "kept": done.kept.astype(object).where(done.kept.notna(), None).to_dict("records"),
        }
        out(document, undo_text(document, lang_of(lang)), as_json=as_json)
