"""Why a synthetic parcel is in its class: one sentence, clause and document, true to its row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data import schema
from data.sample.renewal import AFTER_SUPPLY, REBUILT

OFFICE = "瑞资规认（模拟）"


def is_left(low: pd.Series, stage: pd.Series) -> pd.Series:
    """Whether a parcel has left its class: rebuilt, or supplied where it waited for supply."""
    supplied = (low == "approved_unsupplied") & stage.isin(AFTER_SUPPLY)
    return (low != "not_low") & (stage.isin(REBUILT) | supplied)


def add_reasons(table: pd.DataFrame, until: date) -> pd.DataFrame:
    """Add sentence, clause and document of the class, and end the class of renewed parcels.

    Parameters
    ----------
    table : DataFrame
        The ledger with the class as it was found, and ``stage``, ``listed_on``, ``moved_on`` (day
        of supply), ``far_listed``, ``tax_listed`` and ``done_listed``: the values it was found by.
    until : date
        Last day of the sample.
    """
    was = table["low_class"]
    left = is_left(was, table["stage"])
    basis = _found_by(table, left).mask(left, _left(table))
    return _papers(table.assign(class_basis=basis, low_class=was.mask(left, "not_low")), until)


def _text(values: pd.Series) -> pd.Series:
    """Ratios as 0.84 and days as 2024-05-01."""
    if values.dtype.kind == "M":
        return values.dt.strftime("%Y-%m-%d")
    return values.map("{:.2f}".format)


def _found_by(table: pd.DataFrame, left: pd.Series) -> pd.Series:
    """Say what the class rests on, with values only where the ledger knows them."""
    low = table["low_class"]
    when = pd.Series("至认定日", index=table.index).where(table["listed_on"].notna(), "至调查日")
    # Without a plot ratio on record the sentence quotes none.
    far = table["far_listed"].where(table["far"].notna())
    plan, start, done = table["planned_far"], table["agreed_start_on"], table["done_listed"]
    paid, agreed = table["tax_listed"], table["agreed_tax_wan_per_mu"]
    at = pd.Series("认定时", index=table.index).where(left, "")
    basis = pd.Series(None, index=table.index, dtype=object)
    plain = {
        "approved_unsupplied": "农转用已批复，" + when + "未供地",
        "supplied_unused": "已供地，" + when + "未动工，约定开工日期待核实",
        "underused": at + "建设强度低于合同约定，实际容积率待核实",
        "built_idle": "厂房建成后" + when + "未投产",
        "below_agreed": at + "亩均税收低于合同约定，数值待核实",
        "insufficient": at + "缺少权属、合同或建筑资料，待核实",
    }
    for name, sentence in plain.items():
        basis = basis.mask(low == name, sentence)
    exact = (
        ("supplied_unused", start.notna(), "约定开工 " + _text(start) + "，" + when + "未动工"),
        (
            "underused",
            far.notna() & plan.notna(),
            at + "实际容积率 " + _text(far) + "，低于合同约定 " + _text(plan),
        ),
        ("built_idle", done.notna(), "竣工 " + _text(done) + "，" + when + "未投产"),
        (
            "below_agreed",
            paid.notna() & agreed.notna(),
            at + "亩均税收 " + _text(paid) + " 万元/亩，低于合同约定 " + _text(agreed) + " 万元/亩",
        ),
    )
    for name, known, sentence in exact:
        basis = basis.mask((low == name) & known, sentence)
    return (basis + "（示例）").mask(left, basis)


def _left(table: pd.DataFrame) -> pd.Series:
    """Sentence of a parcel that has left its class: what it was, and what it is now."""
    low, producing = table["low_class"], table["stage"] != "completed"
    names = {code: schema.enum_label("low_class", code, "zh") for code in low.unique()}
    supplied = low == "approved_unsupplied"
    verb = pd.Series("已改造", index=table.index).mask(supplied, "已供地")
    now = pd.Series("现已竣工", index=table.index).mask(producing, "现已投产")
    now = now.mask((low == "underused") & table["far"].notna(), "改造后 " + _text(table["far"]))
    paid = table["tax_wan_per_mu"]
    taxed = (low == "below_agreed") & producing & paid.notna()
    now = now.mask(taxed, "改造后 " + _text(paid) + " 万元/亩")
    now = now.mask(supplied, "已于 " + _text(table["moved_on"]) + " 供地")
    found = _found_by(table, pd.Series(True, index=table.index))
    return verb + "（原为" + low.map(names) + "）：" + found + "；" + now + "（示例）"


def _papers(table: pd.DataFrame, until: date) -> pd.DataFrame:
    """Add clause and document of the recorded class, and suspicion of idleness.

    Only listed parcels have a document; its year is that of their listing.
    """
    low, left = table["low_class"], table["class_basis"].str.startswith("已").eq(True)
    late = (pd.Timestamp(until) - table["agreed_start_on"]).dt.days > 365
    idle = (low == "supplied_unused") & late & table["actual_start_on"].isna()
    clause = pd.Series("台账认定（示例口径）", index=table.index, dtype=object)
    clause = clause.mask(idle, "《闲置土地处置办法》第二条").where(low != "not_low", None)
    day = table["listed_on"].where((low != "not_low") | left).dropna().sort_values(kind="stable")
    year = day.dt.year.astype(str)
    number = (year.groupby(year).cumcount() + 1).astype(str)
    paper = OFFICE + "〔" + year + "〕" + number + "号"
    paper = paper.reindex(table.index).astype(object)
    return table.assign(
        class_clause=clause,
        class_doc=paper.where(paper.notna(), None),
        suspected_idle=pd.array(np.asarray(idle, bool), dtype="boolean"),
    )
