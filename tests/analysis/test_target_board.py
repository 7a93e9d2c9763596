from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.target_board import STATUSES, standing_actuals, tally, target_board
from data.targets import read_targets

ON = date(2026, 10, 31)


def told(*rows):
    table = pd.DataFrame(rows, columns=["target_id", "measured_on", "value"])
    days = pd.to_datetime(table["measured_on"])
    return table.assign(measured_on=days, source="月报", value=table["value"].astype(float))


def status(target, *rows, year=2026, on=ON):
    actuals = told(*((target, day, value) for day, value in rows))
    return target_board(read_targets(), actuals, state_on=on, year=year).loc[target, "status"]


def test_a_yearly_target_looks_at_the_actuals_of_its_year():
    rows = [("2025-12-31", 2_000), ("2026-09-30", 900)]
    assert status("LAND-01", *rows) == "running"
    assert status("LAND-01", *rows, year=2025) == "met"
    assert status("LAND-01", *rows, year=2024) == "no_actual"
    assert status("LAND-01", *rows, year=2027) == "ahead"


def test_what_is_asked_is_reached_exactly():
    assert status("LAND-01", ("2026-10-31", 1_800)) == "met"
    assert status("LAND-01", ("2026-10-31", 1_799.99)) == "running"
    assert status("CLU-07", ("2025-12-31", 1_000)) == "missed"  # 突破 means above
    assert status("CLU-07", ("2025-12-31", 1_000.1)) == "met"


def test_only_the_figure_of_the_last_day_says_that_it_was_missed():
    assert status("LAND-05", ("2023-11-30", 1_300)) == "not_final"
    assert status("LAND-05", ("2023-11-30", 1_300), ("2023-12-31", 1_340)) == "missed"
    assert status("LAND-05", ("2023-11-30", 1_350)) == "met"


def test_a_ratio_that_always_holds_is_missed_whenever_it_is_below():
    assert status("LAND-08", ("2026-06-30", 29.0)) == "missed"
    assert status("LAND-08", ("2026-06-30", 29.0), ("2026-09-30", 30.0)) == "met"


def test_nothing_is_said_where_nothing_can_be():
    assert status("CLU-01", ("2026-06-30", 1_000)) == "no_value"
    assert status("CLU-04", ("2027-06-30", 30), year=2027, on=date(2027, 7, 1)) == "no_value"
    assert status("MAC-02", ("2023-12-31", 8.1)) == "vague"
    assert status("BASE-01", ("2022-12-31", 381.1)) == "fact"
    assert status("CLU-10", ("2025-12-31", 16), year=2026) == "not_asked"


def test_a_day_to_come_is_not_known_yet():
    assert status("LAND-01", ("2026-11-30", 1_900)) == "no_actual"


def test_a_withdrawn_figure_does_not_count():
    assert status("LAND-01", ("2026-09-30", 1_900), ("2026-09-30", None)) == "no_actual"
    rows = told(("LAND-01", "2026-09-30", 1.0), ("LAND-01", "2026-09-30", 2.0))
    assert standing_actuals(rows)["value"].tolist() == [2.0]


def test_every_target_has_one_status_and_an_unknown_share_is_not_zero():
    board = target_board(read_targets(), told(), state_on=ON, year=2026)
    assert len(board) == 107
    assert set(board["status"]) <= set(STATUSES)
    assert sum(tally(board).values()) == 107
    assert board["share"].isna().all()
    assert np.isnan(board.loc["CLU-01", "value"])


def test_the_share_is_actual_over_value():
    board = target_board(read_targets(), told(("LAND-01", ON, 450)), state_on=ON, year=2026)
    assert board.loc["LAND-01", "share"] == pytest.approx(450 / 1_800)
