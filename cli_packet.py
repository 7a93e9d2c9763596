"""The verb ``packet``: slides, document, workbook and maps of a meeting."""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli_frame import (
    Json,
    KnownOn,
    Language,
    NoParcelsError,
    Workspace,
    day,
    failing_clearly,
    h,
    lang_of,
    out,
    place,
)

packets = typer.Typer()


class Kind(StrEnum):
    """The four meetings."""

    biweekly = "biweekly"
    monthly = "monthly"
    quarterly = "quarterly"
    annual = "annual"


@packets.command(
    "packet",
    help=h(
        "会议材料：幻灯片（图表可编辑）、文档、带公式的工作簿、离线地图和印刷地图。"
        "相同的状态日期与掌握日期印出逐字节相同的文件。"
        "JSON 键：files（name、bytes、sha256）、kind、since、state_on、known_on、"
        "register_version、rules_id、credit_rule、target_mu、credited_mu。",
        "The meeting packet: slides with editable charts, document, workbook with formulas, "
        "offline map and printed map. The same two dates give the same bytes. "
        "JSON keys: files (name, bytes, sha256), kind, since, state_on, known_on, "
        "register_version, rules_id, credit_rule, "
        "target_mu, credited_mu.",
    ),
)
def packet(
    kind: Annotated[
        Kind,
        typer.Option(
            help=h(
                "biweekly 双周调度、monthly 月监测、quarterly 季晾晒、annual 年考评。",
                "Which meeting.",
            )
        ),
    ],
    on: Annotated[
        date,
        typer.Option(
            "--on",
            parser=day,
            metavar="DATE",
            help=h("数据状态日期。", "State on this day."),
        ),
    ],
    target: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help=h("写入的文件夹。", "Folder to write to.")),
    ],
    known_on: KnownOn = None,
    review_no: Annotated[
        str,
        typer.Option(
            "--review-no",
            envvar="MUTU_MAP_APPROVAL",
            help=h("地图审图号。", "Review number of the maps."),
        ),
    ] = "",
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Write a meeting packet."""
    with failing_clearly(lang, as_json=as_json):
        from data.register import Register
        from data.rules import load_rules
        from reports.packet.source import read_packet
        from reports.packet.write import write_packet

        where, rules = place(workspace), load_rules()
        with Register.open(where) as register:
            facts = read_packet(
                register, kind=kind.value, on=on, known_on=known_on, rules=rules, lang=lang_of(lang)
            )
        if facts.desk.empty:
            raise NoParcelsError(path=where)
        made = write_packet(facts, target, review_no=review_no)
        context = facts.context
        document = {
            "kind": kind.value,
            "since": facts.since.isoformat(),
            "directory": str(target),
            "files": [
                {
                    "name": file.name,
                    "bytes": file.stat().st_size,
                    "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                }
                for file in made
            ],
            "target_mu": facts.now.target_mu,
            "credited_mu": round(facts.now.credited_mu, 4),
            "credit_rule": context.credit_rule,
            "rules_id": context.rules_id,
            "state_on": context.state_on.isoformat(),
            "known_on": None if context.known_on is None else context.known_on.isoformat(),
            "register_version": context.register_version,
            "sample": context.is_sample,
        }
        names = "\n".join(str(file) for file in made)
        told = h(
            f"{facts.headline}\n已写入 {len(made)} 个文件（掌握情况截至 {context.known_on}；"
            f"再次印出请加 --known-on {context.known_on}）：\n{names}",
            f"{facts.headline}\nWrote {len(made)} files (known on {context.known_on}; "
            f"to print them again add --known-on {context.known_on}):\n{names}",
            lang,
        )
        out(document, told, as_json=as_json)
