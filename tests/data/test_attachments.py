"""Photos and documents of stage events, kept under their hash and watched by ``verify``."""

import hashlib
from datetime import date

import pandas as pd
import pytest
from postgis_tools import alter

from data.asof import AsOf
from data.errors import ChangeRefusedError
from data.register import Attachment, Register

PNG = b"\x89PNG\r\n\x1a\n" + b"before"
PDF = b"%PDF-1.7 paper"


@pytest.fixture
def proven(filled, change, event):
    events = pd.DataFrame([event(), event("P2")])
    things = (
        Attachment(0, "before", "厂房.png", PNG),
        Attachment(1, "document", "批文.pdf", PDF),
        Attachment(1, "before", "同一张.png", PNG),
    )
    filled.commit(change(1, events=events, attachments=things))
    return filled


def test_attachments_come_back_with_their_event_and_file(proven):
    found = proven.attachments()
    assert found["event_id"].tolist() == [1, 2, 2]
    assert found["parcel_id"].tolist() == ["P1", "P2", "P2"]
    assert found["kind"].tolist() == ["before", "document", "before"]
    assert found["sha256"].iloc[1] == hashlib.sha256(PDF).hexdigest()
    assert (proven.workspace / found["file"].iloc[0]).read_bytes() == PNG
    assert len(list((proven.workspace / "attachments").iterdir())) == 2
    assert proven.attachments(AsOf(date(2030, 1, 1), date(2023, 1, 5))).empty
    assert proven.verify().ok


def test_a_missing_or_altered_file_is_found(proven):
    file = proven.workspace / proven.attachments()["file"].iloc[1]
    file.write_bytes(PDF + b"!")
    assert any("批文.pdf was altered" in fault.en for fault in proven.verify().faults)
    file.unlink()
    assert any("批文.pdf is missing" in fault.en for fault in proven.verify().faults)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE attachment SET name = 'x'", "DELETE FROM attachment WHERE attachment_id = 3"],
)
def test_the_list_is_part_of_the_chain(proven, statement):
    proven.close()
    alter(proven, statement)
    with Register.open(proven.workspace) as again:
        assert any("change 2: rows it brought" in fault.en for fault in again.verify().faults)


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (Attachment(0, "before", "a", PDF), "want a photo"),
        (Attachment(0, "portrait", "a", PNG), "unknown kind"),
        (Attachment(0, "document", "a", b""), "no JPEG, PNG or PDF"),
        (Attachment(0, "document", "a", b"MZ"), "no JPEG, PNG or PDF"),
        (Attachment(3, "document", "a", PDF), "belongs to no event"),
        (Attachment(0, "document", "a", PDF + bytes(20 * 1024 * 1024)), "larger than 20 MB"),
    ],
)
def test_what_is_no_proof_is_refused_and_nothing_is_written(filled, change, event, item, told):
    with pytest.raises(ChangeRefusedError) as caught:
        filled.commit(change(1, events=pd.DataFrame([event()]), attachments=(item,)))
    assert told in caught.value.say("en")
    assert filled.read_events().empty
    assert not (filled.workspace / "attachments").exists()


def test_a_refused_event_leaves_no_file(filled, change, event):
    item = Attachment(0, "document", "a.pdf", PDF)
    with pytest.raises(ChangeRefusedError):
        filled.commit(change(1, events=pd.DataFrame([event("P9")]), attachments=(item,)))
    assert not (filled.workspace / "attachments").exists()
