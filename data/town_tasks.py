"""Tasks of the towns (镇街任务分解): an input of the bureau's, read whole or refused whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from data.errors import ChangeRefusedError
from data.register.change import Change
from gis.io import read_table

TEMPLATE = Path(__file__).with_name("reference") / "town_tasks.csv"
"""An empty table to be filled in: no source holds these tasks."""

KIND = "town_tasks"
_HEADINGS = {
    "year": ("年度", "year"),
    "town": ("乡镇街道", "town"),
    "task_mu": ("任务（亩）", "任务(亩)", "task_mu"),
    "source": ("文件依据", "source"),
}
_MOST_MU = 100_000


class TownTasksRefusedError(ChangeRefusedError):
    """A table of tasks with faults; nothing of it is taken."""

    zh = "镇街任务表未采用，共 {count} 处问题：{faults}。请改正后整表重新提交。"
    en = "The table of town tasks was not taken; {count} faults: {faults}. Mend it and retry."


@dataclass(frozen=True)
class TownTasks:
    """Tasks of one year by town in 亩, and the documents that set them."""

    year: int
    tasks_mu: Mapping[str, float]
    source: str = ""

    @property
    def total_mu(self) -> float:
        """Sum of the tasks given."""
        return sum(self.tasks_mu.values())


def read_town_tasks(path: Path | str, *, towns: Sequence[str]) -> tuple[TownTasks, ...]:
    """Read a table of town tasks, one row for each year and town.

    Rows without a task are left out: unknown is not 0.

    Parameters
    ----------
    path : Path or str
        CSV or workbook with the headings of the template (年度, 乡镇街道, 任务（亩）, 文件依据).
    towns : sequence of str
        The towns that there are.

    Returns
    -------
    tuple of TownTasks
        In the order of the years.

    Raises
    ------
    TownTasksRefusedError
        With every fault: a town not in the list, a task that is no number above 0, a town given
        twice, no year.
    GisError
        If the file is no readable table.
    """
    table = read_table(Path(path))
    found = {
        key: next((name for name in names if name in table.columns), None)
        for key, names in _HEADINGS.items()
    }
    missing = [_HEADINGS[key] for key in ("year", "town", "task_mu") if found[key] is None]
    if missing:
        faults = tuple((f"缺少列 {names[0]}", f"no column {names[-1]}") for names in missing)
        raise TownTasksRefusedError(count=len(faults), faults=faults)
    rows = table.rename(columns={name: key for key, name in found.items() if name})
    if "source" not in rows:
        rows = rows.assign(source=None)
    return checked_tasks(rows, towns=towns)


def checked_tasks(rows: pd.DataFrame, *, towns: Sequence[str]) -> tuple[TownTasks, ...]:
    """Return the tasks of rows ``year``, ``town``, ``task_mu``, ``source``; see the reader.

    Examples
    --------
    >>> rows = pd.DataFrame({"year": [2026, 2026], "town": ["塘下镇", "莘塍街道"],
    ...                      "task_mu": ["500", None], "source": "会议纪要"})
    >>> checked_tasks(rows, towns=["塘下镇", "莘塍街道"])[0].tasks_mu
    mappingproxy({'塘下镇': 500.0})
    """
    told = rows["task_mu"].astype("str").str.strip().where(rows["task_mu"].notna(), "")
    rows = rows[(told != "").to_numpy()]
    said = told[told != ""].str.replace(",", "")
    town = rows["town"].astype("str").str.strip()
    task = pd.to_numeric(said, errors="coerce")
    year = pd.to_numeric(rows["year"], errors="coerce")
    bad_year = ~year.between(2000, 2100) | (year % 1 != 0)
    problems = (
        (~town.isin(list(towns)), town, "乡镇街道不在名单中", "no such town"),
        (~task.between(0, _MOST_MU, inclusive="right"), said, "任务不是大于 0 的数", "no task > 0"),
        (bad_year, rows["year"], "年度无法识别", "no year"),
        (pd.DataFrame({"y": year, "t": town}).duplicated(), town, "重复填报", "given twice"),
    )
    faults = [
        (f"第 {row} 行：{zh} “{value}”", f"row {row}: {en} “{value}”")
        for bad, values, zh, en in problems
        for row, value in values[bad.to_numpy(dtype=bool)].items()
    ]
    if faults:
        raise TownTasksRefusedError(count=len(faults), faults=tuple(faults))
    source = rows["source"].astype(object).where(rows["source"].notna(), None)
    return tuple(_of_year(int(y), year == y, town, task, source) for y in sorted(year.unique()))


def _of_year(
    year: int, mine: pd.Series, town: pd.Series, task: pd.Series, source: pd.Series
) -> TownTasks:
    tasks = dict(zip(town[mine], (float(mu) for mu in task[mine]), strict=True))
    documents = list(dict.fromkeys(str(text) for text in source[mine] if text))
    return TownTasks(year, MappingProxyType(tasks), "；".join(documents))


def tasks_change(
    tables: Sequence[TownTasks], *, who: str, why: str, recorded_at: datetime
) -> Change:
    """Return the change that puts tasks on record; a year's table replaces the one before."""
    meta = {
        f"{KIND}.{table.year}": json.dumps(
            {"tasks_mu": dict(table.tasks_mu), "source": table.source},
            ensure_ascii=False,
            sort_keys=True,
        )
        for table in tables
    }
    return Change(kind=KIND, who=who, why=why, recorded_at=recorded_at, meta=meta)


def kept_tasks(meta: Mapping[str, str], year: int) -> TownTasks | None:
    """Return the tasks of a year on record, None where there are none.

    Examples
    --------
    >>> kept_tasks({}, 2026) is None
    True
    """
    text = meta.get(f"{KIND}.{year}")
    if text is None:
        return None
    told = json.loads(text)
    return TownTasks(year, told["tasks_mu"], told.get("source", ""))
