"""What every verb of the command line shares: language, options, one sentence where it fails."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from platformdirs import user_log_path

from gis.errors import UserError


def lang_of(lang: str | None = None) -> str:
    """Return the language of the run: ``--lang``, else $MUTU_LANG, else Chinese."""
    if lang is None:
        asked = sys.argv[sys.argv.index("--lang") + 1 :][:1] if "--lang" in sys.argv else []
        asked += [word.partition("=")[2] for word in sys.argv if word.startswith("--lang=")]
        lang = (asked or [os.environ.get("MUTU_LANG", "zh")])[0]
    return "en" if str(lang).lower().startswith("en") else "zh"


def h(zh: str, en: str, lang: str | None = None) -> str:
    """Return the sentence in the language of the run."""
    return en if lang_of(lang) == "en" else zh


def out(document: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print the document as JSON, or the text for people; what is synthetic is called so."""
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
        return
    typer.echo(
        (h("【模拟数据】", "[synthetic data 模拟数据] ") if document.get("sample") else "") + text
    )


def provenance(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return which county, as of when, a document of the register was made from."""
    as_of = facts["as_of"]
    return {
        "register_version": facts["version"],
        "sample": facts["is_sample"],
        "state_on": as_of.state_on.isoformat(),
        "known_on": as_of.known_on.isoformat() if as_of.known_on else None,
    }


@contextmanager
def failing_clearly(lang: str | None, *, as_json: bool) -> Iterator[None]:
    """Turn whatever goes wrong into one sentence on stderr and exit 1, never a traceback."""
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Exception as error:
        told = refusal(error, lang)
    else:
        return
    typer.echo(told["message"], err=True)
    if as_json:
        typer.echo(json.dumps({"error": told}, ensure_ascii=False))
    raise typer.Exit(1)


def refusal(error: Exception, lang: str | None = None) -> dict[str, Any]:
    """Return what went wrong as a record: its kind, the sentence, conflicts where there are any."""
    if isinstance(error, UserError):
        told = {"kind": type(error).__name__, "message": error.say(lang_of(lang))}
        if conflicts := error.params.get("conflicts"):
            return told | {"conflicts": [some.record(lang_of(lang)) for some in conflicts]}
        return told
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        sentence = h(
            f"读写失败：{error.strerror or error}{where}。请检查磁盘空间、路径和权限后重试。",
            f"Reading or writing failed: {error.strerror or error}{where}. "
            "Check disk space, path and permissions.",
            lang,
        )
        return {"kind": "OSError", "message": sentence}
    return {"kind": "InternalError", "message": internal_error(error, lang)}


def internal_error(error: Exception, lang: str | None = None) -> str:
    """Log the error under way and return the sentence that says where."""
    name, log = type(error).__name__, log_trace()
    return h(
        f"程序内部错误（{name}）。详情见 {log}，请将此文件发给维护人员。",
        f"Internal error ({name}). Details are in {log}; "
        "send that file to whoever maintains the program.",
        lang,
    )


def log_trace() -> Path:
    """Append the error under way to the log and return the log's place."""
    log = user_log_path("mutu") / "cli.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as stream:
            stream.write(
                f"{datetime.now(UTC).isoformat()} {sys.argv[1:]}\n{traceback.format_exc()}\n"
            )
    except OSError:
        return Path(os.devnull)
    return log


class Lang(StrEnum):
    """Languages of text and files."""

    zh = "zh"
    en = "en"


def day(text: str | date) -> date:
    """Read an ISO date from the command line; a default comes as a date already."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: YYYY-MM-DD") from None


WHERE_HELP = h(
    "筛选条件 EXPR 与网页地址中的写法相同，各条件以 & 相连且须同时满足，逗号表示或："
    "town、park（- 表示园区外）、class、stage、mode、grade、far_min、far_max、mu_min、mu_max、"
    "q（文字）、overdue=1、shape（WKT 多边形，按宗地内一点判断）。代码见字段字典。"
    "例：--where 'town=塘下镇,莘塍街道&class=underused&far_max=1'",
    "EXPR is written as in the page's address; conditions joined by & must all hold, commas mean "
    "or: town, park (- is outside parks), class, stage, mode, grade, far_min, far_max, mu_min, "
    "mu_max, q (words), overdue=1, shape (WKT polygon, by a point inside the parcel). "
    "Example: --where 'town=塘下镇,莘塍街道&class=underused&far_max=1'",
)

Workspace = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help=h(
            "工作区目录；缺省为环境变量 MUTU_WORKSPACE，否则为 workspace/。",
            "Workspace folder; $MUTU_WORKSPACE by default, else workspace/.",
        ),
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help=h("只输出一个 JSON 文档。", "Print one JSON document only."))
]
Language = Annotated[
    Lang | None,
    typer.Option("--lang", help=h("语言，缺省中文。", "Language; Chinese by default.")),
]
StateOn = Annotated[
    date | None,
    typer.Option(
        "--state-on",
        parser=day,
        metavar="DATE",
        help=h(
            "数据状态日期；缺省为今天（示例县为其数据截止日）。",
            "State on this day; today by default (the sample county: the end of its data).",
        ),
    ),
]
KnownOn = Annotated[
    date | None,
    typer.Option(
        "--known-on",
        parser=day,
        metavar="DATE",
        help=h("按当日已登记的情况；缺省为全部。", "As known on this day; by default everything."),
    ),
]

TaskYear = Annotated[
    int, typer.Option("--year", min=2000, max=2100, help=h("年度。", "Calendar year of the task."))
]
CreditYear = Annotated[
    int | None,
    typer.Option(
        "--year",
        min=2000,
        max=2100,
        help=h(
            "计入面积的年度；缺省为状态日期所在年。",
            "Year of the credit; that of the state by default.",
        ),
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", help=h("文字编码，如 GBK。", "Text encoding, such as GBK.")),
]
FileCrs = Annotated[
    str | None,
    typer.Option(
        "--crs",
        metavar="CRS",
        help=h(
            "坐标的说明，以加号连接：坐标系（文件未声明时，如 EPSG:4549）；swap（X、Y 写反）；"
            "gcj02、bd09（火星、百度坐标，仅供显示）；local:cm=120.5,x0=50000,y0=0（地方坐标系）；"
            "converted（声明的是西安 80 或北京 54，坐标其实已转换）；"
            "EPSG:2385+seven=七参数；EPSG:4549+four=四参数。",
            "What is to be said of the coordinates, joined by plus signs: the system (where none "
            "is declared, such as EPSG:4549); swap (X and Y exchanged); gcj02, bd09 (web maps, "
            "for display only); local:cm=120.5,x0=50000,y0=0 (local grid); converted (declared "
            "Xi'an 80 or Beijing 54, converted already); EPSG:2385+seven=…; EPSG:4549+four=….",
        ),
    ),
]
"""Options that several verbs take: each is told once, here."""


class NoParcelsError(UserError):
    """There is nothing to measure or to export yet."""

    zh = "登记簿 {path} 中还没有宗地。请先导入：cli.py import 文件 --as parcels。"
    en = "The register {path} has no parcels yet. Import some: cli.py import FILE --as parcels."


def place(workspace: Path | None) -> Path:
    """Return the workspace meant."""
    return workspace or Path(os.environ.get("MUTU_WORKSPACE") or "workspace")


def make_drawable(register: Any) -> None:
    """Make tiles, relief and QGIS' style now, so that nobody waits for them at the map."""
    from layers.qgis import parcel_qml
    from layers.relief import KINDS, picture
    from layers.tiles import ensure_tiles

    ensure_tiles(register)
    for kind in KINDS:
        picture(register, kind)
    register.set_layer_style(parcel_qml())


def county_as_of(
    workspace: Path, state_on: date | None, known_on: date | None, *, history: bool = False
) -> tuple[Any, Any, dict[str, Any]]:
    """Read parcels and events as of the two dates, and what else a measure must know.

    With ``history`` also ``versions`` and ``lineage`` of the parcels as known then.
    """
    from data.asof import AsOf, office_day
    from data.lineage import carried_events
    from data.register import Register
    from data.rules import load_rules
    from data.towns import read_towns

    with Register.open(workspace) as register:
        meta = register.meta
        is_sample = bool(meta.get("sample"))
        if state_on is None:
            until = meta.get("data_until") if is_sample else None
            state_on = date.fromisoformat(until) if until else office_day(datetime.now(UTC))
        as_of = AsOf(state_on, known_on)
        parcels, events = register.read_parcels(as_of), register.read_events(as_of)
        if parcels.empty:
            raise NoParcelsError(path=workspace)
        events = carried_events(events, parcels, register.lineage_parts(as_of))
        county = meta.get("county", "瑞安市")
        facts = {
            "as_of": as_of,
            "rules": load_rules(),
            "version": register.version_known(as_of),
            "is_sample": is_sample,
            "county": county,
            "towns": tuple(read_towns()["name"]),
            "meta": register.read_meta(as_of),
        }
        if history:
            facts |= {"versions": register.read_versions(as_of)}
            facts |= {"lineage": register.lineage(as_of)}
    return parcels, events, facts
