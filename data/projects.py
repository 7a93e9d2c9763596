"""Projects that look for land: kept as a layer of the register, merged by their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pandas as pd

from data import schema
from data.asof import AsOf
from data.errors import ChangeRefusedError, DataError
from data.intake_columns import Column, map_columns
from data.intake_files import Reading, hand_over
from data.intake_issues import IssueLog
from data.intake_parcels import require_key, typed_columns
from data.intake_values import empty
from data.register.change import Change, LayerFile

LAYER = "projects"
KEY = "project_id"
BOUNDS = ("land_least_mu", "land_most_mu")
INDUSTRY = "industry_code"
_INDUSTRY, _TOO_LONG = r"(?<!\d)\d{2,4}(?!\d)", r"\d{5}"


class ProjectRefusedError(ChangeRefusedError):
    """A project with faults; nothing of it is taken."""

    zh = "项目未登记，共 {count} 处问题：{faults}。请改正后重新提交。"
    en = "The project was not recorded; {count} faults: {faults}. Mend it and retry."


class ProjectUnknownError(DataError):
    """A number that no project has."""

    zh: ClassVar[str] = "项目库中没有编号 {ids}。现有：{known}。"
    en: ClassVar[str] = "The register has no project {ids}. It has: {known}."


class ProjectsMissingError(DataError):
    """There are no projects yet."""

    zh: ClassVar[str] = (
        "登记簿中还没有项目。请先导入：cli.py import 项目库.xlsx --as projects，"
        "或逐个登记：cli.py project add 编号 --set 最少用地=30。"
    )
    en: ClassVar[str] = (
        "The register has no projects yet. Import them: cli.py import FILE --as projects, "
        "or enter one: cli.py project add ID --set land_least_mu=30."
    )


class _Layers(Protocol):
    def layers(self, as_of: AsOf | None = None) -> pd.DataFrame: ...
    def read_layer(self, name: str, as_of: AsOf | None = None) -> pd.DataFrame: ...


def project_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return projects with every field of the dictionary, typed, by ``project_id``.

    They stay in the order in which they came: who came first is served first.

    Parameters
    ----------
    rows : DataFrame
        One row a project, with ``project_id`` as a column; other columns than those of the
        dictionary are left out, unknown values stay unknown.

    Examples
    --------
    >>> table = project_table(pd.DataFrame({"project_id": ["X2", "X1"], "jobs": [None, 80]}))
    >>> table.index.tolist(), table["jobs"].tolist(), table["chemical"].isna().all()
    (['X2', 'X1'], [nan, 80.0], np.True_)
    """
    log = IssueLog("", LAYER)
    terms = schema.fields("project")
    columns = [Column(term.key, term) for term in terms if term.key in rows]
    values, _ = typed_columns(rows, columns, log)
    lacking = {
        term.key: empty(rows.index, Column(term.key, term))
        for term in terms
        if term.key not in rows
    }
    whole = values.assign(**lacking)[[term.key for term in terms]]
    index = pd.Index(whole[KEY].astype(object), name=KEY)
    return whole.drop(columns=KEY).set_axis(index, axis=0)


def read_projects(register: _Layers, as_of: AsOf | None = None) -> pd.DataFrame:
    """Return the projects of the register as known on a day; see `project_table`.

    Raises
    ------
    ProjectsMissingError
        If there are none.
    """
    if LAYER not in set(register.layers(as_of)["name"]):
        raise ProjectsMissingError()
    table = project_table(pd.DataFrame(register.read_layer(LAYER, as_of)))
    if table.empty:
        raise ProjectsMissingError()
    return table


