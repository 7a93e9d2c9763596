"""The verb ``packet``."""

import hashlib


def test_a_packet_is_five_files_and_says_which_day_it_knew(run, workspace, tmp_path):
    words = ["packet", "--kind", "monthly", "--on", "2026-10-31", "--out", tmp_path / "out"]
    done = run(*words, "--workspace", workspace, "--json")
    assert done.code == 0, done.err
    told = done.document
    names = [file["name"] for file in told["files"]]
    assert [name.rsplit(".")[-1] for name in names] == ["pptx", "docx", "xlsx", "html", "png"]
    for file in told["files"]:
        held = (tmp_path / "out" / file["name"]).read_bytes()
        assert hashlib.sha256(held).hexdigest() == file["sha256"]
    assert (told["state_on"], told["since"]) == ("2026-10-31", "2026-09-30")
    assert told["known_on"]
    again = run(
        "packet", "--kind", "monthly", "--on", "2026-10-31", "--known-on", told["known_on"],
        "--out", tmp_path / "again", "--workspace", workspace, "--json",
    )  # fmt: skip
    assert again.document["files"] == told["files"]


def test_a_meeting_that_does_not_exist_is_wrong_usage(run, workspace, tmp_path):
    words = ["packet", "--kind", "daily", "--on", "2026-10-31", "--out", tmp_path / "out"]
    assert run(*words, "--workspace", workspace).code == 2


def test_an_output_that_is_a_file_is_refused(run, workspace, tmp_path):
    (tmp_path / "taken").write_text("x")
    words = ["packet", "--kind", "annual", "--on", "2026-10-31", "--out", tmp_path / "taken"]
    done = run(*words, "--workspace", workspace)
    assert done.code == 1
    assert "是文件而不是文件夹" in done.err
    assert (tmp_path / "taken").read_text() == "x"
