"""The recipe of mending a table: its columns, and what each may hold."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from data.errors import DataError


class RecipeFaultyError(DataError):
    """A recipe of mending that cannot be used."""

    zh: ClassVar[str] = "修补方案 {file} 有误：{faults}。请按 docs/intake.md 的样子改正。"
    en: ClassVar[str] = "The recipe {file} is faulty: {faults}. Mend it as docs/intake.md shows."


class RecipeDoesNotFitError(DataError):
    """The headings of the table are not those of the recipe."""

    zh: ClassVar[str] = "文件 {file} 的列标题“{heading}”与修补方案对不上（应为 {wanted}）。"
    en: ClassVar[str] = (
        "The heading “{heading}” of {file} does not fit the recipe (it wants {wanted})."
    )


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What a column may hold: a closed list, a pattern (of a number with bounds), a date, any text.

    A number of no bounds may be anything; ``least`` and ``most`` are such as the extent of the
    county for coordinates.
    """

    name: str
    one_of: tuple[str, ...] = ()
    pattern: str = ""
    date: str = ""
    required: bool = False
    least: float = -math.inf
    most: float = math.inf

    def fits(self, value: str) -> bool:
        """Tell whether a value may stand in the column."""
        if self.one_of:
            return value in self.one_of
        if self.date:
            return _is_day(value, self.date)
        if self.pattern and re.fullmatch(self.pattern, value) is None:
            return False
        bounded = math.isfinite(self.least) or math.isfinite(self.most)
        return not bounded or self.least <= _number(value) <= self.most

    @property
    def free(self) -> bool:
        """Whether any text may stand here."""
        return not (self.one_of or self.pattern or self.date)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a table should look.

    Attributes
    ----------
    key : str
        Column without which a row is a torn-off piece of a record.
    fragments : str
        Where such pieces stand: ``above`` or ``below`` the row of their record.
    columns : tuple of ColumnRule
        Every column, in order.
    """

    key: str
    fragments: str
    columns: tuple[ColumnRule, ...]


def read_recipe(path: Path) -> Recipe:
    """Read a recipe of mending (TOML: ``key``, ``fragments``, ``[[column]]`` with ``name`` and one
    of ``one_of``, ``pattern`` (with ``least``, ``most``), ``date``, and ``required``).

    Raises
    ------
    RecipeFaultyError
        With every fault.
    """  # noqa: D205 - one sentence
    try:
        body = tomllib.loads(path.read_text("utf-8"))
        columns = tuple(
            ColumnRule(**{**item, "one_of": tuple(item.get("one_of", ()))})
            for item in body.get("column", [])
        )
        grouped = [rule.name for rule in columns if re.compile(rule.pattern).groups]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, re.error) as error:
        raise RecipeFaultyError(file=path.name, faults=str(error)[:200]) from error
    recipe = Recipe(body.get("key", ""), body.get("fragments", "above"), columns)
    names = [rule.name for rule in columns]
    faults = [f"{name} ×{n}" for name, n in Counter(names).items() if n > 1]
    faults += [f"{name}: pattern (…) ?" for name in grouped]
    faults += ["key ?"] if recipe.key not in names else []
    faults += ["fragments ?"] if recipe.fragments not in ("above", "below") else []
    if faults:
        raise RecipeFaultyError(file=path.name, faults="; ".join(faults))
    return recipe


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _is_day(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 - a day only
    except ValueError:
        return False
    return True
