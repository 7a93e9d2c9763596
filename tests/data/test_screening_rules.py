from datetime import date

import pytest

from data import schema
from data.errors import RulesFaultyError
from data.screening_rules import SHIPPED, Clock, load_screening_rules, parse_screening_rules

RULES = load_screening_rules()
TODAY = date(2026, 10, 31)

MINI = """
[screening.term.share]
ratio = ["started_area_m2", "startable_area_m2"]
label_zh = "占比"
label_en = "Share"

[screening.rule.one]
class = "underused"
priority = 1
test = { field = "share", op = "lt", value = "1/3", unit = "share" }
clause = "某条"
source = "某文"
tag = "G"
valid_from = 2020-01-01
sentence_zh = "{value} {threshold}"
sentence_en = "{value} {threshold}"
"""


def refused(text):
    with pytest.raises(RulesFaultyError) as caught:
        parse_screening_rules(text)
    return caught.value


def test_every_shipped_rule_says_where_it_comes_from_and_since_when():
    for rule in RULES.rules:
        assert rule.clause
        assert rule.source
        assert rule.tag in schema.TAGS
        assert (rule.low_class is None) != (rule.flag is None)


def test_the_national_test_is_a_flag_with_its_three_figures():
    idle = [rule for rule in RULES.rules if rule.flag == "suspected_idle"]
    assert {rule.clock for rule in idle} == {
        Clock("due_start_on", 1, "year"), Clock("stopped_on", 1, "year"),
    }  # fmt: skip
    limits = {rule.id: rule.test.value for rule in idle if rule.test is not None}
    assert limits == {"idle_underdeveloped": 1 / 3, "idle_underinvested": 25 / 100}
    assert all(rule.valid_from == date(2012, 7, 1) for rule in idle)
    assert all("疑似闲置" in rule.sentence_zh for rule in idle)


def test_thresholds_that_nobody_published_ship_empty_and_are_listed_as_inactive():
    assert [rule.id for rule in RULES.inactive(TODAY)] == [
        "underused_area", "high_consumption_energy",
    ]  # fmt: skip
    assert all(rule.unset for rule in RULES.inactive(TODAY))


def test_a_filled_threshold_brings_its_rule_into_force():
    text = RULES.text.replace(
        'field = "built_share", op = "lt", unit',
        'field = "built_share", op = "lt", value = 0.5, unit',
    )
    assert "underused_area" in [rule.id for rule in parse_screening_rules(text).in_force(TODAY)]


def test_every_class_of_the_issue_has_a_rule():
    assert {rule.low_class for rule in RULES.rules} == {
        "approved_unsupplied", "supplied_unused", "built_idle", "underused", "below_agreed", None,
    }  # fmt: skip


def test_before_its_day_a_rule_is_not_in_force():
    assert RULES.in_force(date(2012, 6, 30)) == ()
    assert len(RULES.in_force(date(2012, 7, 1))) == 3


def test_thresholds_are_brought_to_stored_units():
    text = MINI.replace('field = "share", op = "lt", value = "1/3", unit = "share"',
                        'field = "built_area_m2", op = "lt", value = 3, unit = "mu"')  # fmt: skip
    assert parse_screening_rules(text).rules[0].test.value == pytest.approx(3 * 2000 / 3)
    assert parse_screening_rules(MINI).rules[0].test.value == 1 / 3


def test_the_id_names_the_content_and_not_the_remarks():
    assert parse_screening_rules("# remark\n" + MINI).id == parse_screening_rules(MINI).id
    assert parse_screening_rules(MINI.replace("1/3", "1/4")).id != parse_screening_rules(MINI).id


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ('field = "share"', 'field = "nonsense"', "unknown field nonsense"),
        ('unit = "share"', 'unit = "m2"', "unit m2"),
        (', unit = "share"', "", "unit missing"),
        ('op = "lt"', 'op = "about"', "operator about"),
        ('value = "1/3"', 'value = "third"', "third is no number"),
        ('value = "1/3"', 'value = "1/0"', "1/0 is no number"),
        ('source = "某文"\n', "", "source missing"),
        ('clause = "某条"\n', "", "clause missing"),
        ("valid_from = 2020-01-01\n", "", "valid_from missing"),
        ("valid_from = 2020-01-01", 'valid_from = "2020"', "no date"),
        ('tag = "G"', 'tag = "Z"', "tag Z"),
        ('class = "underused"', 'class = "not_low"', "class not_low"),
        ('class = "underused"', 'flag = "guilty"', "flag guilty"),
        ('class = "underused"\n', "", "either class or flag"),
        ("{value} {threshold}", "{wert}", "placeholder wert"),
        ("{value} {threshold}", "{value.__class__}", "placeholder value.__class__"),
        ("{value} {threshold}", "{value!r}", "placeholder value"),
        ("{value} {threshold}", "{value", "sentence_zh"),
        ("{value} {threshold}", "{deadline}", "without a clock"),
        ("priority = 1", 'priority = "first"', "no whole number"),
        ("priority = 1", "priority = 1\nextra = 2", "extra unknown key"),
        ('"startable_area_m2"]', '"tax_wan"]', "no unit for m2 over wan"),
        ('"startable_area_m2"]', '"town"]', "two numbers"),
        ('label_zh = "占比"\n', "", "label_zh missing"),
        ("priority = 1", 'priority = 1\nwhen = { rule = "two" }', "unknown rule two"),
        ("priority = 1", 'priority = 1\nwhen = { field = "town", op = "lt", value = "a" }', "lt"),
        (
            "priority = 1",
            'priority = 1\nwhen = { field = "build_status", op = "eq", value = "ruined" }',
            "code ruined",
        ),
        (
            "priority = 1",
            'priority = 1\nwhen = { field = "is_supplied", op = "eq", value = "yes" }',
            "neither true nor false",
        ),
        ("priority = 1", 'priority = 1\nclock = { field = "far", unit = "year" }', "no date"),
        (
            "priority = 1",
            'priority = 1\nclock = { field = "stopped_on", value = 1.5, unit = "moon" }',
            "unit moon",
        ),
        ("priority = 1", 'priority = 1\nwhen = { all = [] }', "a list is needed"),
        ("[screening.rule.one]", "[screening.other]\n[screening.rule.one]", "other"),
    ],
)  # fmt: skip
def test_a_wrong_ruleset_is_refused_and_the_fault_is_named(good, bad, told):
    assert good in MINI
    error = refused(MINI.replace(good, bad))
    assert told in str(error)
    assert told in error.say("en")


