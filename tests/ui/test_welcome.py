"""A register that does not open is not called empty: every refusal has a heading of its own."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from data.errors import (
    DiskFullError,
    NewerSchemaError,
    NotARegisterError,
    OlderSchemaError,
    RulesFaultyError,
    WorkspaceLockedError,
    WorkspaceMissingError,
)
from gis.errors import UserError
from ui.components.welcome import heading
from ui.text import LANGUAGES, set_language


@pytest.mark.parametrize(
    ("kinds", "zh", "en"),
    [
        ((None, WorkspaceMissingError), "还没有可看的数据", "Nothing to look at yet"),
        ((NotARegisterError, DiskFullError), "打不开这本台账", "cannot be opened"),
        ((NewerSchemaError, OlderSchemaError), "版本与程序不符", "different versions"),
        ((WorkspaceLockedError,), "被其他程序占用", "Another program"),
        ((RulesFaultyError,), "规则文件不能用", "The rules"),
        ((UserError,), "现在看不了数据", "cannot be shown"),
    ],
)
def test_every_kind_of_refusal_has_its_heading(kinds, zh, en):
    for kind in kinds:
        refusal = None if kind is None else kind.__new__(kind)
        for lang, told in zip(LANGUAGES, (zh, en), strict=True):
            set_language(lang)
            assert told in heading(refusal)


@pytest.mark.parametrize(
    ("script", "title"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "这本台账的版本与程序不符"),
        ("DROP TABLE parcel_version", "打不开这本台账"),
        ("UPDATE parcel_version SET far = x'00ff'", "打不开这本台账"),
        ("UPDATE stage_event SET occurred_on = 'soon'", None),
    ],
)
def test_a_damaged_register_is_shown_as_one(home, county, tmp_path, monkeypatch, script, title):
    place = shutil.copytree(county, tmp_path / "county")
    with closing(sqlite3.connect(place / "register.gpkg")) as database:
        database.executescript(script)
    monkeypatch.setenv("MUTU_WORKSPACE", str(place))
    app = home.run()
    assert not app.exception
    assert app.warning
    assert not app.error
    if title:
        assert [heading.value for heading in app.title] == [title]
        assert "cli.py sample" not in "".join(block.value for block in app.code)
