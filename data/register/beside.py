"""What the register holds beside parcels, events and layers: said, shown, split and merged."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pandas as pd
import sqlalchemy as sa
from geopandas import GeoDataFrame

from data.asof import AsOf
from data.register import attachments, models, notes, past, plans, quarantine, reading, reviews


class BesideReader:
    """Reviews, attachments, actuals, minutes, blocks, scenarios and lineage of a register."""

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        raise NotImplementedError

    def read_reviews(self, as_of: AsOf | None = None) -> pd.DataFrame:
        """Return what planners said of verdicts, in the order they said it.

        ``review_id``, ``change_no``, ``parcel_id``, ``recorded_at``, ``who`` and the columns of
        ``Change.reviews``. With ``as_of`` only what was known on ``known_on``.
        """
        with self._reading() as connection:
            return reviews.read(connection, as_of)

    def attachments(self, as_of: AsOf | None = None) -> pd.DataFrame:
        """Return photos and documents of events, in the order in which they came.

        ``attachment_id``, ``event_id``, ``kind``, ``name``, ``media_type``, ``bytes``, ``sha256``,
        ``parcel_id``, ``stage`` and ``occurred_on`` of the event, and ``file`` in the workspace.
        With ``as_of`` only what was known on ``known_on``.
        """
        with self._reading() as connection:
            return attachments.read(connection, as_of)

    def read_actuals(self, as_of: AsOf | None = None) -> pd.DataFrame:
        """Return what was reached of the targets, in the order it was told.

        ``actual_id``, ``change_no``, ``recorded_at``, ``who`` and the columns of
        ``Change.actuals``. With ``as_of`` only what was known on ``known_on``.
        """
        with self._reading() as connection:
            return notes.read(connection, notes.ACTUALS, as_of)

    def read_minutes(self, as_of: AsOf | None = None) -> pd.DataFrame:
        """Return agenda, decisions and what became of them, in the order they were recorded.

        ``minute_id``, ``change_no``, ``recorded_at``, ``who`` and the columns of
        ``Change.minutes``. With ``as_of`` only what was known on ``known_on``.
        """
        with self._reading() as connection:
            return notes.read(connection, notes.MINUTES, as_of)

    def read_quarantine(self, as_of: AsOf | None = None, *, waiting: bool = False) -> pd.DataFrame:
        """Return the rows that were set aside for mending, in the order they came.

        ``quarantine_id``, ``change_no``, the columns of ``Change.quarantine`` with cells and shape
        as last edited, ``edited_by``, ``resolution`` (``accepted``, ``superseded``, ``discarded``
        or None) and ``resolved_by``, numbers of changes. With ``waiting`` only those that wait.
        """
        with self._reading() as connection:
            return quarantine.read(connection, as_of, waiting=waiting)

    def read_saved_blocks(self, as_of: AsOf | None = None) -> pd.DataFrame:
        """Return every version of the blocks put together by hand, in the order they were saved.

        ``saved_id``, ``change_no``, ``recorded_at``, ``who`` and the columns of
        ``Change.saved_blocks``. With ``as_of`` only what was known on ``known_on``.
        """
        with self._reading() as connection:
            return notes.read(connection, plans.BLOCKS, as_of)

    def read_scenarios(self, as_of: AsOf | None = None) -> pd.DataFrame:
        """Return scenarios and which was adopted for which year, in the order of recording.

        ``scenario_id``, ``change_no``, ``recorded_at``, ``who`` and the columns of
        ``Change.scenarios``. With ``as_of`` only what was known on ``known_on``.
        """
        with self._reading() as connection:
            return notes.read(connection, plans.SCENARIOS, as_of)

    def departed(self) -> pd.DataFrame:
        """Return ``parcel_id`` and ``recorded_at`` of parcels that are no longer current."""
        with self._reading() as connection:
            return reading.read_departed(connection)

    def born(self) -> pd.DataFrame:
        """Return ``parcel_id`` and ``recorded_at`` of parcels that a split or merger made."""
        with self._reading() as connection:
            return reading.read_born(connection)

    def lineage(self, as_of: AsOf | None = None) -> pd.DataFrame:
        """Return ``parent_id``, ``child_id`` and ``change_no`` of every split and merge known."""
        with self._reading() as connection:
            table = reading.read_table(connection, models.lineage)
            known = reading.known_change(connection, as_of)
            undone = reading.ever_undone(connection, known)
        table = table[~table["change_no"].isin(undone)].reset_index(drop=True)
        return table if known is None else table[table["change_no"] <= known]

    def lineage_parts(self, as_of: AsOf | None = None) -> GeoDataFrame:
        """Return every split and merger known, with the parent's shape before it.

        ``parent_id``, ``child_id``, ``change_no``, ``last_event_id`` (of the events recorded
        before it), ``renewal_mode`` and geometry of the parent, EPSG:4490.
        """
        with self._reading() as connection:
            return reading.read_lineage_parts(connection, as_of)

    def read_past(self, change_no: int) -> past.Past:
        """Return what one change did: versions before and after, events, layers, lineage, facts.

        Raises
        ------
        ValueError
            If there is no such change.
        """
        with self._reading() as connection:
            table = reading.read_table(connection, models.change)
            (record,) = table[table["change_no"] == change_no].to_dict(orient="records")
            return past.read_past(connection, {str(key): cell for key, cell in record.items()})
