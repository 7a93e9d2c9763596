from streamlit_folium import _get_feature_group_string, _get_header, _get_html, _get_map_string

from layers.assets import FOLDERS, together
from layers.map import base_map, scripts, update_group
from ui.components.drawn_base import drawn_base


def told(county):
    """Return what st_folium takes from a map."""
    county.render()
    county.get_root().render()
    page, header = _get_html(county), _get_header(county)
    script = _get_map_string(county)
    group = _get_feature_group_string(update_group({"a": 1}), map=county)
    return page, header.split(), script.split(), group.split()


def test_the_drawn_map_tells_the_same_as_the_map_itself():
    page, _, script, group = told(base_map("zh"))
    drawn = told(drawn_base("zh"))
    assert (drawn[0], drawn[2], drawn[3]) == (page, script, group)


def test_it_tells_the_same_again_and_names_no_map_of_its_own():
    first, again = told(drawn_base("zh")), told(drawn_base("zh"))
    assert first == again
    assert any("map_div" in word for word in first[1])


def test_one_script_holds_every_library_in_its_order():
    whole = together(scripts(base_map("zh")))
    places = [whole.index((FOLDERS["leaflet"] / "leaflet.js").read_bytes())]
    places += [
        whole.index((FOLDERS["mutu"] / name).read_bytes())
        for name in ("map.js", "overlay.js", "panel.js")
    ]
    assert places == sorted(places)
    assert drawn_base("zh").default_js == [("scripts", "/assets/together/zh.js")]


def test_each_language_has_its_own():
    assert told(drawn_base("zh"))[2] != told(drawn_base("en"))[2]
