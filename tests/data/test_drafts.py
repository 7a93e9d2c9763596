"""Drafts keep what was handed over until it is committed or thrown away."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from data.drafts import (
    DraftDamagedError,
    DraftMissingError,
    begin,
    choose,
    commit,
    damaged,
    discard,
    drafts,
    file_name,
    path_of,
    read,
    stand,
)
from data.errors import WorkspaceReadOnlyError

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def test_files_of_one_data_set_are_one_draft_and_others_are_their_own(tmp_path):
    parts = [(f"宗地.{end}", end.encode()) for end in ("shp", "shx", "dbf", "prj")]
    found = begin(tmp_path, [*parts, ("台账.xlsx", b"x"), ("台账.csv", b"y")], now=NOW)
    assert sorted(draft.main for draft in found) == ["台账.csv", "台账.xlsx", "宗地.shp"]
    shape = next(draft for draft in found if draft.main == "宗地.shp")
    assert shape.size == 4 * len("shp")
    assert path_of(tmp_path, shape).read_bytes() == b"shp"
    assert path_of(tmp_path, shape).with_suffix(".dbf").read_bytes() == b"dbf"


def test_companions_that_come_later_join_their_shapefile(tmp_path):
    (first,) = begin(tmp_path, [("宗地.shp", b"shp")], now=NOW)
    (second,) = begin(tmp_path, [("宗地.DBF", b"dbf"), ("宗地.shx", b"shx")], now=LATER)
    assert second.draft_id == first.draft_id
    assert [file.name for file in second.files] == ["宗地.DBF", "宗地.shp", "宗地.shx"]
    assert second.main == "宗地.shp"


def test_a_shapefile_joins_the_companions_that_came_before_it(tmp_path):
    begin(tmp_path, [("宗地.dbf", b"dbf")], now=NOW)
    (draft,) = begin(tmp_path, [("宗地.shp", b"shp")], now=LATER)
    assert (draft.main, len(drafts(tmp_path))) == ("宗地.shp", 1)


def test_the_same_file_twice_is_one_draft_with_what_was_chosen(tmp_path):
    (first,) = begin(tmp_path, [("a.csv", b"1")], now=NOW)
    choose(tmp_path, first, now=NOW, crs="EPSG:4549", mapping={"a": {"甲": "owner"}})
    (again,) = begin(tmp_path, [("a.csv", b"1")], now=LATER)
    assert len(drafts(tmp_path)) == 1
    assert again.choices == {"crs": "EPSG:4549", "mapping": {"a": {"甲": "owner"}}}
    assert choose(tmp_path, again, now=LATER, crs=None).choices.keys() == {"mapping"}


def test_what_was_chosen_is_there_after_a_restart_and_the_newest_comes_first(tmp_path):
    (one,) = begin(tmp_path, [("a.csv", b"1")], now=NOW)
    (two,) = begin(tmp_path, [("b.csv", b"2")], now=NOW + timedelta(minutes=1))
    assert [draft.main for draft in drafts(tmp_path)] == ["b.csv", "a.csv"]
    stand(tmp_path, one, {"rows_in": 3}, now=LATER)
    assert [draft.main for draft in drafts(tmp_path)] == ["a.csv", "b.csv"]
    assert read(tmp_path, one.draft_id).standing == {"rows_in": 3}
    assert read(tmp_path, two.draft_id) == two


def test_a_committed_part_is_remembered_and_its_choices_are_not(tmp_path):
    (draft,) = begin(tmp_path, [("a.xlsx", b"1")], now=NOW)
    draft = choose(tmp_path, draft, now=NOW, part="塘下")
    draft = commit(tmp_path, draft, "塘下", 7, now=LATER)
    assert (draft.committed, draft.choices) == ({"塘下": 7}, {})


def test_a_discarded_draft_is_gone_with_its_files(tmp_path):
    (draft,) = begin(tmp_path, [("a.csv", b"1")], now=NOW)
    discard(tmp_path, draft.draft_id)
    discard(tmp_path, draft.draft_id)
    assert drafts(tmp_path) == ()
    assert list((tmp_path / "drafts").iterdir()) == []
    with pytest.raises(DraftMissingError, match=draft.draft_id):
        read(tmp_path, draft.draft_id)


@pytest.mark.parametrize("harm", ["note", "list", "file"])
def test_a_damaged_draft_is_told_apart_and_can_be_replaced(tmp_path, harm):
    (draft,) = begin(tmp_path, [("a.csv", b"1")], now=NOW)
    place = tmp_path / "drafts" / draft.draft_id
    if harm == "note":
        (place / "draft.json").write_text("{")
    elif harm == "list":
        (place / "draft.json").write_text(json.dumps([1]))
    else:
        path_of(tmp_path, draft).unlink()
    assert (drafts(tmp_path), damaged(tmp_path)) == ((), (draft.draft_id,))
    with pytest.raises(DraftDamagedError):
        read(tmp_path, draft.draft_id)
    assert begin(tmp_path, [("a.csv", b"1")], now=LATER)[0].began_at == LATER.isoformat()
    assert damaged(tmp_path) == ()


def test_nothing_half_written_is_taken_for_a_draft(tmp_path):
    half = tmp_path / "drafts" / ".0123456789ab.part"
    (half / "files").mkdir(parents=True)
    assert drafts(tmp_path) == damaged(tmp_path) == ()


@pytest.mark.parametrize("draft_id", ["..", "../../etc", "0123456789ab/..", "", "0123456789AB"])
def test_a_number_that_is_none_leads_nowhere(tmp_path, draft_id):
    with pytest.raises(DraftMissingError):
        read(tmp_path, draft_id)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../逃.shp", "逃.shp"),
        ("C:\\甲\\乙.xlsx", "乙.xlsx"),
        ("a\nb:c.csv", "a_b_c.csv"),
        ("LPT1.txt", "_LPT1.txt"),
        ("   ", "_"),
        ("长" * 300 + ".csv", "长" * 66 + ".csv"),
    ],
)
def test_names_are_made_fit_for_every_file_system(tmp_path, name, kept):
    assert file_name(name) == kept
    (draft,) = begin(tmp_path, [(name, b"1")], now=NOW)
    assert path_of(tmp_path, draft).parent == tmp_path / "drafts" / draft.draft_id / "files"


def test_a_place_that_cannot_be_written_is_refused_in_a_sentence(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("data.drafts._write", refuse)
    with pytest.raises(WorkspaceReadOnlyError):
        begin(tmp_path, [("a.csv", b"1")], now=NOW)
    assert list((tmp_path / "drafts").iterdir()) == []
