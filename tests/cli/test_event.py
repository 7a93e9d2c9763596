"""``event add``, ``event batch`` and ``event reverse``."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from data.register import Register

ROOT = Path(__file__).parents[2]


def words(workspace, *more):
    return ["event", *more, "--who", "李工", "--workspace", workspace, "--json"]


def add(*more, parcel="P1", stage="supplied", on="2026-05-01"):
    return ["add", "--parcel", parcel, "--stage", stage, "--on", on, *more]


def events_of(workspace):
    with Register.open(workspace) as register:
        assert register.verify().ok
        return register.read_events()


def test_an_event_is_added_with_part_of_the_area_and_its_document(run, workspace):
    done = run(*words(workspace, *add("--area-mu", "1.5", "--doc", "瑞资规〔2026〕1号")))
    assert done.code == 0, done.err
    event = done.document["events"][0]
    assert event["area_m2"] == pytest.approx(1_000)
    assert (event["stage"], event["occurred_on"]) == ("supplied", "2026-05-01")
    assert events_of(workspace)["doc_no"].tolist()[-1] == "瑞资规〔2026〕1号"


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        (add(parcel="P9"), "parcel_unknown"),
        (add(stage="飞"), "stage_unknown"),
        (add(on="2999-01-01"), "date_future"),
        (add("--area-mu", "0"), "area_not_positive"),
        (add("--area-mu", "-2"), "area_not_positive"),
        (add("--area-mu", "9999"), "area_over_rest"),
        (add("--area-mu", "nan"), "area_unreadable"),
        (add(on="2026-03-04"), "order_before"),
        (add(stage="demolished", on="2026-03-05"), "event_duplicate"),
    ],
)
def test_an_impossible_event_is_refused_with_the_reason(run, workspace, more, kind):
    before = len(events_of(workspace))
    refused = run(*words(workspace, *more))
    assert refused.code == 1
    assert [fault["kind"] for fault in refused.document["faults"]] == [kind]
    assert refused.document["error"]["kind"] == "EntryRefusedError"
    assert len(events_of(workspace)) == before


def test_two_at_once_do_not_both_take_the_whole_parcel(run, workspace, monkeypatch):
    from data import event_entry

    prepare, late = event_entry.prepare_events, []

    def meanwhile(register, rows, **more):
        change = prepare(register, rows, **more)
        if not late:  # another process comes in between check and commit
            late.append(1)
            assert run(*words(workspace, *add(on="2026-05-02"))).code == 0
        return change

    monkeypatch.setattr(event_entry, "prepare_events", meanwhile)
    refused = run(*words(workspace, *add()))
    assert refused.code == 1
    assert refused.document["error"]["kind"] == "ConflictError"
    assert events_of(workspace)["occurred_on"].dt.date.astype(str).tolist()[-1] == "2026-05-02"


def test_a_trial_run_refuses_what_the_recording_would(run, workspace, tmp_path):
    (tmp_path / "a.pdf").write_text("kein PDF")
    odd = run(*words(workspace, *add("--attach", tmp_path / "a.pdf", "--dry-run")))
    assert odd.code == 1
    assert "不是 JPEG" in odd.document["error"]["message"]
    last = int(events_of(workspace)["event_id"].iloc[-1])
    bare = run(*words(workspace, "reverse", last, "--why", " ", "--dry-run"))
    assert bare.code == 1
    assert "原因" in bare.document["error"]["message"]


def test_a_number_beyond_all_numbers_is_wrong_usage(run, workspace):
    assert run(*words(workspace, "reverse", "99999999999999999999999", "--why", "x")).code == 2


def table_of(folder, rows):
    table = folder / "批量.xlsx"
    pd.DataFrame(rows, columns=["宗地编号", "阶段", "发生日期", "涉及面积（亩）"]).to_excel(
        table, index=False
    )
    return table


def test_one_wrong_row_and_the_batch_is_not_recorded(run, workspace, tmp_path):
    rows = [["P3", "签约", f"2026-05-{n:02d}", 0.1] for n in range(1, 31)]
    rows += [["P3", "签约", f"2026-06-{n:02d}", 0.1] for n in range(1, 8)]
    rows[35][0] = "P77"
    rows[36][3] = -1
    before = len(events_of(workspace))
    refused = run(*words(workspace, "batch", table_of(tmp_path, rows)))
    assert refused.code == 1
    assert [(f["row"], f["kind"]) for f in refused.document["faults"]] == [
        (36 + 1, "parcel_unknown"),
        (37 + 1, "out_of_range"),
    ]
    assert len(events_of(workspace)) == before
    rows[35][0], rows[36][3] = "P3", 0.1
    done = run(*words(workspace, "batch", table_of(tmp_path, rows)))
    assert done.code == 0, done.err
    assert len(done.document["events"]) == 37
    again = run(*words(workspace, "batch", table_of(tmp_path, rows)))
    assert again.code == 1
    assert {fault["kind"] for fault in again.document["faults"]} == {"event_duplicate"}


def test_a_dry_run_records_nothing(run, workspace):
    before = len(events_of(workspace))
    done = run(*words(workspace, *add(), "--dry-run"))
    assert done.document["change"] is None
    assert len(events_of(workspace)) == before


def test_a_reversal_keeps_the_event_and_may_come_once(run, workspace):
    done = run(*words(workspace, "reverse", "1", "--why", "误录"))
    assert done.code == 0, done.err
    assert done.document["events"][0]["reverses"] == 1
    events = events_of(workspace)
    assert events["event_id"].tolist() == [1, 2, 3]
    again = run(*words(workspace, "reverse", "1", "--why", "误录"))
    assert [fault["kind"] for fault in again.document["faults"]] == ["reversed_already"]
    assert run(*words(workspace, "reverse", "77", "--why", "误录")).code == 1


def test_photos_and_papers_come_with_the_event_and_a_refused_one_leaves_none(
    run, workspace, tmp_path
):
    photo, paper = tmp_path / "厂房.png", tmp_path / "批文.pdf"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n")
    paper.write_bytes(b"%PDF-1.7")
    done = run(*words(workspace, *add("--attach", paper, "--before", photo)))
    assert done.code == 0, done.err
    assert [item["kind"] for item in done.document["attachments"]] == ["document", "before"]
    with Register.open(workspace) as register:
        assert register.attachments()["name"].tolist() == ["批文.pdf", "厂房.png"]
        assert register.verify().ok
    swapped = run(*words(workspace, *add("--before", paper, stage="started", on="2026-06-01")))
    assert swapped.code == 1
    assert "照片" in swapped.err
    assert run(*words(workspace, *add("--attach", tmp_path / "gone.pdf"))).code == 1


def test_refusals_are_told_line_by_line_in_both_languages(run, workspace):
    zh = run("event", *add(parcel="P9"), "--workspace", workspace)
    assert "第 1 行，P9：登记簿中没有这宗地" in zh.err
    en = run("event", *add(parcel="P9"), "--workspace", workspace, "--lang", "en")
    assert "row 1, P9: the register has no such parcel" in en.err


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize("wait", [1.2, 1.8, 2.4, 3.0])
def test_a_batch_killed_at_any_moment_is_there_whole_or_not_at_all(workspace, tmp_path, wait):
    days = pd.date_range("2012-01-01", periods=4_000).strftime("%Y-%m-%d")
    table = tmp_path / "批量.csv"
    frame = pd.DataFrame({"宗地编号": "P3", "阶段": "签约", "发生日期": days, "涉及面积(m2)": 0.5})
    frame.to_csv(table, index=False)
    before = len(events_of(workspace))
    command = [sys.executable, "cli.py", *map(str, words(workspace, "batch", table))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
    assert len(events_of(workspace)) in (before, before + len(frame))
