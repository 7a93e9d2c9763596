import pandas as pd
import pytest

from analysis.requirements import recorded_exemptions, requirements
from data.far_minimum import read_far_minimum
from data.rules import load_rules

RULES = load_rules()


def parcels(**columns):
    return pd.DataFrame(columns, index=pd.Index(["P1", "P2"], name="parcel_id"))


def lines(frame):
    far = pd.Series([0.5, 0.5], index=frame.index)
    return requirements(frame, far, rules=RULES, minimum=read_far_minimum())


def test_an_exemption_that_a_parcel_carries_stands_beside_its_gap():
    frame = parcels(
        planned_far=[1.0, 1.0],
        far_exemption=["airport", None],
        far_exemption_reason=["机场净空限高 24 m", None],
    )
    found = lines(frame)
    assert found["exempt"].tolist() == [True, False]
    assert found["exemption_reason"].tolist() == ["机场净空限高 24 m", None]
    assert found["below_contract"].tolist() == pytest.approx([1.0 - 0.5] * 2)


def test_an_exemption_without_a_reason_does_not_count_and_is_told():
    frame = parcels(far_exemption=["process", "other"], far_exemption_reason=[None, "文物保护"])
    assert lines(frame)["exempt"].tolist() == [False, True]
    told = recorded_exemptions(frame)[1]
    assert told[["id", "field"]].values.tolist() == [["P1", "far_exemption_reason"]]


def test_parcels_that_know_of_no_exemptions_have_none():
    assert lines(parcels(planned_far=[1.0, 1.0]))["exempt"].tolist() == [False, False]
