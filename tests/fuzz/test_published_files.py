"""Published files that are wrong in known ways: each ends in exactly one of three words."""

from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures"
WORDS = {"accepted", "quarantined", "refused"}
KNOWN = {
    "bad-json.geojson": "refused",
    "bad-polygonloop.geojson": "quarantined",
    "badcoordtype.geojson": "quarantined",
    "corrupt_too_long.shp": "refused",
    "different-first-last.geojson": "quarantined",
    "empty_zipfile.zip": "refused",
    "geometrycollection_nested.geojson": "refused",
    "chinese_poly.shp": "accepted",
}


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="no fixtures beside the repository")
def test_every_published_file_ends_in_one_of_three_words(ends):
    folders = (FIXTURES / "malformed", FIXTURES / "encodings")
    files = [file for folder in folders for file in sorted(folder.iterdir())]
    found = {file.name: ends(file) for file in files}
    assert set(found.values()) <= WORDS
    assert {name: word for name, word in found.items() if name in KNOWN} == KNOWN
