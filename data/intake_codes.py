"""Codes and names of firms: one spelling, the check character, and what Excel has spoilt."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from stdnum.cn import uscc

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_WIDE_LETTERS = {code: half for code, half in _WIDE.items() if chr(half).isalnum()}
_BRACKETS = str.maketrans({"(": "（", ")": "）"})
_BRACKETED = re.compile("(?<=[\u3400-\u9fff])\\([^()]*\\)|\\([^()]*[\u3400-\u9fff][^()]*\\)")
"""Half-width brackets that belong to a Chinese name: after such a letter, or around some."""
_HAN = re.compile("[\u3400-\u9fff]")
_LOOKALIKES = str.maketrans("OIZSV", "0125U")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SPLIT = re.compile(r"[、;；/|\n]|(?<=[司厂店部社会])[,， ]+(?=[\u3400-\u9fff])")
_AND_MORE = re.compile(r"等\s*\d*\s*[户家人]?$")
_MASKED = re.compile("^[\u3400-\u9fff]{1,2}[*＊×xX某]{1,3}$|[*＊]{2,}")
SPOILT = re.compile(r"\d(?:\.\d+)?[eE]\+\d+|\d{15}0{3,}")
"""A long number that a workbook has rounded: in powers of ten, or with noughts at its end."""


WIDE = re.compile("[\uff01-\uff5e\u3000]")
"""Signs that `half_width` changes."""

UNPLAIN = re.compile("[^0-9A-Z]")
"""Signs that `credit_code` may change."""

BRACKETS = re.compile("[()]")
"""Signs that `firm_name` changes."""

MASKS = re.compile("[*＊×xX某]")
"""Signs without which no name `is_masked`."""

SEVERAL = re.compile(r"[、;；/|\n,，\s]|等\s*\d*\s*[户家人]?$|等\s*\d*\s*[户家人]?\x00")
"""Signs without which there is one of `owners_in`; texts are joined by NUL."""

_WEIGHTS = np.array([3**place % 31 for place in range(17)])
_VALUES = np.full(128, -1)
_VALUES[[ord(sign) for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY"]] = np.arange(31)


def good_codes(codes: Sequence[str]) -> np.ndarray:
    """Say of many plain credit codes at once which have the right check character.

    Examples
    --------
    >>> good_codes(["91110000600037341L", "91110000600037341M", "9111"]).tolist()
    [True, False, False]
    """
    right = np.array([len(code) == 18 and code.isascii() for code in codes], dtype=bool)
    if not right.any():
        return right
    whole = "".join(code for code, fits in zip(codes, right, strict=True) if fits)
    values = _VALUES[np.frombuffer(whole.encode("ascii"), dtype=np.uint8)].reshape(-1, 18)
    fine = (values >= 0).all(axis=1) & (values[:, :8] < 10).all(axis=1)
    fine &= (values[:, :17] @ _WEIGHTS + values[:, 17]) % 31 == 0
    right[right] = fine
    return right


def half_width(text: str) -> str:
    """Return a text with full-width letters and digits as half-width ones, signs also.

    Beside Chinese characters the signs stay: a document's number has full-width brackets.

    Examples
    --------
    >>> half_width("３３０３８１－ＧＢ"), half_width("瑞政（２０２１）１号")
    ('330381-GB', '瑞政（2021）1号')
    """
    return text.translate(_WIDE_LETTERS if _HAN.search(text) else _WIDE)


def firm_name(text: str) -> str:
    """Return a name in Chinese with full-width brackets; others as they are.

    Examples
    --------
    >>> firm_name("瑞安市某某(集团)有限公司"), firm_name("见[附件](1.pdf)")
    ('瑞安市某某（集团）有限公司', '见[附件](1.pdf)')
    """
    return _BRACKETED.sub(lambda found: found[0].translate(_BRACKETS), text)


def credit_code(text: str) -> str:
    """Return a credit code in its plain form: capitals, half width, without blanks and dashes.

    Examples
    --------
    >>> credit_code("9133 0381-ma2abcde1x")
    '91330381MA2ABCDE1X'
    """
    return re.sub(r"[\s\-'’`]", "", half_width(text)).upper()


def is_credit_code(code: str) -> bool:
    """Tell whether a plain credit code has 18 characters and the right check character.

    Examples
    --------
    >>> is_credit_code("91110000600037341L"), is_credit_code("91110000600037341M")
    (True, False)
    """
    return bool(uscc.is_valid(code))


def proposed_code(code: str) -> str | None:
    """Return what a wrong credit code may have been; None where nothing fits, or too much does.

    O, I, Z, S and V, which such codes never hold, may stand for 0, 1, 2, 5 and U; of 17 characters
    the last, the check character, may be what is missing.

    Examples
    --------
    >>> proposed_code("9111OOOO600037341L"), proposed_code("91110000600037341")
    ('91110000600037341L', '91110000600037341L')
    >>> proposed_code("91110000600037341M") is None
    True
    """
    plain = code.translate(_LOOKALIKES)
    if plain != code and is_credit_code(plain):
        return plain
    if len(plain) == 17 and plain[:8].isdigit() and all(sign in _ALPHABET for sign in plain):
        return plain + str(uscc.calc_check_digit(plain))
    return None


def owners_in(text: str) -> list[str]:
    """Return the names in an owner's cell.

    Examples
    --------
    >>> owners_in("甲公司、乙厂；丙厂"), owners_in("某某村等12户"), owners_in("甲（集团）公司")
    (['甲公司', '乙厂', '丙厂'], ['某某村', '等12户'], ['甲（集团）公司'])
    """
    names = [name.strip() for name in _SPLIT.split(text) if name.strip()]
    more = _AND_MORE.search(names[-1]) if names else None
    if more and more.start():
        names = [*names[:-1], names[-1][: more.start()].strip(), more[0].strip()]
    return names


def is_masked(name: str) -> bool:
    """Tell whether a name was made unreadable on purpose.

    Examples
    --------
    >>> is_masked("王*"), is_masked("王某某"), is_masked("王小明")
    (True, True, False)
    """
    return bool(_MASKED.search(name))
