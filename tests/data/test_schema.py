import re
import tomllib

import pytest

from data import schema
from data.errors import UnknownEnumError, UnknownFieldError


def test_every_field_has_labels_meaning_source_and_a_shapefile_name():
    codes = [f.code10 for e in schema.ENTITIES for f in schema.fields(e) if f.entity == e]
    assert len(codes) == len({c.upper() for c in codes})
    assert all(len(c.encode()) <= 10 and c.isascii() for c in codes)


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("地块索引号", "parcel_id"),
        ("所属街道", "town"),
        ("SZXZ", "town"),
        ("TDSYQR", "owner"),
        ("面积(亩)", "registered_area_m2"),
        ("tdmj", "registered_area_m2"),
        ("年计划拆后新开工面积(万㎡)", "plan_start_floor_area_m2"),
        ("年计划拆除面积（亩）", "plan_demolition_area_m2"),
        ("是否1企1地", "single_owner"),
        ("R&D", "rd_wan"),
        ("RJL", "far"),
        ("规划容积率", "planned_far"),
        ("PHFS", "renewal_mode"),
        ("登记面积（m²）", "registered_area_m2"),
    ],
)
def test_the_bureaus_headings_find_their_field(heading, key):
    assert schema.headings("parcel")[schema.normal_heading(heading)] == key


def test_labels_carry_the_unit_that_is_shown():
    assert schema.label("geometry_area_m2") == "图形面积（m²）"
    assert schema.label("geometry_area_m2", unit="mu") == "图形面积（亩）"
    assert schema.label("tax_wan", "en") == "Tax (10k yuan)"
    assert schema.label("far") == "实际容积率"
    assert schema.label("tax_wan", with_unit=False) == "实际税收"


def test_an_unknown_field_or_code_is_refused_with_what_is_known():
    with pytest.raises(UnknownFieldError, match="nonsense"):
        schema.field("nonsense")
    with pytest.raises(UnknownEnumError, match="approved_unsupplied"):
        schema.enum_label("low_class", "nonsense")


def test_spellings_of_codes_lead_to_the_code():
    spellings = schema.enum_spellings("renewal_mode")
    assert spellings[schema.normal_heading("自主改造")] == "self_rebuild"
    assert spellings[schema.normal_heading("ACQUIRE")] == "acquire"


def test_all_faults_of_a_dictionary_are_listed_at_once():
    raw = tomllib.loads(schema.FIELDS_FILE.read_text("utf-8"))
    raw["field"]["far"]["unit"] = "parsec"
    raw["field"]["town"]["code10"] = "MUCH_TOO_LONG"
    raw["field"]["tenure"]["enum"] = "nowhere"
    raw["field"]["owner"]["label_zh"] = raw["field"]["land_user"]["label_zh"]
    del raw["field"]["tax_wan"]["source"]
    raw["field"]["parcel_name"]["code10"] = "PARCEL_ID"
    enums, _ = schema.parse_enums(tomllib.loads(schema.ENUMS_FILE.read_text("utf-8")))
    _, faults = schema.parse_fields(raw, enums)
    told = "; ".join(faults)
    for expected in ("far: unit", "town: code10", "tenure: enum", "tax_wan: source", "label_zh"):
        assert expected in told
    assert re.search(r"code10 PARCEL_ID ×2", told)


def test_a_list_with_the_same_spelling_twice_is_faulty():
    raw = tomllib.loads(schema.ENUMS_FILE.read_text("utf-8"))
    raw["enum"]["tenure"]["values"]["leased"]["zh"] = "出让"
    _, faults = schema.parse_enums(raw)
    assert faults == ["tenure: 出让 ×2"]
