"""What a measure found wrong with its input: one record for each row, with the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

FINDING_COLUMNS = (
    "layer", "row", "id", "field", "kind", "severity", "value", "message_zh", "message_en",
)  # fmt: skip
"""Columns of every frame of findings; ``row`` counts from 1 in the order of the input
(or is the number that the input brings along)."""


_NONE = pd.DataFrame({name: pd.Series(dtype=object) for name in FINDING_COLUMNS})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: the field it is about, how grave it is, and its two sentences."""

    field: str
    severity: str
    zh: str
    en: str


@dataclass
class Findings:
    """Collects findings of one layer.

    Parameters
    ----------
    layer : str
        What the rows are: ``buildings``, ``parcels``.
    kinds : mapping
        The kinds that may occur.
    ids : Index
        Identifier of each row.
    rows : ndarray of int, optional
        Number of each row where it came from; 1, 2, … by default.
    """

    layer: str
    kinds: Mapping[str, Kind]
    ids: pd.Index
    rows: np.ndarray | None = None
    _parts: list[pd.DataFrame] = field(default_factory=list)

    def add(
        self, kind: str, where: np.ndarray, values: Any = None, *, more: Sequence[str] = ()
    ) -> None:
        """Add a record for each row where the mask is true; ``values`` runs along with all rows.

        ``more`` is appended to both sentences, one phrase for each record.
        """
        rows = np.flatnonzero(where)
        if not len(rows):
            return
        what = self.kinds[kind]
        shown: Any = None
        if values is not None:
            picked = pd.Series(np.asarray(values, dtype=object)[rows])
            shown = picked.where(picked.notna(), None).map(
                lambda value: value if value is None else str(value)[:80]
            )
            shown = shown.to_numpy(dtype=object)
        tails = [f"（{text}）" for text in more] or [""] * len(rows)
        tails_en = [f" ({text})" for text in more] or [""] * len(rows)
        part = {
            "layer": self.layer,
            "row": rows + 1 if self.rows is None else self.rows[rows],
            "id": self.ids.to_numpy(dtype=object)[rows],
            "field": what.field,
            "kind": kind,
            "severity": what.severity,
            "value": shown,
            "message_zh": [what.zh + tail for tail in tails],
            "message_en": [what.en + tail for tail in tails_en],
        }
        self._parts.append(pd.DataFrame(part, columns=list(FINDING_COLUMNS)))

    def frame(self) -> pd.DataFrame:
        """Return all records by row, field and kind."""
        return joined(self._parts)


def joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join frames of findings, in the order of layer, row, field and kind.

    Examples
    --------
    >>> joined([]).columns.tolist()[:3]
    ['layer', 'row', 'id']
    """
    filled = [part for part in parts if len(part)]
    if not filled:
        return _NONE.copy()
    found = pd.concat(filled, ignore_index=True)
    order = ["layer", "row", "field", "kind"]
    return found.sort_values(order, kind="stable", ignore_index=True)


def frozen(**kinds: Kind) -> Mapping[str, Kind]:
    """Return a fixed table of kinds."""
    return MappingProxyType(kinds)


def row_numbers(frame: pd.DataFrame) -> np.ndarray | None:
    """Return the row numbers that a file reader has put beside the rows, None without."""
    return frame["row"].to_numpy() if "row" in frame else None
