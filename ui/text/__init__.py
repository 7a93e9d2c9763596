"""What the pages say, in Chinese and English: one file of sentences for each language.

Keys are ``section.name``; the files ``zh.toml`` and ``en.toml`` hold the same keys with the same
placeholders. The language belongs to the running page (a context variable), so that two people
reading at once do not change each other's.
"""

from __future__ import annotations

import functools
import tomllib
from contextvars import ContextVar
from pathlib import Path
from typing import Any

LANGUAGES = ("zh", "en")
DEFAULT = "zh"

_current: ContextVar[str] = ContextVar("mutu_language", default=DEFAULT)


def language() -> str:
    """Return the language of the running page, ``"zh"`` unless it was set."""
    return _current.get()


def set_language(lang: str) -> None:
    """Speak ``lang`` from here on; anything but a known language means Chinese.

    Examples
    --------
    >>> set_language("en"); language()
    'en'
    >>> set_language("fr"); language()
    'zh'
    """
    _current.set(lang if lang in LANGUAGES else DEFAULT)


@functools.cache
def sentences(lang: str) -> dict[str, str]:
    """Read every sentence of ``lang`` as ``{"section.name": sentence}``."""
    with (Path(__file__).parent / f"{lang}.toml").open("rb") as file:
        sections = tomllib.load(file)
    return {
        f"{section}.{name}": sentence
        for section, names in sections.items()
        for name, sentence in names.items()
    }


def t(key: str, **params: Any) -> str:
    """Say ``key`` in the current language with its placeholders filled.

    Raises
    ------
    KeyError
        If there is no such sentence, or a placeholder was not given.

    Examples
    --------
    >>> t("unit.parcels", n="3")
    '3 宗'
    """
    sentence = sentences(_current.get())[key]
    return sentence.format(**params) if params else sentence
