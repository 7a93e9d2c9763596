"""The screening as every page sees it: made once per register version, day and ruleset."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from analysis.review import reviewed
from analysis.screening import screen
from analysis.screening_flips import Flip, what_would_change
from analysis.totals import totals as measure_totals
from data.screening_record import KeptScreening, last_screening
from data.screening_rules import INSUFFICIENT, NOT_LOW, ScreeningRules, load_screening_rules
from ui.desk import Desk
from ui.shelf import Shelf

SOON_DAYS = 90
"""A full year that ends within so many days wants a look before it ends."""

LISTS = ("all", "differ", "insufficient", "idle", "again")
"""The lists of the page: everything, those that differ from the record, and so on."""

_rules = Shelf(1)
_verdicts = Shelf(2)
_results = Shelf(2)
_reviews = Shelf(2)
_large = Shelf(2)
_small = Shelf(48)
_busy = threading.Lock()


def ruleset() -> ScreeningRules:
    """Return the rules of screening in use, read once."""
    return _rules.get("screening", load_screening_rules)


def screened(desk: Desk) -> pd.DataFrame:
    """Return the screening of the whole county with reviews laid over it (shared: do not change).

    Returns
    -------
    DataFrame
        As `analysis.review.reviewed`, on the index of ``desk.parcels``, and ``recorded_class``
        (what the ledger says, None where it says nothing), ``against_record`` (``agree``,
        ``differ``, ``insufficient``, ``unrecorded``) and ``attention`` (0 wants a look first).
    """
    return _results.get(_key(desk), lambda: _with_record(_reviewed(desk), desk.parcels))


def kept_verdict(desk: Desk, parcel_id: str) -> pd.Series | None:
    """Return a parcel's row of :func:`screened` where the county has been screened, else None.

    Costs nothing.
    """
    found = _results.peek(_key(desk))
    if found is None or parcel_id not in found.index:
        return None
    return found.loc[parcel_id]


def verdict_of(desk: Desk, parcel_id: str) -> pd.Series:
    """Return the row of :func:`screened` of one parcel, screening it alone where need be.

    Raises
    ------
    KeyError
        If there is no such parcel.
    """
    known = kept_verdict(desk, parcel_id)
    if known is not None:
        return known

    def make() -> pd.Series:
        rows = desk.parcels.loc[[parcel_id]]
        found = screen(rows, ruleset=ruleset(), as_of=desk.as_of)
        mine = reviews(desk)
        mine = mine[mine["parcel_id"] == parcel_id]
        return _with_record(reviewed(found, mine, rows, ruleset=ruleset()), rows).iloc[0]

    return _small.get((_key(desk), "verdict", parcel_id), make)


def screen_behind(desk: Desk) -> None:
    """Screen the county of today in the background, so that later cards have it at once.

    Changes nothing of what a card says: until it is done, :func:`verdict_of` screens the parcel
    alone, with the same outcome. One screening runs at a time.
    """
    wanted = not desk.is_past and _results.peek(_key(desk)) is None
    if wanted and _busy.acquire(blocking=False):
        threading.Thread(target=_screen_and_release, args=(desk,), daemon=True).start()


def _screen_and_release(desk: Desk) -> None:
    try:
        screened(desk)
    finally:
        _busy.release()


def totals(desk: Desk, frame: pd.DataFrame, name: Hashable) -> pd.DataFrame:
    """Return number and area of a list by the class of its verdicts; ``name`` as `Desk.totals`."""

    def make() -> pd.DataFrame:
        classes = screened(desk)["class"].reindex(frame.index)
        areas = frame[["geometry_area_m2", "registered_area_m2"]].assign(
            low_class=classes.astype(object)
        )
        return measure_totals(areas, ("low_class",))

    return kept(desk, ("totals", name), make)


def reviews(desk: Desk) -> pd.DataFrame:
    """Return what planners said of verdicts, in the order they said it."""
    return _reviews.get(desk.facts, lambda: desk.register.read_reviews(desk.as_of))


def flips(desk: Desk, parcel_id: str) -> tuple[Flip, ...]:
    """Return what would change a parcel's verdict."""

    def make() -> tuple[Flip, ...]:
        row = desk.parcels.loc[[parcel_id]]
        return what_would_change(row, parcel_id, ruleset=ruleset(), as_of=desk.as_of)

    return _small.get((_verdict_key(desk), "flips", parcel_id), make)


