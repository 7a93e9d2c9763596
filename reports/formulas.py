"""Formulas that add up by name, whatever the name is."""

from __future__ import annotations

import re

from data.schema import enum_labels
from reports.words import word

_CHINESE = re.compile(r"[\u4e00-\u9fff（][\u4e00-\u9fff（）]{0,100}")


def sum_if(values: str, *conditions: tuple[str, str, str]) -> str:
    """Return a formula that adds up ``values`` where every condition holds.

    SUMIFS reads ``* ? ~ < = >`` and digits in a criterion as more than text, so a name that is
    not plain is compared by EXACT instead.

    Parameters
    ----------
    values : str
        Range to be added up.
    *conditions : tuple of str
        Range, cell that holds the name, and the name.

    Examples
    --------
    >>> sum_if("D2:D9", ("C2:C9", "$A5", "塘下镇"))
    '=SUMIFS(D2:D9,C2:C9,$A5)'
    >>> sum_if("D2:D9", ("C2:C9", "$A5", "=*镇"))
    '=SUMPRODUCT(--EXACT(C2:C9,$A5),D2:D9)'
    """
    if all(is_plain(name) for _, _, name in conditions):
        return f"=SUMIFS({values},{','.join(f'{where},{cell}' for where, cell, _ in conditions)})"
    tests = [f"--EXACT({where},{cell})" for where, cell, _ in conditions]
    product = tests[0] if len(tests) == 1 else ",".join(tests)
    return f"=SUMPRODUCT({product},{values})"


def count_if(condition: tuple[str, str, str], *, blank: str | None = None) -> str:
    """Return a formula that counts the rows of a name, or those where ``blank`` is empty.

    Examples
    --------
    >>> count_if(("C2:C9", "$A5", "塘下镇"))
    '=COUNTIFS(C2:C9,$A5)'
    >>> count_if(("C2:C9", "$A5", "塘下镇"), blank="D2:D9")
    '=COUNTIFS(C2:C9,$A5)-COUNTIFS(C2:C9,$A5,D2:D9,">=0")'
    """
    where, cell, name = condition
    if is_plain(name):
        known = "" if blank is None else f'-COUNTIFS({where},{cell},{blank},">=0")'
        return f"=COUNTIFS({where},{cell}){known}"
    test = f"--EXACT({where},{cell})"
    return f"=SUMPRODUCT({test})" if blank is None else f"=SUMPRODUCT({test},--ISBLANK({blank}))"


def is_plain(name: str) -> bool:
    """Whether a criterion means just this text: Chinese, or a label of ours in English.

    Examples
    --------
    >>> is_plain("塘下镇"), is_plain("3号*"), is_plain("Underused")
    (True, False, True)
    """
    ours = {*enum_labels("low_class", "en").values(), word("unknown", "en")}
    return bool(_CHINESE.fullmatch(name)) or name in ours
