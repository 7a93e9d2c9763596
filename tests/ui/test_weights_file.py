"""Weights that a reader brings along: what is wrong with a file is said by the names in it."""

from types import SimpleNamespace

import pytest

from ui.components import siting_weights_file as page

KEYS = ("slope_pct", "port_km", "cluster_firms")
HEAD = "指标,坡度,距港口,同集群企业\n"


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("指标,权重\n坡度,-1\n距港口,2\n", "“坡度”为 -1", "“Slope” is -1"),
        (
            HEAD + "坡度,1,3,1/5\n距港口,1/3,1,3\n同集群企业,5,1/3,1\n",
            "坡度比距港口为 3", "Slope to Way to a port is 3",
        ),
        (
            HEAD + "坡度,1,3,1\n距港口,3,1,1\n同集群企业,1,1,1\n",
            "坡度 : 距港口 = 3", "Slope : Way to a port = 3",
        ),
        (HEAD + "坡度,1,,1\n距港口,1,1,1\n同集群企业,1,1,1\n", "没有数", "has no number"),
    ],
)  # fmt: skip
def test_a_file_of_weights_is_refused_by_the_names_of_its_criteria(monkeypatch, text, zh, en):
    file = SimpleNamespace(name="权重.csv", getvalue=lambda: text.encode("utf-8-sig"))
    session = {page.FILE: file}
    monkeypatch.setattr(page, "st", SimpleNamespace(session_state=session))
    page._taken()
    told = session[page.TOLD]
    assert zh in told.say("zh")
    assert en in told.say("en")
    assert not any(key in told.say(lang) for key in KEYS for lang in ("zh", "en"))
