"""Both languages say the same things, and nothing is said that nobody asks for."""

import ast
import re
import string
from pathlib import Path

import pytest

from data import schema
from reports.evaluation import _TAGS
from ui.text import LANGUAGES, language, sentences, set_language, t

SOURCES = [*Path("ui").rglob("*.py"), Path("app.py")]


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def asked_for() -> tuple[set[str], set[str]]:
    """Whole keys in the code, and beginnings of keys that are put together there."""
    whole, beginnings = set(), set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "t" and node.args:
                key = node.args[0]
                if isinstance(key, ast.Constant):
                    whole.add(key.value)
                elif isinstance(key, ast.JoinedStr):
                    beginnings.add(key.values[0].value)
                else:
                    pytest.fail(f"{source}:{node.lineno}: t() needs a key that can be found")
    return whole, beginnings


def test_both_languages_have_the_same_keys():
    assert set(sentences("zh")) == set(sentences("en"))


def test_a_sentence_has_the_same_placeholders_in_both_languages():
    differing = [
        key
        for key, said in sentences("zh").items()
        if placeholders(said) != placeholders(sentences("en")[key])
    ]
    assert differing == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_is_empty(lang):
    assert [key for key, said in sentences(lang).items() if not said.strip()] == []


def test_every_key_asked_for_exists():
    whole, beginnings = asked_for()
    assert sorted(whole - set(sentences("zh"))) == []
    assert [b for b in beginnings if not any(k.startswith(b) for k in sentences("zh"))] == []


def test_every_key_is_used():
    whole, beginnings = asked_for()
    unused = set(sentences("zh")) - whole
    assert sorted(key for key in unused if not key.startswith(tuple(beginnings))) == []


def test_chinese_sentences_hold_no_english_words():
    names = re.compile(
        r"Excel|GeoPackage|GeoJSON|[Ss]hapefile|KML|CAD|QGIS|ArcGIS|English|Ctrl|\{\w+\}|\.\w+"
    )
    told = {key: names.sub("", said) for key, said in sentences("zh").items()}
    assert [key for key, said in told.items() if re.search(r"[A-Za-z]{2,}", said)] == []


def test_an_unknown_language_speaks_chinese():
    set_language("fr")
    assert (language(), t("nav.map")) == ("zh", "一张图")


def test_a_missing_placeholder_is_an_error():
    with pytest.raises(KeyError):
        t("unit.mu", m="1")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_mark_of_certainty_has_one_wording_everywhere(lang):
    said = sentences(lang)
    for mark in schema.TAGS:
        wording = said[f"settings.tag_{mark.lower()}"]
        assert said[f"screening.tag_{mark}"] == f"{mark} {wording}"
        assert f"{mark} {wording}" in said["settings.tags"]
        assert _TAGS[mark][lang == "en"] == wording