def last_kept(desk: Desk) -> KeptScreening | None:
    """Return the last screening on record, None where there is none."""
    name = (desk.facts, "last screening")
    return _small.get(name, lambda: last_screening(desk.meta, desk.changes()))


def kept(desk: Desk, name: Hashable, make: Callable[[], Any]) -> Any:
    """Return what ``make`` made of the screening under ``name``; shared, so do not change it."""
    return _small.get((_key(desk), name), make)


def kept_large(desk: Desk, name: Hashable, make: Callable[[], Any]) -> Any:
    """Do as :func:`kept`, for whole frames: only the last two stay."""
    return _large.get((_key(desk), name), make)


def chosen(found: pd.DataFrame, which: str) -> pd.Series:
    """Return the mask of a list of the page over rows of :func:`screened`."""
    if which == "differ":
        return found["against_record"] == "differ"
    if which == "insufficient":
        return found["class"] == INSUFFICIENT
    if which == "idle":
        return found["idle_countdown_days"].notna() | suspected(found)
    if which == "again":
        return found["review_stale"]
    return pd.Series(True, index=found.index)


def low(found: pd.DataFrame) -> pd.Series:
    """Return where the class, as it stands, is one of low efficiency."""
    return ~found["class"].isin((INSUFFICIENT, NOT_LOW))


def suspected(found: pd.DataFrame) -> pd.Series:
    """Return where a parcel is suspected idle; unknown counts as no."""
    return found["suspected_idle"].astype("boolean").fillna(False).astype(bool)


def _verdict_key(desk: Desk) -> tuple[Hashable, ...]:
    return (desk.parcel_facts, desk.state_on, ruleset().id)


def _key(desk: Desk) -> tuple[Hashable, ...]:
    return (desk.facts, desk.state_on, ruleset().id)


def _reviewed(desk: Desk) -> pd.DataFrame:
    """Lay the reviews over the verdicts; a new review leaves the verdicts as they are."""
    found = _verdicts.get(
        _verdict_key(desk), lambda: screen(desk.parcels, ruleset=ruleset(), as_of=desk.as_of)
    )
    return reviewed(found, reviews(desk), desk.parcels, ruleset=ruleset())


def _with_record(found: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    recorded = parcels["low_class"].astype(object)
    recorded = recorded.where(recorded.notna(), None)
    told = recorded.notna().to_numpy(dtype=bool)
    same = told & (recorded == found["class"]).to_numpy(dtype=bool)
    unsure = (found["class"] == INSUFFICIENT).to_numpy(dtype=bool)
    against = np.select(
        [unsure, same, told], ["insufficient", "agree", "differ"], default="unrecorded"
    )
    table = found.assign(recorded_class=recorded, against_record=against.astype(object))
    return table.assign(attention=_attention(table))


def _attention(found: pd.DataFrame) -> np.ndarray:
    """Rank what wants a look: changed since reviewed, differing, idle, running out, unknown."""
    seen = found["review_verdict"].notna().to_numpy(dtype=bool)
    days = found["idle_countdown_days"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        soon = (days >= 0) & (days <= SOON_DAYS)
    wants = [
        found["review_stale"].to_numpy(dtype=bool),
        ~seen & (found["against_record"] == "differ").to_numpy(dtype=bool),
        ~seen & suspected(found).to_numpy(dtype=bool),
        ~seen & soon,
        ~seen & (found["class"] == INSUFFICIENT).to_numpy(dtype=bool),
        ~seen & low(found).to_numpy(dtype=bool),
    ]
    return np.select(wants, range(len(wants)), default=len(wants))
