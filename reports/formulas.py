"""Formulas that add up by name, whatever the name is."""

from __future__ import annotations

import re

from data.schema import enum_labels

_CHINESE = re.compile(r"[\u4e00-\u9fff（][\u4e00-\u9fff（）]{0,100}")


def sum_if(values: str, *conditions: tuple[str, str, str | None]) -> str:
    """Return a formula that adds up ``values`` where every condition holds.

    SUMIFS reads ``* ? ~ < = >`` and digits in a criterion as more than text, so a name that is
    not plain is compared by EXACT instead; the rows without a name are those of an empty cell.

    Parameters
    ----------
    values : str
        Range to be added up.
    *conditions : tuple
        Range, cell that holds the name, and the name; None for the rows without one.

    Examples
    --------
    >>> sum_if("D2:D9", ("C2:C9", "$A5", "塘下镇"))
    '=SUMIFS(D2:D9,C2:C9,$A5)'
    >>> sum_if("D2:D9", ("C2:C9", "$A5", "=*镇"))
    '=SUMPRODUCT(--EXACT(C2:C9,$A5),D2:D9)'
    >>> sum_if("D2:D9", ("C2:C9", "$A5", None))
    '=SUMPRODUCT(--(C2:C9=""),D2:D9)'
    """
    if all(is_plain(name) for _, _, name in conditions):
        return f"=SUMIFS({values},{','.join(f'{where},{cell}' for where, cell, _ in conditions)})"
    return f"=SUMPRODUCT({','.join(map(_test, conditions))},{values})"


def count_if(condition: tuple[str, str, str | None], *, blank: str | None = None) -> str:
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
    test = _test(condition)
    return f"=SUMPRODUCT({test})" if blank is None else f"=SUMPRODUCT({test},--ISBLANK({blank}))"


def _test(condition: tuple[str, str, str | None]) -> str:
    where, cell, name = condition
    return f'--({where}="")' if name is None else f"--EXACT({where},{cell})"


def is_plain(name: str | None) -> bool:
    """Whether a criterion means just this text: Chinese, or a label of ours in English.

    Examples
    --------
    >>> is_plain("塘下镇"), is_plain("3号*"), is_plain("Underused")
    (True, False, True)
    """
    if name is None:
        return False
    return bool(_CHINESE.fullmatch(name)) or name in enum_labels("low_class", "en").values()
