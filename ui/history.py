"""What pages read of the register's past: versions of parcels, the movement of the stock."""

from __future__ import annotations

import pandas as pd

from analysis.movement import Movement
from analysis.movement import movement as measure_movement
from ui.desk import Desk
from ui.shelf import Shelf

_versions = Shelf(2)
_events = Shelf(1)


def versions(desk: Desk) -> pd.DataFrame:
    """Return every version of every parcel known on the reader's day (shared: do not change)."""
    return _versions.get(desk.facts, lambda: desk.register.read_versions(desk.as_of))


def movement(desk: Desk) -> Movement:
    """Return how the stock moved in the year, from one reading of the versions."""

    def make() -> Movement:
        return measure_movement(
            versions(desk),
            desk.events,
            desk.parcels,
            rules=desk.rules,
            year=desk.year,
            as_of=desk.as_of,
            lineage=desk.register.lineage(desk.as_of),
        )

    return desk.kept("movement", make)
