"""Formulas that add up by name, whatever the name is."""

from __future__ import annotations

import re

from data.schema import enum_labels

_CHINESE = re.compile(r"[\u4e00-\u9fff（][\u4e00-\u9fff（）]{0,100}")


UNKNOWN = "—"
"""What a sum shows where nothing of it is known."""

Condition = tuple[str, str, str | None]
"""Range, cell that holds the name, and the name; None for the rows without one."""


def sum_if(values: str, *conditions: Condition, none_is_zero: bool = False) -> str:
    """Return a formula that adds up ``values`` where every condition holds, ``—`` if none is known.

    SUMIFS reads ``* ? ~ < = >`` and digits in a criterion as more than text, so a name that is
    not plain is compared by EXACT instead; the rows without a name are those of an empty cell.

    Parameters
    ----------
    values : str
        Range to be added up.
    *conditions : Condition
        What a row must be to count.
    none_is_zero : bool
        The sum is 0 where no row at all meets the conditions; only unknown rows give ``—``.

    Examples
    --------
    >>> sum_if("D2:D9", ("C2:C9", "$A5", "塘下镇"))
    '=IF(COUNTIFS(C2:C9,$A5,D2:D9,">=0")=0,"—",SUMIFS(D2:D9,C2:C9,$A5))'
    >>> sum_if("D2:D9", ("C2:C9", "$A5", "=*镇"))
    '=IF(SUMPRODUCT(--EXACT(C2:C9,$A5),--ISNUMBER(D2:D9))=0,"—",SUMPRODUCT(--EXACT(C2:C9,$A5),D2:D9))'
    """
    if all(is_plain(name) for _, _, name in conditions):
        tests = ",".join(f"{where},{cell}" for where, cell, _ in conditions)
        rows, known = f"COUNTIFS({tests})", f'COUNTIFS({tests},{values},">=0")'
        total = f"SUMIFS({values},{tests})"
    else:
        tests = ",".join(map(_test, conditions))
        rows, known = f"SUMPRODUCT({tests})", f"SUMPRODUCT({tests},--ISNUMBER({values}))"
        total = f"SUMPRODUCT({tests},{values})"
    if none_is_zero:
        return f'=IF(AND({rows}>0,{known}=0),"{UNKNOWN}",{total})'
    return f'=IF({known}=0,"{UNKNOWN}",{total})'


def sum_of(values: str) -> str:
    """Return a formula that adds up a range of subtotals, ``—`` if none of them is known.

    Examples
    --------
    >>> sum_of("B9:B20")
    '=IF(COUNT(B9:B20)=0,"—",SUM(B9:B20))'
    """
    return f'=IF(COUNT({values})=0,"{UNKNOWN}",SUM({values}))'


def sum_visible(values: str) -> str:
    """Return a formula that adds up the rows a filter leaves in view, ``—`` if none is known.

    Examples
    --------
    >>> sum_visible("D2:D9")
    '=IF(SUBTOTAL(102,D2:D9)=0,"—",SUBTOTAL(109,D2:D9))'
    """
    return f'=IF(SUBTOTAL(102,{values})=0,"{UNKNOWN}",SUBTOTAL(109,{values}))'


def count_if(condition: Condition, *, blank: str | None = None) -> str:
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


def _test(condition: Condition) -> str:
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
