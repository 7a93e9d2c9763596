"""What a conversion did, as a few lines of plain text for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SHOWN = 10


def conversion_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return a conversion in lines: rows, systems, new names of columns, notes, rows left out.

    Parameters
    ----------
    document : mapping
        As :meth:`data.convert.Conversion.to_json` gives it.
    lang : str
        ``"zh"`` or ``"en"``.

    Examples
    --------
    >>> print(conversion_text({
    ...     "out": "b.shp", "rows_in": 2, "accepted": 1, "rejected": 1, "crs_read": "EPSG:4528",
    ...     "crs_written": "EPSG:4490", "columns": {"地块编号": "PARCEL_ID"}, "notes": [],
    ...     "issues": [{"row": 2, "severity": "rejected", "message": "没有图形"}]}))
    已写出 b.shp：共 2 行，写出 1 行，留下 1 行。
      坐标系：EPSG:4528 → EPSG:4490
      列名：地块编号 → PARCEL_ID
      第 2 行 · 没有图形
    """
    en = lang == "en"
    rows = [document[key] for key in ("rows_in", "accepted", "rejected")]
    told = "已写出 {}：共 {} 行，写出 {} 行，留下 {} 行。"
    if en:
        told = "Wrote {}: {} rows, {} written, {} left out."
    lines = [told.format(document["out"], *rows)]
    systems = f"{document['crs_read']} → {document['crs_written']}"
    lines.append(f"  {'Coordinate system: ' if en else '坐标系：'}{systems}")
    if document["columns"]:
        names = "、".join(f"{old} → {new}" for old, new in document["columns"].items())
        lines.append(f"  {'Columns: ' if en else '列名：'}{names}")
    lines += [f"  ! {note}" for note in document["notes"]]
    told_first = {"rejected": 0, "warning": 1}
    faults = [issue for issue in document["issues"] if issue["severity"] in told_first]
    faults.sort(key=lambda issue: told_first[issue["severity"]])
    for issue in faults[:_SHOWN]:
        where = f"row {issue['row']}" if en else f"第 {issue['row']} 行"
        lines.append(f"  {where} · {issue['message']}")
    if len(faults) > _SHOWN:
        more = len(faults) - _SHOWN
        lines.append(f"… and {more} more (--json)" if en else f"……另有 {more} 条（见 --json）")
    return "\n".join(lines)