def read_loose_projects(
    path: Path | str, *, encoding: str | None = None, sheet: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read projects from a table; nothing is recorded.

    Returns
    -------
    DataFrame
        As `project_table`. Rows without a number, or with one that came before, are left out.
    DataFrame
        Issues as the register's door lists them.

    Raises
    ------
    UserError
        If the file as a whole cannot be used.
    """
    path = Path(path)
    log = IssueLog(path.name, LAYER)
    reading = Reading(encoding=encoding, layer=sheet)
    handed = hand_over(path, entity="project", reading=reading, log=log, shapes="none")
    columns = map_columns([str(name) for name in handed.cells], "project", mapping=None, log=log)
    require_key(columns, KEY, path.name, handed.cells)
    values, _ = typed_columns(handed.cells, columns, log)
    kept = values.loc[~unusable(values, log)]
    return project_table(kept), log.frame()


def unusable(rows: pd.DataFrame, log: IssueLog, recorded: pd.DataFrame | None = None) -> pd.Series:
    """Mark rows that no list can take, and tell them and odd codes of industry.

    They have no number, or one that came before, or ask for more land at least than at most: a
    bound that the row leaves blank is the one on record.

    Parameters
    ----------
    rows : DataFrame
        Typed, with ``project_id``.
    log : IssueLog
        Takes every issue.
    recorded : DataFrame, optional
        The projects on record, as `project_table`.
    """
    missing = rows[KEY].isna()
    twice = ~missing & rows[KEY].duplicated()
    log.add("number_missing", rows.index[missing], field_key=KEY)
    log.add("id_duplicate", rows.index[twice], values=rows.loc[twice, KEY], field_key=KEY)
    bounds = _bounds(rows, recorded)
    odd = (bounds["land_least_mu"] > bounds["land_most_mu"]) & ~missing & ~twice
    said = [f"{least:g} > {most:g}" for least, most in bounds[odd].to_numpy(float)]
    log.add("land_bounds", rows.index[odd], values=said, field_key="land_least_mu")
    strange = strange_industry(rows)
    if strange.any():
        values = rows.loc[strange, INDUSTRY]
        log.add("industry_strange", values.index, values=values, field_key=INDUSTRY)
    return missing | twice | odd


def strange_industry(rows: pd.DataFrame) -> pd.Series:
    """Mark rows whose code of industry is none: two to four digits, a letter before them or not.

    Several codes, and words beside them, are read as the vetoes read them.

    Examples
    --------
    >>> codes = ["3670", "C36、２６５１", "2651 塑料", "99999", "汽车", None]
    >>> strange_industry(pd.DataFrame({"industry_code": codes})).tolist()
    [False, False, False, True, True, False]
    """
    if INDUSTRY not in rows:
        return pd.Series(False, index=rows.index)
    told = rows[INDUSTRY].astype("string").str.normalize("NFKC")
    odd = ~told.str.contains(_INDUSTRY).fillna(True) | told.str.contains(_TOO_LONG).fillna(False)
    return odd.astype(bool) & told.notna()


def _bounds(rows: pd.DataFrame, recorded: pd.DataFrame | None) -> pd.DataFrame:
    """Return least and most land of rows that tell one of them, the other from the record."""
    told = pd.DataFrame({name: rows.get(name) for name in BOUNDS}, rows.index, dtype=float)
    if recorded is None:
        return told
    old = recorded[list(BOUNDS)].astype(float).reindex(rows[KEY].to_numpy(dtype=object))
    both = told.fillna(old.set_axis(rows.index))
    return both.where(told.notna().any(axis=1))


def merged(rows: pd.DataFrame, recorded: pd.DataFrame | None) -> pd.DataFrame:
    """Return the recorded projects with ``rows`` laid over them, both as `project_table`.

    An empty cell never wipes a recorded value; projects that ``rows`` lacks stay. New ones come
    after those on record.

    Examples
    --------
    >>> old = project_table(pd.DataFrame({"project_id": ["X1"], "jobs": [80], "far_least": [2]}))
    >>> new = project_table(pd.DataFrame({"project_id": ["X1", "X2"], "jobs": [90, 10]}))
    >>> merged(new, old)[["jobs", "far_least"]].values.tolist()
    [[90.0, 2.0], [10.0, nan]]
    """
    if recorded is None:
        return rows
    every = recorded.index.append(rows.index.difference(recorded.index, sort=False))
    new, old = rows.reindex(every), recorded.reindex(every)
    values = {name: new[name].where(new[name].notna(), old[name]) for name in rows.columns}
    return project_table(pd.DataFrame(values, index=every).rename_axis(KEY).reset_index())


def replaced(rows: pd.DataFrame, recorded: pd.DataFrame | None) -> pd.DataFrame:
    """Return the recorded projects with ``rows`` in place of those of their number, blanks too.

    Examples
    --------
    >>> old = project_table(pd.DataFrame({"project_id": ["X1", "X2"], "jobs": [80, 10]}))
    >>> new = project_table(pd.DataFrame({"project_id": ["X1"], "far_least": [2]}))
    >>> replaced(new, old)[["jobs", "far_least"]].values.tolist()
    [[nan, 2.0], [10.0, nan]]
    """
    if recorded is None:
        return rows
    others = recorded.drop(index=recorded.index.intersection(rows.index))
    whole = merged(rows, others)
    return whole.loc[[*recorded.index, *whole.index.difference(recorded.index, sort=False)]]


def entered(values: Mapping[str, Any], recorded: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one project of a form or the command line, as `project_table`.

    Parameters
    ----------
    values : mapping
        Heading (key, label or alias, a unit in brackets) → what was written; blank is unknown.
    recorded : DataFrame, optional
        The projects on record: bounds are checked with what is known of this one already.

    Raises
    ------
    ProjectRefusedError
        With every fault: an unknown heading, a value that cannot be read, no number, bounds the
        wrong way round.

    Examples
    --------
    >>> entered({"project_id": "X1", "最少用地(公顷)": "2"})["land_least_mu"].tolist()
    [30.0]
    """
    cells = pd.DataFrame({name: pd.Series([value], dtype=object) for name, value in values.items()})
    log = IssueLog("", LAYER)
    columns = map_columns(list(cells.columns), "project", mapping=None, log=log)
    typed, _ = typed_columns(cells, columns, log)
    if KEY not in typed:
        typed[KEY] = None
    unusable(typed, log, recorded)
    issues = log.frame()
    wrong = issues[
        ~issues["severity"].isin(["info", "warning"])
        | issues["kind"].isin(["column_unknown", "unit_unknown", "column_repeated"])
    ].drop_duplicates(["kind", "field", "value"])
    if len(wrong):
        from data.intake_issues import explain

        told = tuple(
            tuple(
                f"{said(row, lang)}{_allowed(row, lang) or explain(row['kind'], lang)}"
                for lang in ("zh", "en")
            )
            for row in wrong.to_dict("records")
        )
        raise ProjectRefusedError(count=len(told), faults=told)
    return project_table(typed)


def said(row: Mapping[Any, Any], lang: str) -> str:
    """Return which field of a form holds what, as the head of a fault."""
    key = row["field"]
    name = schema.label(key, lang, with_unit=False) if isinstance(key, str) else ""
    value = "" if row["value"] is None or row["value"] is pd.NA else f"“{row['value']}”"
    head = f"{name}{value}"
    return f"{head}：" if head and lang == "zh" else f"{head}: " if head else ""


def _allowed(row: Mapping[Any, Any], lang: str) -> str:
    """Return what a number beyond its range has to be; a form takes none for unknown."""
    if row["kind"] != "out_of_range" or not isinstance(row["field"], str):
        return ""
    term = schema.field(row["field"])
    least, most = term.minimum, term.maximum
    if least is None:
        return ""
    if most is None:
        return f"应不小于 {least:g}" if lang == "zh" else f"it is {least:g} or more"
    return f"应在 {least:g} 至 {most:g} 之间" if lang == "zh" else f"between {least:g} and {most:g}"


def without(recorded: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    """Return the projects on record without some of them.

    Raises
    ------
    ProjectUnknownError
        If one of them is not there.
    """
    unknown = [name for name in ids if name not in recorded.index]
    if unknown:
        known = "、".join(map(str, recorded.index[:10]))
        raise ProjectUnknownError(ids="、".join(unknown), known=known or "—")
    return recorded.drop(index=list(ids))


def projects_change(table: pd.DataFrame, *, who: str, why: str, recorded_at: datetime) -> Change:
    """Return the change that puts the whole table of projects on record as a new version."""
    layer = LayerFile(LAYER, frame=table.reset_index())
    return Change(kind="projects", who=who, why=why, recorded_at=recorded_at, layers=[layer])
