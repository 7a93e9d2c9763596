import numpy as np
import pandas as pd
import pytest

from analysis.evaluation import SchemeEmptyError, evaluate
from data.errors import RulesFaultyError
from data.evaluation_rules import SHIPPED, load_evaluation_rules

RULES = load_evaluation_rules()
HUANGYAN = RULES.scores["huangyan_2022"]
WENLING = RULES.grades["wenling"]
MU = 2000 / 3

FIRM = {
    "firm_size": "above",
    "land_m2": 10 * MU,
    "tax_wan": 200.0,
    "value_added_wan": 1_500.0,
    "energy_tce": 500.0,
    "emissions_t": 0.25,
    "employees": 80.0,
    "revenue_wan": 6_000.0,
    "rd_wan": 150.0,
    "electricity_wan_kwh": 700.0,
}


def firms(*rows):
    index = pd.Index([f"F{n}" for n in range(len(rows))], name="owner_uscc")
    return pd.DataFrame([FIRM | row for row in rows], index=index)


def test_the_huangyan_formula_above_designated_size_by_hand():
    found = evaluate(firms({}), score=HUANGYAN).iloc[0]
    expected = (
        30 * (200 / 10) / 24.097
        + 20 * (1_500 / 10) / 136.16
        + 20 * (1_500 / 500) / 2.694
        + 10 * (1_500 / 0.25) / 4929.81
        + 10 * (1_500 / 80) / 18.14
        + 10 * (150 / 6_000) / 0.0302
    )
    assert found["score"] == pytest.approx(expected, rel=1e-12)
    assert found["item_tax_per_mu"] == pytest.approx(30 * 20 / 24.097)
    assert found["missing"] == ()


def test_the_huangyan_formula_below_designated_size_by_hand():
    found = evaluate(firms({"firm_size": "below"}), score=HUANGYAN).iloc[0]
    expected = 50 * 20 / 11.5932 + 50 * (200 / 700) / 0.2352
    assert found["score"] == pytest.approx(expected, rel=1e-12)


def test_a_firm_at_every_base_scores_the_sum_of_the_weights():
    value = 136.16 * 10
    at_base = {
        "tax_wan": 24.097 * 10,
        "value_added_wan": value,
        "energy_tce": value / 2.694,
        "emissions_t": value / 4929.81,
        "employees": value / 18.14,
        "rd_wan": 0.0302 * 6_000,
    }
    assert evaluate(firms(at_base), score=HUANGYAN)["score"].iloc[0] == pytest.approx(100)


def test_unknown_emissions_take_the_mean_of_the_item_and_it_is_told():
    table = firms({}, {"emissions_t": 0.5}, {"emissions_t": np.nan})
    found = evaluate(table, score=HUANGYAN)
    item = found["item_value_added_per_emission"]
    assert item.iloc[2] == pytest.approx((item.iloc[0] + item.iloc[1]) / 2)
    assert found["stood_in"].tolist() == [(), (), ("value_added_per_emission",)]
    assert found["missing"].iloc[2] == ("value_added_per_emission",)


def test_another_unknown_input_leaves_the_score_unknown_and_ungraded():
    found = evaluate(firms({}, {"tax_wan": None}), score=HUANGYAN, grade=WENLING)
    assert found["score"].notna().tolist() == [True, False]
    assert found["grade"].tolist() == ["B", None]  # the only one stands at (1 - 0.5) / 1
    assert found["missing"].iloc[1] == ("tax_per_mu",)


@pytest.mark.parametrize("gone", [{"land_m2": 0.0}, {"firm_size": None}])
def test_no_land_or_no_size_gives_no_score(gone):
    assert np.isnan(evaluate(firms({}, gone), score=HUANGYAN)["score"].iloc[1])


def test_grades_follow_the_shares_of_each_size_class():
    table = firms(*({"tax_wan": 100.0 + n} for n in range(20)))
    counts = evaluate(table, score=HUANGYAN, grade=WENLING)["grade"].value_counts()
    assert counts.to_dict() == {"A": 20 * 0.20, "B": 20 * 0.60, "C": 20 * 0.15, "D": 20 * 0.05}
    best = evaluate(table, score=HUANGYAN, grade=WENLING)["grade"]
    assert best.iloc[-4:].tolist() == ["A"] * 4
    assert best.iloc[0] == "D"


def test_equal_scores_get_the_same_grade():
    found = evaluate(firms(*({} for _ in range(10))), score=HUANGYAN, grade=WENLING)
    assert found["grade"].nunique() == 1


def test_the_countys_own_weights_and_cuts_ship_empty_and_are_asked_for():
    with pytest.raises(SchemeEmptyError, match="权重"):
        evaluate(firms({}), score=RULES.scores["ruian"])
    with pytest.raises(SchemeEmptyError, match="分档比例"):
        evaluate(firms({}), score=HUANGYAN, grade=RULES.grades["ruian"])


def test_everything_that_is_filled_in_is_an_example():
    filled = [s for s in RULES.scores.values() if any(s.indicators.values())]
    filled += [g for g in RULES.grades.values() if g.shares]
    assert filled
    assert all(scheme.example and "示例" in scheme.label_zh for scheme in filled)


def test_a_cap_bounds_an_item(tmp_path):
    text = SHIPPED.read_text("utf-8").replace("base = 24.097\n", "base = 24.097\ncap = 1.5\n")
    file = tmp_path / "evaluation.toml"
    file.write_text(text, "utf-8")
    capped = load_evaluation_rules(file).scores["huangyan_2022"]
    found = evaluate(firms({"tax_wan": 1e6}), score=capped)
    assert found["item_tax_per_mu"].iloc[0] == 30 * 1.5


def test_all_faults_of_a_scheme_are_listed_at_once(tmp_path):
    text = SHIPPED.read_text("utf-8")
    for good, bad in (
        ('unit = "wan_per_tce"', 'unit = "wan_per_mu"'),
        ("weight = 30", "weight = -1"),
        ('["rd_wan", "revenue_wan"]', '["rd_wan", "nonsense"]'),
        ('missing = "mean"', 'missing = "guess"'),
        ("above = { A = 0.20", "above = { A = 0.30"),
        ('source = "分档比例未公布"\n', ""),
    ):
        assert good in text
        text = text.replace(good, bad, 1)
    file = tmp_path / "evaluation.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(RulesFaultyError) as caught:
        load_evaluation_rules(file)
    told = str(caught.value)
    for fault in ("unit wan_per_mu", "weight -1", "nonsense", "guess", "add to 1.1", "source"):
        assert fault in told
    assert caught.value.params["count"] == 6
