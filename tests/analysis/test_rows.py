"""Texts as numbers: the figures are the same, whatever the events' columns are made of."""

from __future__ import annotations

from datetime import date

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.desk import desk_frame
from analysis.progress import progress
from analysis.rows import coded, rows_of
from data.asof import AsOf
from data.rules import load_rules

IDS = ("P1", "P2", "P3", "Q9")
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(IDS),
        st.sampled_from([stage.code for stage in load_rules().stages]),
        st.integers(0, 700),
        st.one_of(st.none(), st.floats(1, 20_000)),
    ),
    max_size=12,
)


def table_of(rows):
    table = pd.DataFrame(rows, columns=["parcel_id", "stage", "day", "area_m2"])
    return table.assign(
        event_id=range(1, len(rows) + 1),
        parcel_id=table["parcel_id"].astype("str"),
        stage=table["stage"].astype("str"),
        occurred_on=pd.Timestamp("2025-01-01") + pd.to_timedelta(table["day"].astype(int), "D"),
        area_m2=table["area_m2"].astype(float),
        doc_no=pd.Series(None, index=table.index, dtype="str"),
        reverses=pd.Series(None, index=table.index, dtype="Int64"),
    )


@given(EVENTS, st.permutations(IDS[:3]))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_coded_events_in_any_order_give_the_same_desk_and_year(parcels_of, rules, rows, order):
    parcels = parcels_of(P1={}, P2={"renewal_mode": "urge"}, P3={"renewal_mode": None})
    events = table_of(rows)
    wanted = {"rules": rules, "year": 2026, "as_of": AsOf(date(2026, 9, 30))}
    desk = desk_frame(parcels, events, **wanted)
    year = progress(parcels, events, **wanted).to_json()
    mixed = parcels.loc[list(order)]
    again = desk_frame(mixed, coded(events), **wanted)
    pd.testing.assert_frame_equal(pd.DataFrame(again.loc[parcels.index]), pd.DataFrame(desk))
    assert progress(parcels, coded(events).iloc[::-1], **wanted).to_json() == year


def test_a_coded_column_finds_its_rows_and_says_what_it_does_not_know():
    ids = coded(pd.DataFrame({"parcel_id": pd.array(["P2", None, "X"], dtype="str")}))["parcel_id"]
    assert rows_of(ids, pd.Index(["P1", "P2"])).tolist() == [1, -1, -1]
