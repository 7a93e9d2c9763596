"""The verb ``mend``: a table broken on its way out of a document, put together by a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli_frame import Encoding, Json, Language, failing_clearly, h, lang_of, out
from gis.errors import UserError

mending = typer.Typer()
_SHOWN = 20


class MendedFormatError(UserError):
    """The mended table is written as CSV only."""

    zh = "修补后的表只写成 .csv 文件；文件名 {out} 不合，没有写入。"
    en = "The mended table is written as .csv only; {out} is none; nothing was written."


@mending.command(
    "mend",
    help=h(
        "按修补方案（TOML）整理从文档中导出时弄坏的表：断行、列标题或单元格叠印、引号和换行；"
        "只有一种读法的才改，其余原样保留并逐条列出。不需要登记簿。"
        "JSON 键：rows_in、records、mended、faults。",
        "Put together a table that was broken when it was taken out of a document, by a recipe "
        "(TOML): torn rows, headings or cells printed over one another, quotes, line breaks. Only "
        "what can be read in one way is mended; the rest stays and is listed. No register needed. "
        "JSON keys: rows_in, records, mended, faults.",
    ),
)
def mend(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=h("要修补的表。", "The table."))],
    recipe: Annotated[
        Path, typer.Option(metavar="R.toml", help=h("修补方案。", "The recipe of mending."))
    ],
    target: Annotated[
        Path, typer.Option("--out", metavar="FILE", help=h(".csv 文件。", "A .csv file."))
    ],
    encoding: Encoding = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Mend a table."""
    with failing_clearly(lang, as_json=as_json):
        from data.mending import mend_table
        from data.mending_recipe import read_recipe
        from reports.place import check_place, replacing

        if target.suffix.lower() != ".csv":
            raise MendedFormatError(out=target.name)
        check_place(target)
        found = mend_table(file, read_recipe(recipe), encoding=encoding)
        with replacing(target) as part:
            found.table.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        speech = lang_of(lang)
        faults = [_fault(row, speech) for row in found.faults.to_dict(orient="records")]
        document = {
            "out": str(target),
            "rows_in": found.rows_in,
            "records": len(found.table),
            "mended": {kind: count for kind, count in found.mended.items() if count},
            "faults": faults,
        }
        out(document, _text(document, lang), as_json=as_json)


def _fault(row: dict[Any, Any], lang: str) -> dict[str, Any]:
    return {
        "row": int(row["row"]),
        "column": row["column"],
        "value": row["value"],
        "message": row[lang],
    }


def _text(document: dict[str, Any], lang: str | None) -> str:
    lines = [
        h(
            f"{document['rows_in']} 行整理为 {document['records']} 条记录，写入 {document['out']}；"
            f"仍有 {len(document['faults'])} 处需人工处理。",
            f"{document['rows_in']} rows became {document['records']} records in "
            f"{document['out']}; {len(document['faults'])} faults remain.",
            lang,
        )
    ]
    for fault in document["faults"][:_SHOWN]:
        value = "" if fault["value"] is None else f" “{fault['value'][:60]}”"
        place = h(f"第 {fault['row']} 行", f"row {fault['row']}", lang)
        lines.append(f"  {place} {fault['column']}{value}: {fault['message']}")
    return "\n".join(lines)
