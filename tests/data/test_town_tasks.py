"""Tasks of the towns: read whole or refused whole, and on record as of a day."""

import pytest

from data.asof import AsOf
from data.town_tasks import (
    TEMPLATE,
    TownTasksRefusedError,
    kept_tasks,
    read_town_tasks,
    tasks_change,
)
from data.towns import read_towns

TOWNS = tuple(read_towns()["name"])
HEAD = "年度,乡镇街道,任务（亩）,文件依据\n"


def test_the_template_is_empty_and_names_every_town(tmp_path):
    assert read_town_tasks(TEMPLATE, towns=TOWNS) == ()
    assert TEMPLATE.read_text("utf-8-sig").count("\n") == 1 + len(TOWNS)


def test_a_filled_table_is_read(tmp_path):
    file = tmp_path / "任务.csv"
    file.write_text(HEAD + "2026,塘下镇,500,会议纪要\n2026,莘塍街道,,\n2027,塘下镇,600,\n", "utf-8")
    this, following = read_town_tasks(file, towns=TOWNS)
    assert (this.year, dict(this.tasks_mu), this.source) == (2026, {"塘下镇": 500.0}, "会议纪要")
    assert following.total_mu == 600


def test_every_fault_is_listed_and_nothing_taken(tmp_path):
    file = tmp_path / "任务.csv"
    rows = "2026,不存在镇,500,\n2026,塘下镇,-3,\n年,莘塍街道,5,\n2026,东山街道,x,\n"
    file.write_text(HEAD + rows + "2026,汀田街道,5,\n2026,汀田街道,6,\n", "utf-8")
    with pytest.raises(TownTasksRefusedError) as refused:
        read_town_tasks(file, towns=TOWNS)
    told = str(refused.value)
    for word in ("不存在镇", "-3", "年度无法识别", "“x”", "重复填报", "第 2 行"):
        assert word in told
    assert "no such town" in refused.value.say("en")


def test_a_table_without_the_headings_is_refused(tmp_path):
    file = tmp_path / "任务.csv"
    file.write_text("镇,数\n塘下镇,5\n", "utf-8")
    with pytest.raises(TownTasksRefusedError, match="缺少列 年度"):
        read_town_tasks(file, towns=TOWNS)


def test_tasks_are_known_from_the_day_they_were_recorded(register, parcels, change, tmp_path):
    register.commit(change(parcels=parcels))
    file = tmp_path / "任务.csv"
    file.write_text(HEAD + "2026,塘下镇,500,\n", "utf-8")
    tables = read_town_tasks(file, towns=TOWNS)
    later = change(days=10).recorded_at
    register.commit(tasks_change(tables, who="李工", why="任务", recorded_at=later))
    kept = kept_tasks(register.read_meta(), 2026)
    assert kept is not None
    assert dict(kept.tasks_mu) == {"塘下镇": 500.0}
    before = AsOf(later.date(), change(days=9).recorded_at.date())
    assert kept_tasks(register.read_meta(before), 2026) is None
    assert register.verify().ok


def test_versions_know_from_when_until_when_they_held(register, parcels, change):
    register.commit(change(parcels=parcels))
    register.commit(change(days=5, parcels=parcels.assign(low_class="not_low").loc[["P1"]]))
    found = register.read_versions()
    mine = found[found["parcel_id"] == "P1"]
    assert mine["low_class"].tolist() == ["underused", "not_low"]
    days = [change(days=n).recorded_at.date() for n in (0, 5)]
    assert [day.date() for day in mine["known_from"]] == days
    assert mine["known_to"].iloc[0].date() == days[1]
    assert mine["known_to"].isna().iloc[1]
    then = register.read_versions(AsOf(days[1], days[0]))
    assert len(then) == len(parcels)
    assert then["known_to"].isna().all()
    assert register.read_versions(AsOf(days[0], days[0].replace(year=2020))).empty
