import json
import re

import pytest
from streamlit_folium import _get_map_string, generate_js_hash

from layers.map import base_map, script_json, update_group
from layers.qgis import parcel_qml


def rendered(folium_map):
    folium_map.get_root().render()
    folium_map.render()
    return folium_map.get_root().render()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_the_map_names_no_other_host(lang):
    html = rendered(base_map(lang))
    fetched = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert fetched
    assert [address for address in fetched if not address.startswith("/assets/")] == []


def test_the_base_script_is_the_same_for_every_run():
    first, second = base_map("zh"), base_map("zh")
    rendered(first), rendered(second)
    assert generate_js_hash(_get_map_string(first)) == generate_js_hash(_get_map_string(second))


def test_text_from_a_file_cannot_leave_its_string():
    state = {"name": "</script><script>alert(1)</script>", "quote": "\"'\u2028"}
    text = script_json(state)
    assert "<" not in text
    assert "\u2028" not in text
    assert json.loads(text) == state


def test_an_update_renders_to_one_call():
    group = update_group({"a": 1})
    (child,) = group._children.values()
    assert child.state == '{"a": 1}'


def test_the_style_for_qgis_has_a_category_for_every_class_and_one_for_unknown():
    assert parcel_qml().count("<category ") == 7 + 1
