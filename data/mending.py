"""A table that was broken when it was taken out of a document, put together by a recipe.

Rows torn into several, headings and cells printed over one another, quotes and line breaks: what
can be mended in one way only is mended and told; all else stays as it was and is listed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from data.mending_recipe import ColumnRule, Recipe, RecipeDoesNotFitError
from data.overprint import is_shuffle, take_apart, without
from gis.io import read_table

MOST_TOGETHER = 8
"""Columns that may have run into one."""

_LEAST_SEEN = 6  # signs; shorter values stand in many texts by chance
_MOST_SEEN = 20
_SPACES = re.compile(r"\s+")
_BEFORE_STOP = re.compile(r"\s+([.,;:])")


@dataclass
class Mended:
    """A table put together.

    Attributes
    ----------
    table : DataFrame
        One row a record, text (None where empty), indexed by the row of the file.
    faults : DataFrame
        ``row``, ``column``, ``value``, ``zh``, ``en``: what remains to be mended by hand.
    mended : Counter
        Kind of mending → how often: ``joined``, ``heading``, ``overprinted``, ``run_together``.
    rows_in : int
        Rows of the file below its header.
    """

    table: pd.DataFrame
    faults: pd.DataFrame
    mended: Counter[str]
    rows_in: int


@dataclass
class _Work:
    recipe: Recipe
    groups: list[list[ColumnRule]]
    mended: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)

    def fault(self, row: Any, column: str, value: str | None, zh: str, en: str) -> None:
        self.faults.append({"row": row, "column": column, "value": value, "zh": zh, "en": en})


def mend_table(path: Path, recipe: Recipe, *, encoding: str | None = None) -> Mended:
    """Put a broken table together.

    Raises
    ------
    GisError
        If the file is no table.
    RecipeDoesNotFitError
        If a heading is none of the recipe's, nor several of them printed over one another.
    """
    cells = read_table(path, encoding=encoding, header_rows=(1, 1))
    texts = cells.astype(object).where(cells.notna(), None)
    headings = [_close(str(name)) for name in cells.columns]
    work = _Work(recipe, _groups(headings, recipe, path.name))
    work.mended["heading"] = sum(len(group) > 1 for group in work.groups)
    key_at = next(n for n, g in enumerate(work.groups) if any(r.name == recipe.key for r in g))
    records = _joined(texts, key_at, work)
    rows = {row: _record(row, lines, work) for row, lines in records.items()}
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=[rule.name for rule in recipe.columns], dtype=object
    )
    table = table.where(table.notna(), None).rename_axis("row")
    _overprinted_left(table, work)
    _check(table, work)
    columns = ["row", "column", "value", "zh", "en"]
    return Mended(table, pd.DataFrame(work.faults, columns=columns), work.mended, len(cells))


def _plain(text: str) -> str:
    r"""Bring text to one line without quotes and doubled blanks.

    >>> _plain('"flats" . To\n be')
    'flats. To be'
    """
    joined = _SPACES.sub(" ", text.replace('"', " ")).strip()
    return _BEFORE_STOP.sub(r"\1", joined)


def _close(heading: str) -> str:
    return "".join(heading.split())


def _groups(headings: Sequence[str], recipe: Recipe, file: str) -> list[list[ColumnRule]]:
    """Tell which columns of the recipe each heading of the file stands for."""
    groups, at = [], 0
    for heading in headings:
        rest = recipe.columns[at:]
        found = 0
        for count in range(1, min(MOST_TOGETHER, len(rest)) + 1):
            names = [rule.name for rule in rest[:count]]
            if is_shuffle(heading, [_close(name) for name in names]):
                found = count
                break
        if not found:
            wanted = rest[0].name if rest else "—"
            raise RecipeDoesNotFitError(file=file, heading=heading[:60], wanted=wanted)
        groups.append(list(rest[:found]))
        at += found
    return groups


def _joined(texts: pd.DataFrame, key_at: int, work: _Work) -> dict[Any, list[list[str]]]:
    """Lines of every cell of a record, by the row that has the key; pieces join it in order."""
    records: dict[Any, list[list[str]]] = {}
    waiting: list[tuple[Any, list[Any]]] = []
    last: Any = None
    width = texts.shape[1]
    for row, values in zip(texts.index, texts.to_numpy(dtype=object).tolist(), strict=True):
        if values[key_at] is None:
            if work.recipe.fragments == "below" and last is not None:
                _add(records[last], values)
                work.mended["joined"] += 1
            else:
                waiting.append((row, list(values)))
            continue
        lines: list[list[str]] = [[] for _ in range(width)]
        for _, piece in waiting:
            _add(lines, piece)
            work.mended["joined"] += 1
        waiting = []
        _add(lines, values)
        records[row], last = lines, row
    for row, piece in waiting:
        value = " ".join(str(cell) for cell in piece if cell is not None)
        work.fault(row, "", value, "残行没有所属的记录", "A torn-off row without its record")
    return records


def _add(lines: list[list[str]], values: Sequence[Any]) -> None:
    for place, cell in enumerate(values):
        if cell is not None:
            lines[place] += str(cell).splitlines()


def _record(row: Any, lines: list[list[str]], work: _Work) -> dict[str, str | None]:
    """Values of one record by column."""
    found: dict[str, str | None] = {}
    for place, group in enumerate(work.groups):
        if not lines[place]:
            continue
        reach = list(group)
        ways: list[dict[str, str | None]] = []
        empty = place + 1
        while not (ways := _ways(lines[place], reach)):
            if empty >= len(work.groups) or lines[empty] or len(reach) >= MOST_TOGETHER:
                break
            reach += work.groups[empty]
            empty += 1
        else:
            if len(reach) > 1 and sum(value is not None for value in ways[0].values()) > 1:
                work.mended["overprinted" if len(reach) > 2 else "run_together"] += 1
        if len(ways) == 1:
            found |= ways[0]
            continue
        text = _plain(" ".join(lines[place]))
        found |= {rule.name: None for rule in group} | {group[0].name: text}
        _say_unread(row, group, text, ways, work)
    return found


def _say_unread(
    row: Any,
    group: Sequence[ColumnRule],
    text: str,
    ways: Sequence[Mapping[str, str | None]],
    work: _Work,
) -> None:
    name = " + ".join(rule.name for rule in group)
    if not ways:
        work.fault(row, name, text, "与该列应有的内容不符", "Not what the column may hold")
        return
    told = " | ".join(", ".join(v for v in way.values() if v) for way in ways[:5])
    work.fault(row, name, text, f"有多种读法：{told}", f"Can be read in several ways: {told}")


def _ways(lines: Sequence[str], rules: Sequence[ColumnRule]) -> list[dict[str, str | None]]:
    """Every way to read the lines of a cell as the values of some columns.

    The first column alone where its rule allows; a number at the head of one line before a text;
    otherwise closed lists and numbers printed over one another.
    """
    text = _plain(" ".join(lines))
    names = [rule.name for rule in rules]
    nothing: dict[str, str | None] = dict.fromkeys(names)
    first = rules[0]
    if first.fits(text) and (len(rules) == 1 or not first.free):
        return [nothing | {first.name: text}]
    free = [rule for rule in rules if rule.free]
    if len(rules) == 2 and free == [rules[1]] and first.pattern:
        return [nothing | way for way in _number_in_lines(lines, rules)]
    if free or len(rules) == 1:
        return []
    listed = [rule for rule in rules if rule.one_of]
    numbers = [rule for rule in rules if rule.pattern]
    if len(listed) + len(numbers) < len(rules):
        return []
    found = take_apart(text, [rule.one_of for rule in listed], [rule.pattern for rule in numbers])
    keys = [rule.name for rule in (*listed, *numbers)]
    return [
        dict(zip(keys, (*texts, *values), strict=True))
        for texts, values in found
        if all(rule.fits(value) for rule, value in zip(numbers, values, strict=True))
    ]


def _number_in_lines(
    lines: Sequence[str], rules: Sequence[ColumnRule]
) -> list[dict[str, str | None]]:
    """Find a number that stands before one of the lines of the text beside it."""
    ways = []
    for place, line in enumerate(lines):
        head = re.match(rf"({rules[0].pattern})(?:\s+(.*)|$)", line, re.DOTALL)
        if head is not None:
            rest = [*lines[:place], head[head.lastindex or 1] or "", *lines[place + 1 :]]
            if head.lastindex == 1:
                rest[place] = ""
            ways.append({rules[0].name: head[1], rules[1].name: _plain(" ".join(rest)) or None})
    return ways


def _overprinted_left(table: pd.DataFrame, work: _Work) -> None:
    """Find required values that were printed over the free text to their left.

    What they may be is what the other rows have there.
    """
    for place, rule in enumerate(work.recipe.columns):
        left = work.recipe.columns[place - 1] if place else None
        if not rule.required or left is None or not (left.free or left.pattern):
            continue
        seen = table[rule.name].dropna().value_counts().index[:_MOST_SEEN]
        for row in table.index[(table[rule.name].isna() & table[left.name].notna()).to_numpy()]:
            text = str(table.at[row, left.name])
            ways = [
                (value, rest)
                for value in seen
                if len(value) >= _LEAST_SEEN
                for rest in without(text, value)
                if left.fits(_plain(rest))
            ]
            values, rests = {value for value, _ in ways}, sorted({rest for _, rest in ways})
            if len(values) == 1:
                table.at[row, rule.name] = values.pop()
                work.mended["overprinted"] += 1
            if len(rests) == 1:
                table.at[row, left.name] = _plain(rests[0])
            elif rests:
                told = " | ".join(rests[:5])
                zh, en = f"有多种读法：{told}", f"Can be read in several ways: {told}"
                work.fault(row, left.name, text, zh, en)


def _check(table: pd.DataFrame, work: _Work) -> None:
    """List what is missing or does not fit its column, once for each cell."""
    told = {(fault["row"], name) for fault in work.faults for name in fault["column"].split(" + ")}
    for rule in work.recipe.columns:
        for row, value in table[rule.name].items():
            if (row, rule.name) in told:
                continue
            if value is None and rule.required:
                work.fault(row, rule.name, None, "缺少必填内容", "A required value is missing")
            elif value is not None and not rule.fits(value):
                zh, en = "与该列应有的内容不符", "Not what the column may hold"
                work.fault(row, rule.name, value, zh, en)
    for name in (name for name, n in table[work.recipe.key].value_counts().items() if n > 1):
        for row in table.index[(table[work.recipe.key] == name).to_numpy()][1:]:
            work.fault(
                row, work.recipe.key, str(name), "编号重复", "The key repeats an earlier row"
            )
