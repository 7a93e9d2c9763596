"""The verb ``sheet``: one page for each parcel (一地一档), to print or to hand over."""

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
    Workspace,
    county_as_of,
    failing_clearly,
    h,
    lang_of,
    out,
    place,
)
from gis.errors import UserError

sheets = typer.Typer()


class SheetFormatError(UserError):
    """The name of the file does not fit what is to be written."""

    zh = "一宗写成 .docx 文件，多宗写成 .zip 文件；文件名 {out} 不合，没有写入。"
    en = "One parcel makes a .docx, several make a .zip; {out} is neither; nothing was written."


class UnknownParcelError(UserError):
    """Parcels that the register does not have on that day."""

    zh = "登记簿在所看日期没有宗地 {ids}，没有写入。请核对编号，或换一个日期。"
    en = "The register has no parcel {ids} on that day; nothing was written. Check ids and dates."


@sheets.command(
    "sheet",
    help=h(
        "一地一档：每宗一页（.docx），含面积、容积率、低效认定的规则与依据、阶段、复核和位置图；"
        "多宗写成 .zip。JSON 键：file、parcels、register_version。",
        "One page for each parcel (.docx): areas, plot ratio, verdict with its rule, stages, "
        "review and a location map; several parcels make a .zip. JSON keys: file, parcels, "
        "register_version.",
    ),
)
def sheet(
    parcel: Annotated[
        list[str],
        typer.Option(
            "--parcel",
            metavar="ID",
            help=h("宗地编号；可重复。", "Parcel id; may be given more than once."),
        ),
    ],
    target: Annotated[
        Path,
        typer.Option("--out", metavar="FILE", help=h(".docx 或 .zip 文件。", "A .docx or .zip.")),
    ],
    workspace: Workspace = None,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Write the sheets of parcels."""
    with failing_clearly(lang, as_json=as_json):
        ids = tuple(dict.fromkeys(name.strip() for name in parcel))
        suffix = target.suffix.lower()
        if suffix not in (".docx", ".zip") or (suffix == ".docx" and len(ids) != 1):
            raise SheetFormatError(out=target.name)
        version = _write(place(workspace), ids, target, (state_on, known_on), lang_of(lang))
        done = {"file": str(target), "parcels": list(ids), "register_version": version}
        text = h(
            f"已写入 {target}（{len(ids)} 宗）。", f"Wrote {target} ({len(ids)} parcels).", lang
        )
        out(done, text, as_json=as_json)


def _write(
    workspace: Path,
    ids: tuple[str, ...],
    target: Path,
    dates: tuple[date | None, date | None],
    lang: str,
) -> int:
    """Write one sheet or a bundle, and return the version of the register."""
    from data.register import Register
    from data.screening_rules import load_screening_rules
    from reports.place import check_place
    from reports.sheet import write_sheet, write_sheets
    from reports.sheet_source import sheet_source

    check_place(target)
    parcels, events, facts = county_as_of(workspace, *dates)
    unknown = [name for name in ids if name not in parcels.index]
    if unknown:
        raise UnknownParcelError(ids="、".join(name[:60] for name in unknown[:5]))
    as_of, rules = facts["as_of"], facts["rules"]
    context = _context(facts, lang)
    with Register.open(workspace) as register:
        source = sheet_source(
            register,
            parcels,
            events,
            rules=rules,
            ruleset=load_screening_rules(),
            as_of=as_of,
            context=context,
        )
    if target.suffix.lower() == ".docx":
        write_sheet(source, ids[0], target)
    else:
        write_sheets(source, ids, target)
    return int(facts["version"])


def _context(facts: dict[str, Any], lang: str) -> Any:
    """Return what the sheets say of their data."""
    from reports.context import ExportContext

    as_of, rules = facts["as_of"], facts["rules"]
    return ExportContext(
        county=facts["county"],
        filter_text="",
        state_on=as_of.state_on,
        known_on=as_of.known_on,
        register_version=facts["version"],
        rules_id=rules.id,
        credit_rule=rules.credit.sentence(lang),
        is_sample=facts["is_sample"],
        lang=lang,
    )
