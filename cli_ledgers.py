"""The verbs ``ledgers``: two bureaus' ledgers side by side, and what was agreed about them."""

from __future__ import annotations

import getpass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_files import moment, refuse_workspace
from cli_frame import (
    Json,
    KnownOn,
    Language,
    Workspace,
    county_as_of,
    failing_clearly,
    h,
    lang_of,
    out,
    place,
    provenance,
)
from gis.errors import UserError

ledgers = typer.Typer(
    help=h(
        "经信局与资规局台账对照。都可用 --workspace、--json、--lang。",
        "The ledgers of two bureaus side by side. Each takes --workspace, --json and --lang.",
    ),
    no_args_is_help=True,
)


class LedgerBookError(UserError):
    """The comparison is written as a workbook only."""

    zh = "台账对照只写成 .xlsx 文件；文件名 {out} 不合，没有写入。"
    en = "The comparison is written as .xlsx only; {out} is none; nothing was written."


class Kind(StrEnum):
    """What two ledgers can disagree about."""

    code = "code"
    area = "area"
    owner = "owner"
    land_class = "class"
    stage = "stage"
    only_jx = "only_jx"
    only_zg = "only_zg"


@ledgers.command(
    "compare",
    help=h(
        "两局台账对照：先按宗地编号，再按信用代码、企业名称，最后按图形重叠对上；列出编号、面积、"
        "权利人、低效类别、阶段的差异、涉及亩数和由谁解决。需先 import --as ledger_jx 和 "
        "--as ledger_zg。JSON 键：matched、differences、totals、open_parcels、open_land_m2 等。",
        "Compare the two ledgers: rows are matched by parcel id, then credit code and name of the "
        "firm, then overlap; differences of id, area, owner, class and stage with their size and "
        "the bureau that must resolve them. Import with --as ledger_jx and --as ledger_zg first. "
        "JSON keys: matched, differences, totals, open_parcels, open_land_m2 and others.",
    ),
)
def compare(
    target: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help=h("另存为 .xlsx 工作簿。", "Also write a workbook (.xlsx)."),
        ),
    ] = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Compare the ledgers."""
    with failing_clearly(lang, as_json=as_json):
        from reports.ledgers import ledgers_document, ledgers_text, write_ledgers
        from reports.place import check_place

        if target is not None:
            if target.suffix.lower() != ".xlsx":
                raise LedgerBookError(out=target.name)
            refuse_workspace(target, place(workspace))
            check_place(target)
        found, rules, facts = _compared(place(workspace), known_on)
        speech = lang_of(lang)
        document = provenance(facts) | ledgers_document(found, rules=rules, lang=speech)
        if target is not None:
            write_ledgers(found, target, rules=rules, context=_context(facts, speech))
            document["out"] = str(target)
        out(document, ledgers_text(document, speech), as_json=as_json)


@ledgers.command(
    "resolve",
    help=h(
        "登记两局对一处差异的处理意见；两局任一方以后改了数，这处差异会重新列出。",
        "Record what the bureaus agreed about one difference; it comes back when either of them "
        "says something else.",
    ),
)
def resolve(
    parcel: Annotated[str, typer.Argument(metavar="ID", help=h("宗地编号。", "Parcel id."))],
    field: Annotated[Kind, typer.Argument(help=h("哪一种差异。", "Which difference."))],
    decision: Annotated[str, typer.Option(help=h("处理意见。", "What was agreed."))],
    document_no: Annotated[
        str, typer.Option("--document", help=h("文件或纪要编号。", "Number of the document."))
    ],
    who: Annotated[
        str,
        typer.Option(
            default_factory=getpass.getuser,
            show_default=False,
            help=h("经办人。", "Who records it."),
        ),
    ],
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Record a resolution."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.ledgers_compare import resolution_of
        from data.ledgers import prepare_resolution
        from data.register import Register

        found, _, _ = _compared(place(workspace), None)
        one = resolution_of(found, parcel, field.value, decision, document_no)
        with Register.open(place(workspace)) as register:
            change = prepare_resolution([one], who=who, recorded_at=moment(register))
            version = register.commit(change)
        told = h(f"已登记（第 {version} 次变更）。", f"Recorded (change {version}).", lang)
        done = {"parcel_id": parcel, "field": field.value, "change": version}
        out(done, told, as_json=as_json)


def _compared(workspace: Path, known_on: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Compare the ledgers of a workspace as known on a day."""
    from analysis.ledgers_compare import compare_ledgers
    from data.ledger_rules import load_ledger_rules
    from data.ledgers import read_ledgers, resolutions
    from data.register import Register

    rules = load_ledger_rules()
    parcels, _, facts = county_as_of(workspace, None, known_on)
    with Register.open(workspace) as register:
        jx, zg = read_ledgers(register, facts["as_of"], rules=rules)
    told = resolutions(facts["meta"])
    return compare_ledgers(jx, zg, parcels, rules=rules, resolved=told), rules, facts


def _context(facts: dict[str, Any], lang: str) -> Any:
    from reports.context import ExportContext

    return ExportContext(
        county=facts["county"],
        filter_text="",
        state_on=facts["as_of"].state_on,
        known_on=facts["as_of"].known_on,
        register_version=facts["version"],
        rules_id=facts["rules"].id,
        credit_rule=facts["rules"].credit.sentence(lang),
        is_sample=facts["is_sample"],
        lang=lang,
    )
