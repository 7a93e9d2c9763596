import shutil
from datetime import date

import pytest

from data import schema
from data.errors import RulesFaultyError, TownsFaultyError
from data.rules import RULESETS, load_rules
from data.towns import TOWNS_FILE, read_towns


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(RULESETS, tmp_path / "rules")


def test_the_shipped_rules_hold_the_task_and_say_where_it_comes_from():
    rules = load_rules()
    assert rules.annual_target_mu == 1_800
    assert rules.annual_target.source == "瑞政办〔2023〕49号"
    assert rules.annual_target.quote == "每年完成低效工业用地改造开发1800亩以上"
    assert [rules.target_mu(y) for y in (2022, 2023, 2027, 2028)] == [None, 1_800, 1_800, None]
    assert [line.value for line in rules.far_lines.values()] == [2.0, 3.0]
    assert rules.far_lines["general"].valid_from == date(2023, 5, 18)


def test_every_mode_earns_credit_at_one_stage_and_the_sentence_says_so():
    rules = load_rules()
    assert set(rules.credit.stage_by_mode) == set(schema.enum_codes("renewal_mode"))
    assert rules.credit.stage_for("acquire") == "demolished"
    assert rules.credit.stage_for("raise_far") == "started"
    assert rules.credit.stage_for(None) is None
    assert rules.credit.tag == "G"
    assert "由主管部门选定" in rules.credit.sentence("zh")
    assert "proposed default" in rules.credit.sentence("en")


def test_stages_stand_in_the_order_of_the_workflow():
    rules = load_rules()
    assert [s.code for s in rules.stages] == list(schema.enum_codes("stage"))
    assert rules.stage_order["demolished"] < rules.stage_order["supplied"]
    assert {m.stage for m in rules.milestones} == {"demolished", "supplied", "started"}


def test_the_id_names_the_content_and_not_the_layout(folder):
    before = load_rules(folder).id
    file = folder / "targets.toml"
    file.write_text("# another remark\n" + file.read_text("utf-8"), "utf-8")
    assert load_rules(folder).id == before == load_rules().id
    file.write_text(file.read_text("utf-8").replace("1800\n", "1801\n"), "utf-8")
    assert load_rules(folder).id != before


def test_a_value_without_unit_or_source_does_not_load_and_all_faults_are_told(folder):
    for name, gone in (
        ("targets.toml", 'unit = "mu"\n'),
        ("far_lines.toml", 'source = "瑞政办〔2023〕49号"\n'),
        ("credit.toml", 'supply = "supplied"\n'),
    ):
        file = folder / name
        file.write_text(file.read_text("utf-8").replace(gone, ""), "utf-8")
    file = folder / "credit.toml"
    file.write_text(file.read_text("utf-8").replace('urge = "started"', 'urge = "lost"'), "utf-8")
    with pytest.raises(RulesFaultyError) as caught:
        load_rules(folder)
    for lang in ("zh", "en"):
        told = caught.value.say(lang)
        for fault in (
            "target.annual_renewal: unit", "far_line.general: source", "far_line.pilot: source",
            "credit: supply", "credit.urge: stage lost",
        ):  # fmt: skip
            assert fault in told


def test_broken_toml_is_a_fault_among_others(folder):
    (folder / "credit.toml").write_text("[credit\n", "utf-8")
    with pytest.raises(RulesFaultyError, match=r"credit\.toml"):
        load_rules(folder)


def test_twenty_three_towns_have_both_codes_and_a_place():
    towns = read_towns()
    assert len(towns) == 12 + 9 + 2
    cloud = towns.set_index("name").loc["云周街道"]
    assert (cloud.stat_code, cloud.civil_code) == ("330381013", "330381012000")
    assert towns["lon"].between(120.2, 121.3).all()
    assert towns["lat"].between(27.5, 28.1).all()


def test_a_faulty_table_of_towns_is_refused(tmp_path):
    file = tmp_path / "towns.csv"
    file.write_text(TOWNS_FILE.read_text("utf-8").replace("330381002,", "330381001,"), "utf-8")
    with pytest.raises(TownsFaultyError, match="stat_code"):
        read_towns(file)
