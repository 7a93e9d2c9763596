"""Whatever is recorded later: what was known on a day can be told again, figure by figure."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from analysis.movement import closing_gap, movement
from analysis.progress import progress
from data.asof import AsOf
from data.errors import DataError
from data.lineage import carried_events
from data.register import Change, Register
from data.rules import load_rules
from gis.area import M2_PER_MU, ellipsoidal_area_m2

RULES = load_rules()
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
HUNDREDTH = 0.01 * M2_PER_MU
STEP = 0.001
WIDTHS = {"P": (0, 4), "Q": (4, 6), "R": (6, 7)}
FACTS = {"town": "塘下镇", "low_class": "underused", "renewal_mode": "acquire", "far": 1.0}

stages = st.sampled_from(["listed", "signed", "demolished", "supplied", "started"])
steps = st.lists(
    st.tuples(
        st.sampled_from(["event", "event", "reverse", "split", "class", "mode"]),
        st.integers(0, 9),
        stages,
        st.sampled_from([None, 500.0, 4_000.0]),
    ),
    min_size=2,
    max_size=7,
)


def strip(first, last):
    return box(120.6 + first * STEP, 27.7, 120.6 + last * STEP, 27.701)


def land(shapes, facts):
    frame = gpd.GeoDataFrame(
        facts,
        index=pd.Index(list(shapes), name="parcel_id"),
        geometry=[
            box(120.6 + a * STEP, 27.7, 120.6 + b * STEP, 27.701) for a, b in shapes.values()
        ],
        crs=4490,
    )
    return frame.assign(geometry_area_m2=ellipsoidal_area_m2(frame.geometry))


def apply(register, widths, number, step):
    """Commit one random change on a day of its own; what the register refuses did not happen."""
    kind, pick, stage, area = step
    moment = START + timedelta(days=20 * number)
    name = sorted(widths)[pick % len(widths)]
    parts = {}
    if kind == "event":
        row = {"parcel_id": name, "stage": stage, "occurred_on": moment.date(), "area_m2": area}
        parts["events"] = pd.DataFrame([row | {"doc_no": f"文{number}"}])
    elif kind == "reverse":
        events = register.read_events()
        if events.empty:
            return
        parts["events"] = pd.DataFrame([{"reverses": events["event_id"].iloc[pick % len(events)]}])
    elif kind == "split":
        first, last = widths.pop(name)
        halves = {f"{name}a": (first, (first + last) / 2), f"{name}b": ((first + last) / 2, last)}
        parts["parcels"] = land(
            halves, {**FACTS, "low_class": "not_low" if pick % 2 else "built_idle"}
        )
        parts["removed"] = [name]
        parts["lineage"] = pd.DataFrame({"parent_id": name, "child_id": list(halves)})
        widths |= halves
    else:
        told = {"class": {"low_class": "not_low"}, "mode": {"renewal_mode": "urge"}}[kind]
        parts["parcels"] = land({name: widths[name]}, FACTS | told)
    try:
        register.commit(Change(kind, "李工", "测试", moment, **parts))
    except DataError:
        assert kind in ("event", "reverse")


def figures(register, known_on):
    """Return the year's document and the movement as known on a day."""
    as_of = AsOf(date(2026, 12, 31), known_on)
    parcels = register.read_parcels(as_of)
    dues = {mark.due_field: pd.NaT for mark in RULES.milestones}
    events = carried_events(register.read_events(as_of), parcels, register.lineage_parts(as_of))
    common = {"rules": RULES, "year": 2026, "as_of": as_of}
    year = progress(parcels.assign(**dues), events, **common)
    versions, lineage = register.read_versions(as_of), register.lineage(as_of)
    return year, movement(versions, events, parcels, lineage=lineage, **common)


@given(steps, st.integers(0, 6))
@settings(max_examples=12, deadline=None, phases=(Phase.generate,))
def test_figures_known_then_never_change_and_always_close(told, cut):
    with (
        tempfile.TemporaryDirectory() as folder,
        Register.open(Path(folder) / "w", create=True) as register,
    ):
        widths = dict(WIDTHS)
        register.commit(Change("t", "李工", "测试", START, parcels=land(widths, FACTS)))
        cut = min(cut, len(told) - 1)
        for number, step in enumerate(told[:cut], start=1):
            apply(register, widths, number, step)
        known = (START + timedelta(days=20 * cut)).date()
        year, moved = figures(register, known)
        for number, step in enumerate(told[cut:], start=cut + 1):
            apply(register, widths, number, step)
        again, moved_again = figures(register, known)
        assert again.to_json() == year.to_json()
        pd.testing.assert_frame_equal(moved_again.by_town, moved.by_town)
        last, table = figures(register, None)
        for rows in (moved.by_town, table.by_town, table.by_month):
            assert (closing_gap(rows).abs() < HUNDREDTH).all()
        assert table.by_month["renewed_m2"].sum() == pytest.approx(last.credited_m2)
        area = sum(ellipsoidal_area_m2(land(WIDTHS, FACTS).geometry))
        assert last.credited_m2 <= area + 1
        assert np.isfinite(table.by_month.to_numpy(dtype=float)).all()
