"""The reference layers are named in one place; every room takes its names from there."""

from data import layers
from data.intake import LAYERS
from layers.tiles import DRAWN_LAYERS
from ui.components.map_view import GROUPS
from ui.text import sentences


def test_what_can_be_imported_is_what_is_listed():
    assert ("parcels", "events", *layers.NAMES) == LAYERS
    assert len(set(layers.NAMES)) == len(layers.NAMES)


def test_every_layer_brings_something_known():
    kinds = ("polygons", "shapes", "table", "raster")
    assert sum(len(layers.bringing(kind)) for kind in kinds) == len(layers.NAMES)


def test_what_the_map_offers_by_name_is_drawn_and_has_a_name_in_both_languages():
    offered = {*GROUPS["areas"], *GROUPS["constraints"]}
    assert offered <= set(DRAWN_LAYERS)
    for lang in ("zh", "en"):
        assert {f"map.layer_{name}" for name in offered} <= set(sentences(lang))
