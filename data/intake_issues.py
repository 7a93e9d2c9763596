"""Faults of single rows and cells, kept as records that the owner of the data can mend."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from data.intake_kinds import KINDS, QUARANTINED, REJECTED
from data.intake_menders import who_mends
from data.register.change import ISSUE_COLUMNS
from gis.errors import Words, spoken

_LONGEST = 200


def explain(kind: str, lang: str = "zh") -> str:
    """Return the sentence of a kind of issue.

    Examples
    --------
    >>> explain("geometry_missing", "en")
    'No geometry'
    """
    found = KINDS[kind]
    return found.zh if lang == "zh" else found.en


def _sentence(kind: str, more: str = "") -> Words:
    """Return the sentence of an issue with its detail, in both languages."""
    what = KINDS[kind]
    if not more:
        return Words(what.zh, what.en)
    return Words(f"{what.zh}：{more}", f"{what.en}: {spoken(more, 'en')}")


def said(issues: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return the messages of issues in a language.

    Records that come from the register hold the Chinese sentence only: in English their kind is
    told in English, and the detail as it stands.

    Examples
    --------
    >>> said(pd.DataFrame({"kind": ["in_sea"], "message": ["落在海上：东海"]}), "en")
    ['Lies at sea or abroad; taken in, please check: 东海']
    """
    if lang != "en":
        return [str(message) for message in issues["message"]]
    pairs = zip(issues["kind"], issues["message"], strict=True)
    return [_in_english(str(kind), message) for kind, message in pairs]


def _in_english(kind: str, message: str) -> str:
    if isinstance(message, Words) or kind not in KINDS:
        return str(spoken(message, "en"))
    what, (_, _, more) = KINDS[kind], str(message).partition("：")
    return f"{what.en}: {more}" if more else what.en


def issue_records(issues: pd.DataFrame, lang: str = "zh") -> list[dict[str, Any]]:
    """Return issues as plain values for a JSON document, messages in the language asked for."""
    told = issues.assign(message=pd.Series(said(issues, lang), index=issues.index, dtype=object))
    plain = told.astype(object).where(told.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]


def severity(kind: str) -> str:
    """Return rejected, error, warning or info; rejected rows that are kept become quarantined."""
    return KINDS[kind].severity


@dataclass
class IssueLog:
    """Collects issues of one file and layer.

    Attributes
    ----------
    file, layer : str
        What every record carries.
    sheet : str or None
        Sheet of the workbook or layer inside the file, once it is known.
    ids : Series or None
        Parcel of each row, once it is known.
    remark : str
        What is to be said of the whole file with the change and the layer, for ever.
    """

    file: str
    layer: str
    sheet: str | None = None
    ids: pd.Series | None = None
    remark: str = ""
    _parts: list[pd.DataFrame] = field(default_factory=list)

    def add(
        self,
        kind: str,
        rows: Iterable[Any],
        *,
        values: Iterable[Any] | None = None,
        field_key: str | None = None,
        detail: Iterable[str] | None = None,
        proposals: Iterable[str | None] | None = None,
    ) -> None:
        """Add one record for each row number; values, details, proposals run along with them."""
        numbers = list(rows)
        if not numbers:
            return
        messages = [_sentence(kind)] * len(numbers)
        if detail is not None:
            messages = [_sentence(kind, more) for more in detail]
        shown = [None] * len(numbers) if values is None else [_short(value) for value in values]
        part = {
            "file": self.file,
            "layer": self.layer,
            "row": pd.array(numbers, dtype="Int64"),
            "field": field_key,
            "kind": kind,
            "severity": severity(kind),
            "value": pd.Series(shown, dtype=object),
            "message": pd.Series(messages, dtype=object),
            "sheet": self.sheet,
            "who_mends": who_mends(kind, severity(kind), field_key, self.layer),
            "proposal": None if proposals is None else pd.Series(list(proposals), dtype=object),
            "parcel_id": None,
        }
        self._parts.append(pd.DataFrame(part, columns=list(ISSUE_COLUMNS)))

    def kept_out(self) -> pd.DataFrame:
        """Row and kind of the records that keep their row out, one for each such row."""
        out = [part.loc[part["severity"] == REJECTED, ["row", "kind"]] for part in self._parts]
        found = pd.concat(out) if out else pd.DataFrame({"row": [], "kind": []})
        return found[found["row"].notna()].drop_duplicates("row")

    def set_aside(self, rows: pd.Index) -> None:
        """Say of rows that are kept out that they wait in quarantine."""
        for part in self._parts:
            here = (part["severity"] == REJECTED) & part["row"].isin(rows)
            part.loc[here, "severity"] = QUARANTINED

    def let_in(self, kinds: Collection[str]) -> pd.Index:
        """Say of rows kept out for these kinds that they stay as they are; return the rows."""
        rows: list[Any] = []
        for part in self._parts:
            here = part["severity"].eq(REJECTED) & part["kind"].isin(list(kinds))
            part.loc[here, "severity"] = "warning"
            rows += part.loc[here, "row"].tolist()
        return pd.Index(rows, dtype="int64")

    def frame(self) -> pd.DataFrame:
        """All records by row, field and kind; row is <NA> where the whole column is meant."""
        names = ("field", "sheet", "who_mends", "proposal", "parcel_id", "message")
        told = dict.fromkeys(names, object)
        parts = [part.astype(told) for part in self._parts]
        if not parts:
            empty = pd.DataFrame(columns=list(ISSUE_COLUMNS), dtype=object)
            return empty.astype({"row": "Int64"})
        found = pd.concat(parts, ignore_index=True)
        if self.ids is not None:
            ids = found["row"].astype("object").map(self.ids).astype(object)
            found["parcel_id"] = ids.where(ids.notna(), None)
        order = ["row", "field", "kind"]
        return found.sort_values(order, na_position="first", kind="stable", ignore_index=True)


def _short(value: Any) -> str | None:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
