"""Two ledgers side by side: which rows are the same land, where they differ, who resolves it."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from analysis.ledgers_compare import compare_ledgers, difference_totals, resolution_of
from analysis.ledgers_match import owner_names
from data.errors import RulesFaultyError
from data.ledger_rules import NoSuchDifferenceError, load_ledger_rules
from data.ledgers import resolution_meta, resolutions

MU = 2_000 / 3
RULES = load_ledger_rules()
CODE = "91330381MA2ABCDE0X"


def ledger(*rows, **columns):
    names = ("parcel_id", "owner", "registered_area_m2", "low_class", "stage")
    frame = pd.DataFrame(rows, columns=list(names))
    return frame.assign(**columns)


def row(code="P1", owner="甲厂", area=6_000.0, low="underused", stage="listed"):
    return (code, owner, area, low, stage)


def compared(jx, zg, parcels=None, **more):
    return compare_ledgers(jx, zg, parcels, rules=RULES, **more)


def told(found):
    return found.differences[["parcel_id", "field", "bureau"]].values.tolist()


def squares(*ids):
    shapes = [
        box(560_000 + 200 * n, 3_074_000, 560_100 + 200 * n, 3_074_100) for n in range(len(ids))
    ]
    frame = gpd.GeoDataFrame({"parcel_name": ids}, geometry=shapes, index=list(ids), crs=4549)
    return frame.to_crs(4490)


def test_the_same_ledger_twice_has_no_difference():
    both = ledger(row(), row("P2", "乙厂"))
    found = compared(both, both)
    assert found.differences.empty
    assert found.pairs["matched_by"].tolist() == ["code", "code"]


def test_each_field_is_told_with_its_size_and_its_bureau():
    jx = ledger(row(area=9 * MU, owner="丙厂", low="built_idle", stage="demolished"))
    zg = ledger(row(area=6 * MU, low="underused"))
    found = compared(jx, zg)
    assert told(found) == [
        ["P1", "area", "zg"], ["P1", "owner", "zg"], ["P1", "class", "jx"], ["P1", "stage", "jx"],
    ]  # fmt: skip
    sizes = (found.differences["size_m2"] / MU).round(6).tolist()
    assert sizes == [9 - 6, 6, 6, 6]


def test_land_not_supplied_or_not_used_is_for_the_land_bureau_to_establish():
    found = compared(ledger(row(low="supplied_unused")), ledger(row()))
    assert told(found) == [["P1", "class", "zg"]]


def test_what_one_bureau_does_not_know_is_no_difference():
    found = compared(ledger(row(area=None, low=None, stage=None)), ledger(row(owner=None)))
    assert found.differences.empty


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [(100 * MU, 100.9 * MU), (1 * MU, 1.09 * MU)],
)
def test_areas_within_the_tolerance_agree(mine, theirs):
    assert compared(ledger(row(area=mine)), ledger(row(area=theirs))).differences.empty


@pytest.mark.parametrize("ratio", [15, 10_000, MU, 1 / MU])
def test_areas_apart_by_a_ratio_of_units_are_told_so(ratio):
    found = compared(ledger(row(area=101 * MU * ratio)), ledger(row(area=100 * MU))).differences
    assert found["unit_ratio"].tolist() == pytest.approx([ratio])
    assert found["size_m2"].tolist() == pytest.approx([(101 - 100) * MU])


def test_the_polygon_tells_which_area_is_in_another_unit():
    parcels = squares("P1", "P2", "P3")  # 10,000 m² each, not quite on the ellipsoid
    jx = ledger(row(area=10_100.0), row("P2", area=8_000 * MU), row("P3", low="built_idle"))
    zg = ledger(row(area=8_200 * MU), row("P2", area=9_900.0), row("P3", area=9_000 * MU))
    found = compared(jx, zg, parcels).differences.set_index(["parcel_id", "field"])
    assert found["unit_ratio"].dropna().tolist() == pytest.approx([1 / MU, MU, 1 / MU])
    assert found.loc[("P1", "area"), "size_m2"] == pytest.approx(10_100 - 8_200)
    assert found.loc[("P2", "area"), "size_m2"] == pytest.approx(9_900 - 8_000)
    assert found.loc[("P3", "area"), "size_m2"] == pytest.approx(9_000 - 6_000)
    assert found.loc[("P3", "class"), "size_m2"] == pytest.approx(9_000)
    assert found["zg"].loc[("P1", "area")] == pytest.approx(8_200 * MU)  # as the ledger has it


def test_land_on_one_ledger_alone_counts_in_its_right_unit():
    found = compared(ledger(row(area=9_000 * MU)), ledger(), squares("P1")).differences
    assert found["size_m2"].tolist() == pytest.approx([9_000])
    assert found["unit_ratio"].tolist() == pytest.approx([MU])


def test_a_row_without_its_code_is_found_by_the_firm():
    jx = ledger(row(code=None), row(code=None, owner="乙（瑞安）厂"))
    zg = ledger(row("P1"), row("P2", "乙(瑞安)厂 "))
    jx["owner_uscc"], zg["owner_uscc"] = [CODE, None], [CODE, None]
    found = compared(jx, zg)
    assert found.pairs["matched_by"].tolist() == ["uscc", "name"]
    assert found.pairs["parcel_id"].tolist() == ["P1", "P2"]


def test_of_several_plots_of_a_firm_the_one_of_the_same_area_is_taken():
    zg = ledger(row("P1", area=4_000.0), row("P2", area=6_000.0))
    assert compared(ledger(row(None, area=6_000.0)), zg).pairs["parcel_id"].tolist() == ["P2"]
    unsure = compared(ledger(row(None, area=5_000.0)), zg)
    assert unsure.pairs.empty
    assert unsure.open.empty
    assert told(unsure) == [
        ["P1", "only_zg", "jx"],
        ["P2", "only_zg", "jx"],
        [None, "only_jx", "zg"],
    ]


def test_two_parcels_on_record_are_never_taken_for_one():
    parcels = squares("P1", "P2")
    found = compared(ledger(row("P1")), ledger(row("P2")), parcels)
    assert found.pairs.empty
    outdated = compared(ledger(row("OLD")), ledger(row("P2")), parcels)
    assert told(outdated) == [["P2", "code", "zg"]]


def test_shapes_tell_the_same_land_where_nothing_else_does():
    parcels = squares("P1", "P2")
    own = parcels.geometry.to_crs(4549).translate(10, 0).to_crs(4490)
    jx = gpd.GeoDataFrame(
        ledger(row(None, "丁厂"), row(None, "戊厂")), geometry=own.to_numpy(), crs=4490
    )
    found = compared(jx, ledger(row("P1"), row("P2", "乙厂")), parcels)
    assert found.pairs["matched_by"].tolist() == ["overlap", "overlap"]
    assert found.pairs["parcel_id"].tolist() == ["P1", "P2"]


def test_land_that_only_the_land_bureau_has_counts_when_it_is_of_a_low_class():
    zg = ledger(row("P1"), row("P2", "乙厂"), row("P3", "丙厂", low="not_low"))
    found = compared(ledger(row("P1")), zg)
    assert told(found) == [["P2", "only_zg", "jx"]]


def test_a_code_that_comes_twice_is_counted_and_not_compared():
    assert compared(ledger(row(), row(area=1.0)), ledger(row())).repeated == 1


def test_what_was_agreed_holds_until_a_ledger_says_something_else():
    jx, zg = ledger(row(area=9_000.0)), ledger(row())
    found = compared(jx, zg)
    one = resolution_of(found, "P1", "area", "以登记为准", "纪要3号")
    kept = resolutions({"county": "x"} | resolution_meta([one]))
    agreed = compared(jx, zg, resolved=kept)
    assert agreed.open.empty
    assert agreed.differences["document"].tolist() == ["纪要3号"]
    again = compared(ledger(row(area=9_500.0)), zg, resolved=kept)
    assert len(again.open) == 1
    with pytest.raises(NoSuchDifferenceError):
        resolution_of(agreed, "P1", "area", "再议", "纪要4号")


def test_totals_keep_open_and_resolved_apart():
    jx, zg = (
        ledger(row(area=9 * MU), row("P2", area=8 * MU)),
        ledger(row(area=6 * MU), row("P2", area=6 * MU)),
    )
    one = resolution_of(compared(jx, zg), "P1", "area", "以登记为准", "纪要3号")
    sums = difference_totals(compared(jx, zg, resolved=[one]).differences).iloc[0]
    assert (sums["differences"], sums["open"]) == (2, 1)
    assert (sums["size_m2"] / MU, sums["open_size_m2"] / MU) == pytest.approx((3 + 2, 2))


names = st.sampled_from(["甲厂", "乙厂", "丙厂、丁厂", None])
codes = st.sampled_from(["P1", "P2", "P3", None])
tables = st.lists(
    st.tuples(
        codes,
        names,
        st.sampled_from([None, 600.0, 6_000.0]),
        st.sampled_from(["underused", None]),
        st.just(None),
    ),
    max_size=5,
)


@settings(max_examples=25)
@given(tables, tables)
def test_a_row_is_paired_once_and_none_is_lost(left, right):
    jx, zg = ledger(*left), ledger(*right)
    found = compared(jx, zg)
    assert found.pairs["jx"].is_unique
    assert found.pairs["zg"].is_unique
    repeated = sum(frame["parcel_id"].dropna().duplicated().sum() for frame in (jx, zg))
    assert found.repeated == repeated
    assert len(found.pairs) + found.only_jx == len(jx) - jx["parcel_id"].dropna().duplicated().sum()


def test_owner_cells_of_several_are_names_apart():
    assert owner_names("甲厂、乙厂等5户") == {"甲厂", "乙厂"}
    assert owner_names("王*") == frozenset()


def test_rules_without_a_source_do_not_load(tmp_path):
    broken = tmp_path / "ledgers.toml"
    broken.write_text("[area_share]\nvalue = 0.01\n", "utf-8")
    with pytest.raises(RulesFaultyError, match="area_share: unit"):
        load_ledger_rules(broken)
