"""Several files, or several sheets of one, in one go: each has its report, none loses another."""

from __future__ import annotations

import ezdxf
import pandas as pd


def test_a_refused_file_does_not_lose_the_others(run, files, tmp_path):
    bad = tmp_path / "bad.geojson"
    bad.write_text("{")
    place = tmp_path / "w"
    words = ["--as", "parcels", "--who", "李工", "--workspace", place]
    done = run("import", bad, files / "parcels.geojson", *words, "--json")
    assert done.code == 1
    first, second = done.document["files"]
    assert (first["file"], first["error"]["kind"]) == ("bad.geojson", "FileDamagedError")
    assert (second["file"], second["accepted"], second["change"]) == ("parcels.geojson", 3, 1)
    assert (done.document["done"], done.document["refused"]) == (1, 1)
    assert "bad.geojson" in done.err
    again = run("import", files / "parcels.geojson", files / "parcels.geojson", *words)
    assert again.code == 0
    assert again.out.count("parcels.geojson") >= 2
    assert "共 2 份：完成 2，拒收 0。" in again.out


def test_every_sheet_of_a_workbook_is_taken_in_one_go(run, workspace, tmp_path):
    book = tmp_path / "台账.xlsx"
    with pd.ExcelWriter(book) as writer:
        for sheet, number in (("甲", "P1"), ("乙", "P2")):
            table = pd.DataFrame({"parcel_id": [number], "owner": [f"{sheet}厂"]})
            table.to_excel(writer, sheet_name=sheet, index=False)
        pd.DataFrame().to_excel(writer, sheet_name="空")
    words = ["--as", "parcels", "--who", "李工", "--workspace", workspace, "--json"]
    done = run("import", book, "--layer", "all", *words)
    assert done.code == 0, done.err
    assert [(told["part"], told["diff"]["changed"]) for told in done.document["files"]] == [
        ("甲", 1),
        ("乙", 1),
    ]
    named = run("import", book, "--layer", "乙", "--layer", "甲", *words).document["files"]
    assert [(told["part"], told["diff"]["unchanged"]) for told in named] == [("乙", 1), ("甲", 1)]


def test_what_means_rows_of_one_file_is_not_asked_of_several(run, files, tmp_path):
    one = files / "parcels.geojson"
    words = ["--as", "parcels", "--workspace", tmp_path / "w", "--issues", tmp_path / "i.xlsx"]
    assert run("import", one, one, *words).code == 2
    assert not (tmp_path / "w").exists()


def test_several_files_are_looked_at_one_by_one(run, files, tmp_path):
    done = run("inspect", files / "parcels.geojson", tmp_path / "none.shp", "--json")
    assert done.code == 1
    first, second = done.document["files"]
    assert first["layers"][0]["rows"] == 3
    assert second["error"]["kind"] == "FileMissingError"


def test_details_of_issues_are_told_in_english(run, files, tmp_path):
    words = ["--as", "parcels", "--dry-run", "--workspace", tmp_path / "w", "--lang", "en"]
    ledger = tmp_path / "l.csv"
    ledger.write_text("parcel_id,owner\nＰ９,甲厂\n", "utf-8")
    found = run("import", ledger, *words, "--json").document
    assert any("full-width" in issue["message"] for issue in found["issues"])


def test_a_drawing_is_taken_whole_even_where_all_its_layers_are_asked_for(run, workspace, tmp_path):
    drawing = ezdxf.new()
    for east, layer in ((560_000, "JZX"), (560_200, "FW")):
        corners = [(east, 3_074_000), (east + 100, 3_074_000), (east + 100, 3_074_100)]
        drawing.modelspace().add_lwpolyline(corners, close=True, dxfattribs={"layer": layer})
    drawing.saveas(tmp_path / "图.dxf")
    words = ["--as", "parcels", "--who", "李工", "--workspace", workspace, "--crs", "EPSG:4549"]
    path = tmp_path / "图.dxf"
    done = run("import", path, *words, "--layer", "all", "--dry-run", "--json")
    assert done.document["rows_in"] == 2
