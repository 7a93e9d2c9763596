"""The data dictionary as a page: ``python -m data.dictionary docs/data-dictionary.md``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from data import schema

_TITLES = {
    "parcel": ("宗地", "Parcels"),
    "event": ("阶段事件", "Stage events"),
    "desk": ("推算列", "Derived columns"),
    "building": ("建筑", "Buildings"),
    "firm": ("企业", "Firms"),
    "firm_parcel": ("企业用地", "Firms on parcels"),
    "town": ("乡镇街道", "Towns"),
    "park": ("园区", "Parks"),
    "issue": ("问题清单", "Issues"),
    "change": ("变更", "Changes"),
    "ledger": ("两局台账", "Ledgers of two bureaus"),
    "project": ("项目", "Projects"),
    "constraint": ("约束图层", "Constraint layers"),
    "site": ("场地", "Sites"),
}
_HEADING = (
    "| 字段 key | 名称 | English | 单位 | 类型 | 含义 meaning | 出处 | 标记 | 导出名 | 别名 |"
)
_INTRO = """\
# 数据字典 · Data dictionary

由 `data/fields.toml` 与 `data/enums.toml` 生成，请勿手改：`python -m data.dictionary`。
Generated from `data/fields.toml` and `data/enums.toml`; do not edit by hand.

面积以 m² 存储、以亩显示（1 亩 = 2000/3 m²）；空值表示未知，不是 0。
Areas are stored in m² and shown in 亩 (mu); an empty cell is unknown, not 0.

标记 tag：S 来源载明 stated · V 已核实 verified · C 计算 computed ·
G 通行知识 general · U 待定 uncertain
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _row(field: schema.Field) -> str:
    kind = f"{field.type} `{field.enum}`" if field.enum else field.type
    cells = (
        f"`{field.key}`",
        field.label_zh,
        field.label_en,
        schema.unit_label(field.unit),
        kind,
        f"{field.meaning_zh}<br>{field.meaning_en}",
        field.source,
        field.tag,
        f"`{field.code10}`",
        "、".join(field.aliases),
    )
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _lists() -> Iterator[str]:
    for key in sorted({f.enum for e in schema.ENTITIES for f in schema.fields(e) if f.enum}):
        found = schema.enum_list(key)
        yield f"\n### `{key}` {found.label_zh} · {found.label_en}\n"
        yield f"{found.source} [{found.tag}]\n"
        yield "| 代码 code | 名称 | English | 别名 |\n|---|---|---|---|"
        for value in found.values:
            aliases = "、".join(value.aliases)
            yield f"| `{value.code}` | {value.zh} | {value.en} | {aliases} |"


def page() -> str:
    """Return the whole dictionary as Markdown, the same text for the same files.

    Examples
    --------
    >>> page().splitlines()[0]
    '# 数据字典 · Data dictionary'
    """
    lines = [_INTRO]
    for entity in schema.ENTITIES:
        zh, en = _TITLES[entity]
        lines += [f"\n## {zh} · {en}\n", _HEADING, "|---" * 10 + "|"]
        lines += [_row(field) for field in schema.fields(entity)]
    lines += ["\n## 代码表 · Closed lists", *_lists()]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page to the file named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m data.dictionary")
    parser.add_argument("out", nargs="?", type=Path, default=Path("docs/data-dictionary.md"))
    parser.parse_args(arguments).out.write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
