"""The report of an import, in words."""

import pytest

from reports.plain import import_text

DIFF = {"new": 1, "changed": 0, "unchanged": 0, "vanished": 3}


def told(layer, lang):
    document = {
        "file": "f.csv", "layer": layer, "rows_in": 1, "accepted": 1, "quarantined": 0,
        "rejected": 0,
        "diff": DIFF, "issues": [], "change": 4, "dry_run": False,
    }  # fmt: skip
    return import_text(document, lang)


@pytest.mark.parametrize(("lang", "kept"), [("zh", "3（保留）"), ("en", "3 (kept)")])
def test_parcels_that_a_file_does_not_name_are_kept(lang, kept):
    assert kept in told("parcels", lang)


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "整体替换该图层"), ("en", "replaces the whole layer")]
)
def test_other_layers_are_said_to_be_replaced(lang, said):
    whole = told("firms", lang)
    assert said in whole
    assert "保留" not in whole
    assert "(kept)" not in whole


@pytest.mark.parametrize(("lang", "said"), [("zh", "3 个照旧保留"), ("en", "3 on record")])
def test_projects_are_said_to_be_laid_over_by_their_number(lang, said):
    whole = told("projects", lang)
    assert said in whole
    assert "替换" not in whole
    assert "replaces" not in whole
