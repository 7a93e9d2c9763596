"""Saved blocks and scenarios: every saving stays on record, one scenario is the plan of a year."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from postgis_tools import alter

from data import saved_blocks, scenarios
from data.asof import AsOf
from data.errors import ChangeRefusedError, ConflictError
from data.undo import NothingToUndoError, prepare_undo

FIRST = datetime(2023, 1, 5, 9, tzinfo=UTC)


def head(day=1, who="李工"):
    return {"who": who, "recorded_at": FIRST + timedelta(days=day)}


def save_block(register, name, ids, day=1, **more):
    return register.commit(saved_blocks.save_change(name, ids, **head(day), **more))


def save(register, name="甲", day=1, mu=1_800.0, **more):
    given = {
        "inputs": {"task_mu": mu, "limit_wan": float("nan")},
        "answer": {"status": "optimal", "years": [{"year": 2027, "area_mu": mu}]},
        "rules_id": "abc123",
        "seen_version": 1,
    }
    return register.commit(scenarios.save_change(name, **{**given, **head(day), **more}))


def adopt(register, name, year, day=2):
    found = {one.name: one for one in scenarios.standing_scenarios(register.read_scenarios())}
    return register.commit(scenarios.adopt_change(found[name], year, **head(day, "王局")))


def blocks_of(register, as_of=None):
    found = saved_blocks.standing_blocks(register.read_saved_blocks(as_of))
    return found["parcel_ids"].to_dict()


def names(register):
    return [one.name for one in scenarios.standing_scenarios(register.read_scenarios())]


def plan(register, year=2027):
    found = scenarios.plan_of(register.read_scenarios(), year)
    return found and found.scenario.name


def undo(register, number, day):
    done = prepare_undo(
        register, number, who="王工", recorded_at=FIRST + timedelta(days=day), why="存错了"
    )
    register.commit(done.change)


def refused(register, change):
    before = register.version
    with pytest.raises(ChangeRefusedError) as caught:
        register.commit(change)
    assert register.version == before
    return str(caught.value)


def test_a_block_is_saved_in_versions_and_can_be_taken_away(filled):
    save_block(filled, "东片", ["P2", "P1", "P2"])
    save_block(filled, "西片", ["P3"], 2, note="等控规")
    save_block(filled, "东片", ["P1", "P3"], 3)
    assert blocks_of(filled) == {"东片": ("P1", "P3"), "西片": ("P3",)}
    standing = saved_blocks.standing_blocks(filled.read_saved_blocks())
    assert standing["versions"].tolist() == [2, 1]
    assert saved_blocks.in_several(standing)["names"].to_dict() == {"P3": ("东片", "西片")}
    filled.commit(saved_blocks.withdraw_change("西片", **head(4)))
    assert list(blocks_of(filled)) == ["东片"]
    assert len(filled.read_saved_blocks()) == 4
    before = AsOf(date(2030, 1, 1), date(2023, 1, 7))
    assert blocks_of(filled, before) == {"东片": ("P1", "P2"), "西片": ("P3",)}
    assert filled.verify().ok


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "东片", "parcel_ids": '["P9"]'}, "不在册"),
        ({"name": "东片", "parcel_ids": "P1"}, "不是宗地清单"),
        ({"name": "东片", "parcel_ids": "[]"}, "不是宗地清单"),
        ({"name": " ", "parcel_ids": '["P1"]'}, "没有名称"),
        ({"name": "东" * 61, "parcel_ids": '["P1"]'}, "超过 60 字"),
        ({"name": "别片", "parcel_ids": None}, "没有这个连片"),
    ],
)
def test_a_faulty_block_is_refused(filled, change, row, said):
    assert said in refused(filled, change(1, saved_blocks=pd.DataFrame([row], dtype=object)))


def test_a_scenario_comes_back_as_it_was_saved(filled):
    save(filled, mu=1_750.5)
    (found,) = scenarios.standing_scenarios(filled.read_scenarios())
    assert found.inputs == {"task_mu": 1_750.5, "limit_wan": None}
    assert found.answer["years"] == [{"year": 2027, "area_mu": 1_750.5}]
    assert (found.rules_id, found.seen_version, found.who) == ("abc123", 1, "李工")


def test_the_plan_of_a_year_is_the_scenario_adopted_last(filled):
    save(filled, "甲")
    save(filled, "乙", 2)
    adopt(filled, "甲", 2027, 3)
    adopt(filled, "乙", 2027, 4)
    adopt(filled, "甲", 2028, 5)
    assert [(p.year, p.scenario.name, p.who) for p in scenarios.plans(filled.read_scenarios())] == [
        (2027, "乙", "王局"),
        (2028, "甲", "王局"),
    ]
    assert "不能撤下" in refused(filled, scenarios.withdraw_change("乙", **head(6)))
    filled.commit(scenarios.release_change(2027, **head(6)))
    filled.commit(scenarios.withdraw_change("乙", **head(7)))
    assert (plan(filled), plan(filled, 2028), names(filled)) == (None, "甲", ["甲"])
    assert filled.verify().ok


def test_saving_again_does_not_change_the_plan_that_was_adopted(filled):
    save(filled, "甲", mu=1_800.0)
    adopt(filled, "甲", 2027)
    save(filled, "甲", 3, mu=900.0)
    adopted = scenarios.plan_of(filled.read_scenarios(), 2027)
    assert adopted.scenario.inputs["task_mu"] == 1_800.0
    assert names(filled) == ["甲"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "saved", "name": "甲", "inputs": "[]", "answer": "{}"}, "条件不是对象"),
        ({"kind": "saved", "inputs": "{}", "answer": "{}"}, "没有名称"),
        ({"kind": "adopted", "year": 2027, "adopts": 7}, "没有这个方案"),
        ({"kind": "adopted", "year": 1827, "adopts": 1}, "年份不合理"),
        ({"kind": "released", "year": 2027}, "没有采用方案"),
        ({"kind": "lost"}, "种类未知"),
        (
            {"kind": "saved", "name": "甲", "inputs": "{}", "answer": "{}", "seen_version": 9},
            "版本",
        ),
    ],
)
def test_a_faulty_scenario_is_refused(filled, change, row, said):
    assert said in refused(filled, change(1, scenarios=pd.DataFrame([row], dtype=object)))


def test_undoing_gives_blocks_and_plans_back(filled):
    save_block(filled, "东片", ["P1"])
    second = save_block(filled, "东片", ["P1", "P2"], 2)
    save(filled, "甲", 3)
    first = adopt(filled, "甲", 2027, 4)
    save(filled, "乙", 5)
    other = adopt(filled, "乙", 2027, 6)
    undo(filled, other, 7)
    assert plan(filled) == "甲"
    with pytest.raises(NothingToUndoError):  # it was said again since
        undo(filled, first, 8)
    undo(filled, second, 9)
    assert blocks_of(filled) == {"东片": ("P1",)}
    undo(filled, 6, 11)
    assert names(filled) == ["甲"]
    assert filled.verify().ok


def test_two_who_save_the_same_block_at_once_hear_of_each_other(filled):
    seen = filled.version
    save_block(filled, "东片", ["P1"], based_on=seen)
    with pytest.raises(ConflictError) as caught:
        save_block(filled, "东片", ["P1", "P2"], 2, based_on=seen)
    assert "东片 的连片" in str(caught.value)
    save_block(filled, "西片", ["P1", "P2"], 3, based_on=seen)


def test_altered_blocks_and_scenarios_are_found(filled):
    save_block(filled, "东片", ["P1"])
    save(filled, day=2)
    alter(filled, "UPDATE saved_block SET parcel_ids = '[\"P3\"]'")
    alter(filled, "UPDATE scenario SET who = '别人'")
    said = " ".join(map(str, filled.verify().faults))
    assert "第 2 次变更" in said
    assert "方案 1" in said
