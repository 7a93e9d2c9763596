from datetime import UTC, date, datetime

import pandas as pd

from analysis.review import Opinion, review_rows, reviewed
from analysis.screening import screen
from data.asof import AsOf
from data.screening_rules import load_screening_rules, parse_screening_rules

RULES = load_screening_rules()
DAY = AsOf(date(2026, 6, 30))
SAID = datetime(2026, 6, 30, 9, tzinfo=UTC)


def parcels(far=0.8):
    return pd.DataFrame(
        {
            "is_supplied": True,
            "build_status": "producing",
            "standard_land": False,
            "far": [far, 0.9],
            "planned_far": 1.2,
            "town": "塘下镇",
        },
        index=pd.Index(["P1", "P2"], name="parcel_id"),
    )


def recorded(*batches):
    """Reviews as the register reads them back."""
    rows = pd.concat(batches, ignore_index=True)
    rows.insert(0, "review_id", range(1, len(rows) + 1))
    return rows.assign(who="李工", recorded_at=pd.Timestamp(SAID))


def say(frame, opinion, ids=("P1",), rules=RULES):
    found = screen(frame, ruleset=rules, as_of=DAY).loc[list(ids)]
    return review_rows(found, frame, ruleset=rules, opinion=opinion)


def look(frame, reviews, rules=RULES):
    found = screen(frame, ruleset=rules, as_of=DAY)
    return reviewed(found, reviews, frame, ruleset=rules)


KEEP = Opinion("override", "环评限高", "瑞复〔2026〕1号", "not_low")


def test_an_override_survives_screening_again():
    frame = parcels()
    reviews = recorded(say(frame, KEEP))
    row = look(frame, reviews).loc["P1"]
    assert (row["class"], row["screened_class"]) == ("not_low", "underused")
    assert (row["review_reason"], row["review_doc"]) == ("环评限高", "瑞复〔2026〕1号")
    assert not row["review_stale"]
    assert look(frame, reviews).loc["P2", "review_verdict"] is None


def test_a_changed_input_marks_the_override_and_names_the_field():
    reviews = recorded(say(parcels(), KEEP))
    row = look(parcels(far=0.7), reviews).loc["P1"]
    assert row["class"] == "not_low"
    assert row["review_stale"]
    assert row["review_changed"] == ("far",)


def test_what_no_rule_asks_for_marks_nothing():
    reviews = recorded(say(parcels(), KEEP))
    assert not look(parcels().assign(town="莘塍街道"), reviews).loc["P1", "review_stale"]


def test_an_input_that_became_known_marks_the_review():
    before = parcels().assign(built_area_m2=None)
    reviews = recorded(say(before, KEEP))
    after = parcels().assign(built_area_m2=500.0)
    assert look(after, reviews).loc["P1", "review_changed"] == ("built_area_m2",)


def test_the_last_review_counts_and_a_withdrawal_takes_it_away():
    frame = parcels()
    confirm = say(frame, Opinion("confirm", "实地核实", "记录1"))
    assert look(frame, recorded(say(frame, KEEP), confirm)).loc["P1", "class"] == "underused"
    gone = say(frame, Opinion("withdraw", "误录"))
    row = look(frame, recorded(say(frame, KEEP), gone)).loc["P1"]
    assert (row["class"], row["review_verdict"]) == ("underused", None)


def test_another_ruleset_is_told_and_a_moved_class_marks_the_review():
    frame = parcels()
    reviews = recorded(say(frame, Opinion("confirm", "实地核实", "记录1")))
    text = RULES.text.replace('field = "far", op = "lt"', 'field = "far", op = "gt"')
    row = look(frame, reviews, parse_screening_rules(text)).loc["P1"]
    assert row["review_rules_changed"]
    assert row["review_stale"]
    assert row["review_changed"] == ()


def test_reviews_of_parcels_that_are_gone_are_left_aside():
    frame = parcels()
    reviews = recorded(say(frame, KEEP, ids=("P1", "P2")))
    assert look(frame.loc[["P2"]], reviews)["class"].tolist() == ["not_low"]
