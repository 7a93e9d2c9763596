"""The verbs ``event add``, ``event batch`` and ``event reverse``: stage events, all or nothing."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_frame import Json, Language, Workspace, day, failing_clearly, h, lang_of, out, place
from cli_usage import Verbs
from gis.errors import UserError

events = typer.Typer(
    cls=Verbs,
    help=h(
        "登记阶段：单条、整批、冲正。不可能的不登记并说明原因。"
        "都可用 --workspace、--json、--lang。",
        "Record stage events: one, a batch, a reversal. What cannot be is refused with the reason. "
        "Each takes --workspace, --json and --lang.",
    ),
    no_args_is_help=True,
)

Who = Annotated[
    str | None,
    typer.Option(
        help=h(
            "经办人；不写则为本机登录名。",
            "Who records; the computer's user where not given.",
        )
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help=h("只检查，不登记。", "Check only; record nothing."))
]
Attach = Annotated[
    list[Path] | None,
    typer.Option(
        "--attach",
        metavar="FILE",
        help=h(
            "证明文件（JPEG、PNG、PDF），可多次给出。",
            "Proof (JPEG, PNG or PDF); may be given more than once.",
        ),
    ),
]
Photo = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help=h("改造前或改造后的照片。", "Photo before or after.")),
]
Doc = Annotated[str | None, typer.Option("--doc", help=h("文号。", "Document number."))]
Note = Annotated[str | None, typer.Option("--note", help=h("说明。", "Note."))]


class TwoAreasError(UserError):
    """An area was given twice."""

    zh = "--area-mu 和 --area-m2 只能给一个。"
    en = "Give either --area-mu or --area-m2, not both."


@events.command(
    "add",
    help=h(
        "登记一条阶段记录。阶段可写代码或名称，如 demolished 或 拆除。",
        "Record one event. The stage is a code or a name, as demolished.",
    ),
)
def add(
    parcel: Annotated[
        str, typer.Option("--parcel", metavar="ID", help=h("宗地编号。", "Parcel ID."))
    ],
    stage: Annotated[str, typer.Option("--stage", help=h("阶段。", "Stage."))],
    on: Annotated[
        date,
        typer.Option("--on", parser=day, metavar="DATE", help=h("发生日期。", "Day it happened.")),
    ],
    area_mu: Annotated[
        float | None,
        typer.Option(
            "--area-mu",
            help=h(
                "涉及面积（亩）；不写则为整宗。", "Area in mu; the whole parcel where not given."
            ),
        ),
    ] = None,
    area_m2: Annotated[
        float | None,
        typer.Option("--area-m2", help=h("涉及面积（平方米）。", "Area in m².")),
    ] = None,
    doc: Doc = None,
    note: Note = None,
    attach: Attach = None,
    before: Photo = None,
    after: Photo = None,
    who: Who = None,
    dry_run: DryRun = False,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Record one event."""

    def rows() -> tuple[Any, None]:
        from data.event_entry import event_rows
        from gis.area import to_m2

        if area_mu is not None and area_m2 is not None:
            raise TwoAreasError()
        area = area_m2 if area_mu is None else to_m2(area_mu)
        if area is not None and area != area:
            area = float("inf")  # a word that is no number is no way to say the whole parcel
        entry = {"parcel_id": parcel, "stage": stage, "occurred_on": on, "area_m2": area}
        return event_rows([{**entry, "doc_no": doc, "note": note}]), None

    why = f"登记阶段 {parcel} {stage} {on}"
    with failing_clearly(lang, as_json=as_json):
        proofs = [("document", file) for file in attach or ()]
        proofs += [(kind, file) for kind, file in (("before", before), ("after", after)) if file]
        _record(rows, why, who, workspace, dry_run, as_json, lang, proofs=proofs)


@events.command(
    "batch",
    help=h(
        "从表格（.xlsx、.csv）登记一批：任何一行有误则整批不登记，逐行列出原因。列：宗地编号、阶段、"
        "发生日期，另可有涉及面积（标题中注明单位）、文号、说明、登记人、冲销事件号。",
        "Record a table (.xlsx, .csv): one wrong row and none is recorded; every reason is told. "
        "Columns: parcel_id, stage, occurred_on; also area_m2, doc_no, note, who, reverses.",
    ),
)
def batch(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=h("表格。", "The table."))],
    who: Who = None,
    dry_run: DryRun = False,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Record a table of events."""

    def rows() -> tuple[Any, Any]:
        from data.event_entry import read_event_rows

        return read_event_rows(file)

    with failing_clearly(lang, as_json=as_json):
        why = f"批量登记阶段 {file.name}"
        _record(rows, why, who, workspace, dry_run, as_json, lang, source=file)


@events.command(
    "reverse",
    help=h(
        "冲正阶段记录：原记录保留，另记一条冲正。",
        "Reverse events: the originals stay, a reversing event is added for each.",
    ),
)
def reverse(
    numbers: Annotated[
        list[int],
        typer.Argument(
            metavar="EVENT...", min=1, max=2**53, help=h("事件号。", "Numbers of the events.")
        ),
    ],
    why: Annotated[str, typer.Option("--why", help=h("冲正原因（必填）。", "Why; required."))],
    doc: Doc = None,
    who: Who = None,
    dry_run: DryRun = False,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Reverse events."""

    def rows() -> tuple[Any, None]:
        from data.event_entry import event_rows

        return event_rows([{"reverses": n, "doc_no": doc, "note": why} for n in numbers]), None

    with failing_clearly(lang, as_json=as_json):
        _record(rows, why, who, workspace, dry_run, as_json, lang, kind="reverse")


