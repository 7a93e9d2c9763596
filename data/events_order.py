"""Impossible orders: which rows of a batch contradict what stands on the parcel before or after."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.rules import Rules

NEVER = np.datetime64("9999-12-31", "D")
ALWAYS = np.datetime64("0001-01-01", "D")


class Course:
    """First day of every stage on every parcel, with a batch taken in, beside its branch.

    Parameters
    ----------
    standing : DataFrame
        ``parcel_id``, ``stage``, ``occurred_on`` of what stands and of the batch; no unknowns.
    modes : Series
        ``renewal_mode`` by ``parcel_id``, None where none is decided.
    rules : Rules
        The workflow.
    """

    def __init__(self, standing: pd.DataFrame, modes: pd.Series, rules: Rules) -> None:
        self.stages = [stage.code for stage in rules.stages]
        self.parcels = pd.Index(standing["parcel_id"].unique())
        days = np.full((len(self.parcels), len(self.stages)), NEVER)
        np.minimum.at(
            days,
            (self._rows(standing["parcel_id"]), self._columns(standing["stage"])),
            standing["occurred_on"].to_numpy().astype("datetime64[D]"),
        )
        self.first = days
        self.present = days != NEVER
        mode = modes.reindex(self.parcels).astype(object)
        found = [rules.workflow.branch(m if isinstance(m, str) else None) for m in mode]
        cache: Mapping[int, tuple[np.ndarray, np.ndarray]] = {
            id(branch): (
                np.isin(self.stages, branch.stages),
                np.isin(self.stages, branch.needed),
            )
            for branch in found
        }
        width = len(self.stages)
        self.within = np.array([cache[id(b)][0] for b in found]).reshape(-1, width)
        self.needed = np.array([cache[id(b)][1] for b in found]).reshape(-1, width)

    def _rows(self, parcels: pd.Series) -> np.ndarray:
        return np.asarray(self.parcels.get_indexer(pd.Index(parcels)))

    def _columns(self, stages: pd.Series) -> np.ndarray:
        return np.asarray(pd.Index(self.stages).get_indexer(pd.Index(stages)))

    def outside(self, rows: pd.DataFrame) -> np.ndarray:
        """Tell which rows name a stage that the parcel's mode does not have."""
        inside = self.within[self._rows(rows["parcel_id"]), self._columns(rows["stage"])]
        return np.asarray(~inside)

    def too_early(self, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the place of the earlier stage that first happened after each row, else -1."""
        at, stage = self._rows(rows["parcel_id"]), self._columns(rows["stage"])
        day = rows["occurred_on"].to_numpy().astype("datetime64[D]")
        before = np.arange(len(self.stages)) < stage[:, None]
        days = np.where(before & self.present[at], self.first[at], ALWAYS)
        return self._named(days > day[:, None], days)

    def too_late(self, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the place of the later stage that happened before the row began its own."""
        at, stage = self._rows(rows["parcel_id"]), self._columns(rows["stage"])
        day = rows["occurred_on"].to_numpy().astype("datetime64[D]")
        begins = day == self.first[at, stage]
        after = np.arange(len(self.stages)) > stage[:, None]
        days = np.where(after, self.first[at], NEVER)
        return self._named((days < day[:, None]) & begins[:, None], days)

    def missing(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the place of a needed stage that is not on record before each row, else -1.

        A parcel whose record begins half-way is not asked for what came before its beginning.
        """
        at, stage = self._rows(rows["parcel_id"]), self._columns(rows["stage"])
        begins = np.argmax(self.present, axis=1)[at]
        place = np.arange(len(self.stages))
        between = (place > begins[:, None]) & (place < stage[:, None])
        return self._named(between & (self.needed & ~self.present)[at], None)[0]

    @staticmethod
    def _named(wrong: np.ndarray, days: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        place = np.where(wrong.any(axis=1), np.argmax(wrong, axis=1), -1)
        if days is None:
            return place, place
        return place, days[np.arange(len(place)), np.maximum(place, 0)]