def test_all_faults_are_told_at_once():
    text = (
        MINI.replace('source = "某文"\n', "")
        .replace('field = "share"', 'field = "nonsense"')
        .replace("{value} {threshold}", "{wert}")
    )
    assert refused(text).params["count"] == 4  # source, field, both sentences


@pytest.mark.parametrize(
    ("whens", "told"),
    [
        ({"one": "one"}, "rule.one → rule.one"),
        ({"one": "two", "two": "one"}, "rule.one → rule.two → rule.one"),
    ],
)
def test_rules_that_refer_to_each_other_in_a_ring_are_refused(whens, told):
    second = MINI[MINI.index("[screening.rule.one]") :].replace("rule.one", "rule.two")
    text = MINI + second.replace("priority = 1", "priority = 2")
    for rule, other in whens.items():
        head, tail = text.split(f"[screening.rule.{rule}]\n")
        text = f'{head}[screening.rule.{rule}]\nwhen = {{ not = {{ rule = "{other}" }} }}\n{tail}'
    assert f"cycle: {told}" in str(refused(text))


def test_terms_in_a_ring_are_refused():
    ring = MINI.replace(
        '["started_area_m2", "startable_area_m2"]', '["share", "startable_area_m2"]'
    )
    assert "cycle: term.share → term.share" in str(refused(ring))


def test_two_rules_cannot_have_one_priority():
    second = MINI[MINI.index("[screening.rule.one]") :].replace("rule.one", "rule.two")
    assert "priority 1 is that of one" in str(refused(MINI + second))


@pytest.mark.parametrize(
    "text", ["", "x = [", "[screening]", "screening = 3", "[screening.rule]\none = 3"]
)
def test_what_is_no_ruleset_is_refused(text):
    assert refused(text).params["count"] >= 1


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RulesFaultyError, match=r"gone\.toml"):
        load_screening_rules(tmp_path / "gone.toml")


def test_the_shipped_file_is_the_one_loaded():
    assert SHIPPED.read_text("utf-8") == RULES.text


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("[screening.term.share]", "[screening]\nhappened = 3\n[screening.term.share]", "found 3"),
        ("[screening.term.share]", '[screening]\nhappened = "stopped_on"\n[screening.term.share]',
         "found stopped_on"),
        ('ratio = ["started_area_m2", "startable_area_m2"]', "first = 7", "found 7"),
        ('field = "share"', 'field = ["share"]', "no text"),
        ('op = "lt"', 'op = ["lt"]', "no text"),
        ('unit = "share"', 'unit = ["share"]', "no text"),
        ("priority = 1", 'priority = 1\nwhen = { rule = ["one"] }', "no text"),
        ('class = "underused"', 'class = ["underused"]', "no text"),
        ("priority = 1", 'priority = 1\nexample = "nein"', "neither true nor false"),
        ("priority = 1", "priority = 1\nvalid_to = 2019-01-01", "before valid_from"),
        ('value = "1/3", unit = "share"', 'value = 2500, unit = "pct"', "outside 0–100"),
        ('value = "1/3", unit = "share"', 'value = -25, unit = "pct"', "outside 0–100"),
    ],
)  # fmt: skip
def test_values_of_the_wrong_kind_are_faults_like_others(good, bad, told):
    assert good in MINI
    assert told in str(refused(MINI.replace(good, bad)))


def test_a_wrong_kind_hides_no_other_fault():
    second = MINI[MINI.index("[screening.rule.one]") :].replace("rule.one", "rule.two")
    second = second.replace("priority = 1", "priority = 2").replace('tag = "G"', 'tag = "Z"')
    told = str(refused(MINI.replace('op = "lt"', 'op = ["lt"]') + second))
    assert "no text" in told
    assert "tag Z" in told


def test_a_file_saved_by_the_windows_editor_is_read(tmp_path):
    path = tmp_path / "county.toml"
    path.write_text("\ufeff" + MINI, "utf-8")
    assert [rule.id for rule in load_screening_rules(path).rules] == ["one"]