@events.command(
    "lineage",
    help=h(
        "登记分割合并：表格两列，母宗编号、子宗编号；子宗须已导入。母宗随之注销，其阶段和已计入面积按"
        "重叠转到子宗。",
        "Record splits and mergers: a table of parent_id and child_id, the children imported "
        "before. The parents retire; their stages and credit go to the children by overlap.",
    ),
)
def lineage(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=h("表格。", "The table."))],
    who: Who = None,
    dry_run: DryRun = False,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Record splits and mergers."""
    with failing_clearly(lang, as_json=as_json):
        from cli_files import draw_or_warn, moment
        from data.event_entry import Recording
        from data.lineage_entry import prepare_lineage, read_lineage
        from data.register import Register

        pairs = read_lineage(file)
        with Register.open(place(workspace)) as register:
            why = f"登记分割合并 {file.name}"
            told = Recording(who or getpass.getuser(), why, moment(register), "lineage", file)
            change = prepare_lineage(register, pairs, recording=told)
            number = None if dry_run else register.commit(change)
            if number is not None:
                draw_or_warn(register, number, lang)
            version = register.version
        retired = len(change.removed)
        document = {
            "pairs": len(pairs),
            "retired": list(change.removed),
            "change": number,
            "dry_run": dry_run,
            "register_version": version,
        }
        text = h(
            f"{len(pairs)} 对分割合并，注销母宗 {retired} 宗。",
            f"{len(pairs)} pairs, {retired} parents retired.",
            lang,
        )
        out(document, text, as_json=as_json)


def _record(
    read: Callable[[], tuple[Any, Any]],
    why: str,
    who: str | None,
    workspace: Path | None,
    dry_run: bool,
    as_json: bool,
    lang: Any,
    *,
    kind: str = "events",
    source: Path | None = None,
    proofs: Sequence[tuple[str, Path]] = (),
) -> None:
    """Check the rows and record them; what is refused is told row by row."""
    from cli_files import moment
    from data.event_entry import EntryRefusedError, Recording, prepare_events
    from data.register import Attachment, Register, check_change
    from data.rules import load_rules

    attached = [Attachment(0, kind, file.name, file.read_bytes()) for kind, file in proofs]
    with Register.open(place(workspace)) as register:
        seen = register.version
        rows, unread = read()
        recording = Recording(who or getpass.getuser(), why, moment(register), kind, source)
        try:
            change = prepare_events(
                register, rows, rules=load_rules(), recording=recording, unread=unread
            )
        except EntryRefusedError as refusal:
            _tell_refusal(refusal, as_json=as_json, lang=lang)
            raise typer.Exit(1) from refusal
        change = replace(change, attachments=attached, based_on=seen)
        if dry_run:
            check_change(change)
        number = None if dry_run else register.commit(change)
        recorded: list[Any] = []
        if number is not None:
            mine = register.read_past(number).events
            recorded = mine[mine["change_no"] == number].to_dict("records")
        version = register.version
    document = {
        "events": [_plain(event) for event in recorded],
        "rows": len(rows),
        "attachments": [{"kind": item.kind, "name": item.name} for item in attached],
        "change": number,
        "dry_run": dry_run,
        "register_version": version,
    }
    out(document, _told(document, lang), as_json=as_json)


def _plain(event: dict[Any, Any]) -> dict[str, Any]:
    from gis.area import to_mu

    area = event["area_m2"]
    area = None if area != area else float(area)
    reverses = event["reverses"]
    return {
        "event_id": int(event["event_id"]),
        "parcel_id": event["parcel_id"],
        "stage": event["stage"],
        "occurred_on": event["occurred_on"].date().isoformat(),
        "area_m2": area,
        "area_mu": None if area is None else to_mu(area),
        "reverses": None if reverses is None or reverses != reverses else int(reverses),
    }


def _told(document: dict[str, Any], lang: Any) -> str:
    if document["dry_run"]:
        rows = document["rows"]
        return h(f"{rows} 行可以登记；未写入。", f"{rows} rows can be recorded.", lang)
    numbers = [event["event_id"] for event in document["events"]]
    span = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
    return h(
        f"已登记 {len(numbers)} 条阶段记录（事件号 {span}），第 {document['change']} 次变更。",
        f"Recorded {len(numbers)} events (numbers {span}), change {document['change']}.",
        lang,
    )


def _tell_refusal(refusal: Any, *, as_json: bool, lang: Any) -> None:
    from data.event_entry import fault_words

    speech = lang_of(lang)
    sentence = refusal.say(speech)
    faults = refusal.faults.to_dict("records")
    if as_json:
        told = [
            {
                **{key: fault[key] for key in ("row", "parcel_id", "field", "kind", "value")},
                "message": fault[speech],
            }
            for fault in faults
        ]
        error = {"kind": type(refusal).__name__, "message": sentence}
        typer.echo(sentence, err=True)
        typer.echo(json.dumps({"error": error, "faults": told}, ensure_ascii=False, indent=2))
        return
    lines = [fault_words(fault, speech) for fault in faults]
    head = h("没有登记任何内容：", "Nothing was recorded:", lang)
    typer.echo("\n".join([head, *lines]), err=True)
