import shutil

import pytest

from data.targets import FOLDER, GROUPS, TargetsFaultyError, read_period, read_targets


def test_every_target_of_the_plan_is_there_with_sentence_and_source():
    found = read_targets()
    assert len(found.table) == 107
    assert found.table.index.is_unique
    assert (found.table["quote"] != "").all()
    assert set(found.table["source"]) <= set(found.sources)
    assert tuple(dict.fromkeys(found.table["group"])) == GROUPS


def test_lost_digits_stay_lost():
    table = read_targets().table
    assert table.index[table["value"].isna()].tolist() == ["CLU-01"]
    assert "C1" in table.loc["CLU-01", "conflicts"]


def test_all_fourteen_conflicts_are_told_in_both_languages():
    conflicts = read_targets().conflicts
    assert [c.id for c in conflicts] == [f"C{n}" for n in range(1, 15)]
    assert all(c.say("zh") and c.say("en") and c.targets for c in conflicts)


@pytest.mark.parametrize(
    ("text", "kind", "first", "last"),
    [
        ("annual 2023-2027", "annual", 2023, 2027),
        ("2023-2027 cumulative", "cumulative", 2023, 2027),
        ("standing 2023-2027", "standing", 2023, 2027),
        ("to 2025", "to", 2025, 2025),
        ("2027", "year", 2027, 2027),
        ("2023 (计划正文未写年份)", "year", 2023, 2023),
    ],
)
def test_periods_are_read_as_they_are_written(text, kind, first, last):
    found = read_period(text)
    assert (found.kind, found.first, found.last) == (kind, first, last)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (",1800,亩,>=,annual", ",many,亩,>=,annual"),
        (",1800,亩,>=,annual", ",1800,亩,<,annual"),
        ("annual 2023-2027", "some day"),
        ("LAND-02,", "LAND-01,"),
        ("LAND-02,", "SEA-02,"),
        ("plan_2023", "nowhere"),
    ],
)
def test_a_faulty_list_is_refused(tmp_path, old, new):
    for name in ("targets.csv", "targets.toml"):
        shutil.copy(FOLDER / name, tmp_path)
    file = tmp_path / "targets.csv"
    file.write_text(file.read_text("utf-8-sig").replace(old, new, 1), "utf-8")
    with pytest.raises(TargetsFaultyError):
        read_targets(tmp_path)


def test_a_conflict_about_an_unknown_target_is_refused(tmp_path):
    for name in ("targets.csv", "targets.toml"):
        shutil.copy(FOLDER / name, tmp_path)
    file = tmp_path / "targets.toml"
    file.write_text(file.read_text("utf-8").replace('["PLAT-01"]', '["PLAT-99"]'), "utf-8")
    with pytest.raises(TargetsFaultyError, match="PLAT-99"):
        read_targets(tmp_path)


def test_a_missing_or_broken_file_is_refused(tmp_path):
    with pytest.raises(TargetsFaultyError):
        read_targets(tmp_path)
    shutil.copy(FOLDER / "targets.csv", tmp_path)
    (tmp_path / "targets.toml").write_text("[conflict", "utf-8")
    with pytest.raises(TargetsFaultyError):
        read_targets(tmp_path)
