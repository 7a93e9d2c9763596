"""Rows that wait for mending, as plain values and as lines for the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from data.intake_issues import explain

_SHOWN = 20


def waiting_json(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows that wait as plain values.

    Parameters
    ----------
    rows : DataFrame
        As `data.quarantine.waiting_rows` returns them.
    """
    plain = rows.reset_index().astype(object)
    plain = plain.where(plain.notna(), None)
    keep = ("quarantine_id", "change_no", "file", "sheet", "layer", "row", "row_id")
    return [
        {key: row[key] for key in keep}
        | {
            "kinds": str(row["kinds"]).split(),
            "cells": json.loads(row["cells"]),
            "has_shape": row["shape"] is not None,
        }
        for row in plain.to_dict(orient="records")
    ]


def waiting_text(rows: Sequence[Mapping[str, Any]], lang: str = "zh") -> str:
    r"""Return rows that wait in lines: number, place in the file, parcel, what is wrong.

    Examples
    --------
    >>> row = {"quarantine_id": 7, "file": "台账.xlsx", "row": 5, "row_id": None}
    >>> waiting_text([{**row, "kinds": ["id_missing"]}])
    '待更正 1 行：\n  7 · 台账.xlsx 第 5 行 · — · 缺少宗地编号'
    """
    en = lang == "en"
    if not rows:
        return "No row waits." if en else "没有待更正的行。"
    lines = [f"{len(rows)} rows wait:" if en else f"待更正 {len(rows)} 行："]
    for row in rows[:_SHOWN]:
        at = f"{row['file']} row {row['row']}" if en else f"{row['file']} 第 {row['row']} 行"
        why = ("; " if en else "；").join(explain(kind, lang) for kind in row["kinds"])
        lines.append(f"  {row['quarantine_id']} · {at} · {row['row_id'] or '—'} · {why}")
    if len(rows) > _SHOWN:
        more = len(rows) - _SHOWN
        lines.append(f"… and {more} more (--json)" if en else f"……另有 {more} 行（见 --json）")
    return "\n".join(lines)
