"""What of a ledger is no row of data: titles, units, repeated headings, subtotals, signatures."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.intake_columns import field_key, unit_factor, unit_in
from data.intake_issues import IssueLog
from data.intake_values import plain_text
from data.schema import field, normal_heading
from gis.io.tables import plain_heading

_SUBTOTAL = r"(?:小计|合计|总计|累计|共计)"
_TOTALS = rf"^{_SUBTOTAL}(?:[(（].{{0,6}}[)）])?[:：]?\d*[宗家户个块]?$|{_SUBTOTAL}[:：]?$"
_CODE = r"[0-9A-Za-z].*[0-9]"
_FOOTER = (
    r"^(?:填表|制表|审核|复核|核对|负责|联系|报送|填报|统计|单位负责)(?:人|日期|时间|单位|电话)*[:：]"
    r"|^(?:注|备注|说明|附注)[:：]"
)
_UNITS = re.compile(r"单位[:：](.+?)[)）]?$")
_SPLIT = re.compile(r"[、,，;；/和\s]+")


def tidy(
    frame: pd.DataFrame, entity: str | None, mapping: Mapping[str, str] | None, log: IssueLog
) -> pd.DataFrame:
    """Leave out what is no row of data, and tell it; give headings the unit the sheet states.

    Parameters
    ----------
    frame : DataFrame
        As `gis.io.read_table` returns it, indexed by row number.
    entity : str or None
        As in the field dictionary; None where it does not name the columns.
    mapping : mapping, optional
        Heading → field key, before the dictionary.
    log : IssueLog
        Takes titles, header rows, rows of units, repeated headings, subtotals and signatures.
    """
    above = frame.attrs.get("above", ())
    _tell_header(frame, log)
    frame = _with_unit_row(frame, log)
    frame = _with_title_units(frame, [text for _, text in above], entity, mapping, log)
    repeated = _repeated_headings(frame)
    subtotal = _subtotals(frame) & ~repeated & ~_with_code(frame, entity, mapping)
    footer = _footers(frame) & ~subtotal & ~repeated
    for kind, mask in (
        ("header_repeated", repeated),
        ("subtotal_skipped", subtotal),
        ("footer_skipped", footer),
    ):
        rows = frame.index[mask]
        log.add(kind, rows, values=_said(frame.loc[rows]))
    return frame.loc[~(repeated | subtotal | footer)]


def _tell_header(frame: pd.DataFrame, log: IssueLog) -> None:
    above = frame.attrs.get("above", ())
    log.add("title_skipped", [row for row, _ in above], values=[text for _, text in above])
    first, last = frame.attrs.get("header_rows", (1, 1))
    if last > first:
        log.add("header_rows", [first], values=[f"{first}–{last}"])


def _said(rows: pd.DataFrame) -> list[str]:
    """Return the filled cells of each row in one line."""
    plain = rows.apply(plain_text)
    parts = [" ".join(filter(None, cells)) for cells in zip(*map(plain.get, plain), strict=True)]
    return [text[:120] for text in parts]


def _with_unit_row(frame: pd.DataFrame, log: IssueLog) -> pd.DataFrame:
    """Take a first row that holds only units as part of the headings."""
    if frame.empty:
        return frame
    first = plain_text(frame.iloc[0])
    units = {str(name): plain_heading(cell).strip("()") for name, cell in first.items() if cell}
    if not units or not all(_is_unit(unit) for unit in units.values()):
        return frame
    named = {name: f"{name}({unit})" for name, unit in units.items() if unit_in(name) is None}
    log.add("unit_row", [frame.index[0]], values=[" ".join(units.values())])
    attrs = frame.attrs
    frame = frame.iloc[1:].rename(columns=named)
    frame.attrs = attrs
    return frame


def _is_unit(text: str) -> bool:
    stored = ("m2", "wan", "wan_per_mu", "pct", "tce", "t", "wan_kwh", "person")
    return any(unit_factor(text.lower(), unit) is not None for unit in stored)


def _with_title_units(
    frame: pd.DataFrame,
    titles: list[str],
    entity: str | None,
    mapping: Mapping[str, str] | None,
    log: IssueLog,
) -> pd.DataFrame:
    """Give headings without a unit the one that a title names (单位：亩、万元)."""
    stated = [_UNITS.search(plain_heading(text)) for text in titles]
    units = [part for found in stated if found for part in _SPLIT.split(found[1]) if part]
    if not units or entity is None:
        return frame
    given = {normal_heading(name): key for name, key in (mapping or {}).items()}
    named: dict[str, str] = {}
    for name in map(str, frame.columns):
        key = given.get(normal_heading(name)) or field_key(name, entity)
        if key is None or unit_in(name) is not None or field(key).type != "float":
            continue
        fits = [unit for unit in units if unit_factor(unit.lower(), field(key).unit) is not None]
        if fits:
            named[name] = f"{name}({fits[0]})"
    log.add("unit_from_title", [pd.NA] * len(named), values=named.values())
    attrs = frame.attrs
    frame = frame.rename(columns=named)
    frame.attrs = attrs
    return frame


def _repeated_headings(frame: pd.DataFrame) -> np.ndarray:
    """Rows that say the headings again, as a printed ledger does on every page."""
    same = np.zeros(len(frame), dtype=int)
    for name in map(str, frame.columns):
        wanted = normal_heading(name)
        texts = frame[name].map(lambda cell: cell if isinstance(cell, str) else "")
        here = texts.str.len().between(1, 40)
        if bool(here.any()):
            hits = texts[here].map(normal_heading) == wanted
            same[here.to_numpy(dtype=bool)] += hits.to_numpy(dtype=int)
    filled = frame.notna().sum(axis=1).to_numpy()
    return np.asarray((same >= 2) & (same * 2 > filled))


def _subtotals(frame: pd.DataFrame) -> np.ndarray:
    """Rows with 合计, 小计： or "某街道 小计" as the whole of one of their first cells."""
    return _marked(frame, _TOTALS, 3)


def _with_code(
    frame: pd.DataFrame, entity: str | None, mapping: Mapping[str, str] | None
) -> np.ndarray:
    """Rows that name a parcel: data, whatever the firm is called."""
    named = np.zeros(len(frame), dtype=bool)
    if entity is None:
        return named
    given = {normal_heading(name): key for name, key in (mapping or {}).items()}
    for name in map(str, frame.columns):
        if (given.get(normal_heading(name)) or field_key(name, entity)) == "parcel_id":
            texts = plain_text(frame[name]).astype("str")
            named |= texts.str.contains(_CODE, regex=True).fillna(False).to_numpy(dtype=bool)
    return named


def _footers(frame: pd.DataFrame) -> np.ndarray:
    """Rows such as "填表人：…" or "注：…" with little else in them, in any of the first cells."""
    few = (frame.notna().sum(axis=1) <= 4).to_numpy()
    return np.asarray(_marked(frame, _FOOTER, 2) & few)


def _marked(frame: pd.DataFrame, pattern: str, columns: int) -> np.ndarray:
    marked = pd.Series(False, index=frame.index)
    for name in frame.columns[:columns]:
        texts = plain_text(frame[name]).astype("str").str.replace(r"\s", "", regex=True)
        marked |= texts.str.contains(pattern, regex=True).fillna(False)
    return marked.to_numpy(dtype=bool)
