"""The per-mu evaluation of firms: schemes, grades, the list of firms, and the way to take it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from analysis.firm_evaluation import (
    UNGRADED,
    FirmEvaluation,
    choose_schemes,
    evaluate_firms,
    grade_counts,
)
from analysis.query import ParcelQuery
from data import schema
from data.evaluation_rules import (
    EvaluationRules,
    GradeScheme,
    ScoreScheme,
    load_evaluation_rules,
)
from data.firm_tables import FirmTablesMissingError, read_firm_tables
from gis.area import to_mu
from gis.errors import UserError
from reports.evaluation import issue_messages, item_labels, scheme_name, scheme_source, size_name
from reports.evaluation_book import write_evaluation
from ui import state
from ui.components.column_width import fitting
from ui.components.export_buttons import FORMATS
from ui.components.parcel_table import MOST_ROWS
from ui.components.selection_strip import export_context
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, number, plain

HEIGHT = 420


def show_evaluation(desk: Desk, query: ParcelQuery) -> None:
    """Draw the evaluation, or say what is missing and how to bring it."""
    try:
        score, grade = _choice(desk.kept("evaluation rules", load_evaluation_rules))
        found = evaluated(desk, score, grade)
    except FirmTablesMissingError:
        st.info(t("evaluation.none"), icon=":material/upload_file:")
        st.code(
            "python cli.py import FIRMS.csv --as firms\n"
            "python cli.py import HOLDINGS.csv --as firm_parcels",
            language="bash",
        )
        return
    except UserError as error:
        st.info(plain(error.say(language())), icon=":material/edit_note:")
        return
    rows = of_filter(desk, query, found)
    st.caption(plain(_sources(found)))
    _counts(found)
    st.subheader(t("evaluation.firms", n=number(len(rows))), anchor=False)
    _firms(rows, found)
    _export(desk, query, rows, found)
    _issues(found)


def evaluated(desk: Desk, score: ScoreScheme, grade: GradeScheme) -> FirmEvaluation:
    """Return the evaluation of the whole county (shared: do not change).

    Raises
    ------
    FirmTablesMissingError
        If firms or their holdings were not imported by the day looked at.
    AnalysisError
        If a scheme is empty, or the tables cannot be used.
    """

    def make() -> FirmEvaluation:
        firms, holdings = read_firm_tables(desk.register, desk.as_of)
        return evaluate_firms(firms, holdings, desk.parcels, score=score, grade=grade)

    return desk.kept(("evaluation", score.id, grade.id), make)


def of_filter(desk: Desk, query: ParcelQuery, found: FirmEvaluation) -> pd.DataFrame:
    """Return the firms that hold any parcel that the filters keep; without filter all."""
    if query == ParcelQuery():
        return found.firms

    def make() -> pd.DataFrame:
        shares = found.allocation.shares
        mine = shares["owner_uscc"][shares["parcel_id"].isin(desk.filtered(query).index)]
        return found.firms[found.firms.index.isin(mine)]

    return desk.kept(("evaluation of", found.score.id, found.grade.id, query), make)


def _choice(rules: EvaluationRules) -> tuple[ScoreScheme, GradeScheme]:
    """Draw the choice of both schemes and return what is chosen."""
    given = {name: state.setting(name) for name in ("scheme", "grades")}
    score, grade = choose_schemes(
        rules,
        given["scheme"] if given["scheme"] in rules.scores else None,
        given["grades"] if given["grades"] in rules.grades else None,
    )
    left, right = st.columns(2)
    with left:
        _select("scheme", t("evaluation.scheme"), dict(rules.scores), score.id)
    with right:
        _select("grades", t("evaluation.grades"), dict(rules.grades), grade.id)
    return score, grade


def _select(
    name: str, label: str, schemes: dict[str, ScoreScheme] | dict[str, GradeScheme], chosen: str
) -> None:
    key = state.widget(f"evaluation.{name}", chosen)
    st.selectbox(
        label,
        list(schemes),
        format_func=lambda one: scheme_name(schemes[one], language()),
        key=key,
        on_change=lambda: state.set_setting(name, st.session_state[key]),
    )


def _sources(found: FirmEvaluation) -> str:
    """Say by which schemes, from where, how sure, and that the sums are kept."""
    lang = language()
    tax = found.totals.loc["tax_wan"]
    return t(
        "evaluation.sources",
        scheme=scheme_name(found.score, lang),
        scheme_source=scheme_source(found.score, lang),
        grades=scheme_name(found.grade, lang),
        grades_source=scheme_source(found.grade, lang),
        firms=number(tax["firms"], 2),
        parcels=number(tax["parcels"], 2),
        rest=number(tax["unallocated"], 2),
    )


def _counts(found: FirmEvaluation) -> None:
    lang = language()
    counts = grade_counts(found.firms)
    names = [size_name(size, lang) for size in counts.index]
    head = schema.label("firm_size", lang)
    config: dict[str, object] = {
        grade: st.column_config.NumberColumn(
            t("evaluation.ungraded") if grade == UNGRADED else grade, format="%,d"
        )
        for grade in counts.columns
    }
    config["size"] = st.column_config.Column(head, width=fitting(head, names), pinned=True)
    shown = counts.reset_index(drop=True)
    shown.insert(0, "size", names)
    st.dataframe(shown, hide_index=True, column_config=config, key="evaluation.counts")


def readable(rows: pd.DataFrame, found: FirmEvaluation) -> pd.DataFrame:
    """Return firms as shown: names for codes, 亩 for m²."""
    lang = language()
    names, comma = item_labels(found.score, lang), t("filter.comma")
    sizes = schema.enum_labels("firm_size", lang)
    told = {
        key: [comma.join(names[name] for name in keys) or None for keys in rows[key]]
        for key in ("missing", "stood_in")
    }
    return pd.DataFrame(
        {
            "firm_name": rows["firm_name"].to_numpy(dtype=object),
            "firm_size": [sizes.get(size) for size in rows["firm_size"]],
            "land": to_mu(rows["land_m2"].to_numpy(dtype=float)),
            "score": rows["score"].to_numpy(dtype=float),
            "grade": rows["grade"].to_numpy(dtype=object),
            "recorded": rows["recorded_grade"].to_numpy(dtype=object),
            "missing": np.array(told["missing"], dtype=object),
            "stood_in": np.array(told["stood_in"], dtype=object),
            "owner_uscc": rows.index.to_numpy(),
        }
    )


def _firms(rows: pd.DataFrame, found: FirmEvaluation) -> None:
    lang = language()
    table = readable(rows.head(MOST_ROWS), found)
    heads = {
        "firm_name": schema.label("firm_name", lang),
        "firm_size": schema.label("firm_size", lang),
        "grade": t("evaluation.grade"),
        "recorded": t("evaluation.recorded"),
        "missing": t("evaluation.missing"),
        "stood_in": t("evaluation.stood_in"),
        "owner_uscc": schema.label("owner_uscc", lang),
    }
    config: dict[str, object] = {
        name: st.column_config.Column(
            head, width=fitting(head, table[name]), pinned=name == "firm_name" or None
        )
        for name, head in heads.items()
    }
    for name, head in (("land", t("evaluation.land")), ("score", t("evaluation.score"))):
        config[name] = st.column_config.NumberColumn(
            head, format="%,.2f", width=fitting(head, ["12,345.67"])
        )
    st.dataframe(
        table,
        hide_index=True,
        column_config=config,
        height=HEIGHT,
        placeholder=UNKNOWN,
        key="evaluation.table",
    )
    said = t("evaluation.order", n=number(int(rows["score"].isna().sum())))
    if len(rows) > MOST_ROWS:
        said += t("evaluation.more", n=number(MOST_ROWS), all=number(len(rows)))
    st.caption(said)


def _export(desk: Desk, query: ParcelQuery, rows: pd.DataFrame, found: FirmEvaluation) -> None:
    st.download_button(
        t("evaluation.export"),
        data=written(desk, query, rows, found),
        file_name=f"{t('evaluation.file')}_{desk.state_on:%Y%m%d}.xlsx",
        mime=FORMATS["xlsx"],
        icon=":material/download:",
        key="evaluation.export",
        on_click="ignore",
    )


def written(
    desk: Desk, query: ParcelQuery, rows: pd.DataFrame, found: FirmEvaluation
) -> Callable[[], bytes]:
    """Return what writes the workbook when it is asked for, not before."""
    context = export_context(desk, query)

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = write_evaluation(found, rows, Path(folder) / "firms.xlsx", context=context)
            return out.read_bytes()

    return write


def _issues(found: FirmEvaluation) -> None:
    if found.issues.empty:
        return
    head = t("evaluation.issues", n=number(len(found.issues)))
    with st.expander(head, icon=":material/rule:"):
        messages = issue_messages(found.issues.head(MOST_ROWS), language())
        st.dataframe(pd.DataFrame({head: messages}), hide_index=True, key="evaluation.issues")
