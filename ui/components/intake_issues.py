"""The third step: what is wrong with which row, how grave it is, and who has to mend it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from data import schema
from data.errors import UnknownFieldError
from data.intake import ImportReport
from data.intake_issues import explain, said
from data.intake_kinds import KINDS
from reports.issues_book import bureau, write_issues
from ui import state
from ui.components.column_width import fitting
from ui.components.export_buttons import FORMATS
from ui.components.figures import Figure, big_line
from ui.components.parcel_table import MOST_ROWS
from ui.components.selection_strip import export_context
from ui.desk import Desk
from ui.intake import OnWay
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number

SEVERITIES = ("rejected", "quarantined", "error", "warning", "info")
HEIGHT = 420


def show_issues(desk: Desk, way: OnWay, report: ImportReport) -> None:
    """Draw the sum of the rows and the list of issues with its filters, to be taken away."""
    big_line(figures(report))
    issues = report.issues
    if issues.empty:
        st.success(t("intake.no_issues"), icon=":material/check_circle:")
        return
    shown = _filtered(way, issues)
    st.caption(t("intake.issues_shown", n=number(len(shown)), all=number(len(issues))))
    _table(shown)
    download(desk, shown, key="intake.issues.download")
    st.caption(t("intake.issues_help"))


def download(
    desk: Desk, issues: pd.DataFrame, waiting: pd.DataFrame | None = None, *, key: str
) -> None:
    """Draw the button that hands issues over as a workbook whose corrections can come back."""
    rows = desk.register.read_quarantine(waiting=True).head(0) if waiting is None else waiting
    context = export_context(desk, state.query())

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = write_issues(issues, rows, Path(folder) / "issues.xlsx", context=context)
            return out.read_bytes()

    st.download_button(
        t("intake.issues_download") if waiting is None else t("waiting.download"),
        data=write,
        file_name=_file_name(desk, waiting is None),
        mime=FORMATS["xlsx"],
        icon=":material/download:",
        key=key,
        on_click="ignore",
    )


def _file_name(desk: Desk, issues: bool) -> str:
    name = t("intake.issues_file") if issues else t("waiting.file")
    return f"{name}_{desk.latest:%Y%m%d}.xlsx"


def figures(report: ImportReport) -> list[Figure]:
    """Return the rows of the file and what becomes of them: the parts add up."""
    return [
        Figure(t("intake.rows_in"), number(report.rows_in)),
        Figure(t("intake.accepted"), number(report.accepted)),
        Figure(
            t("intake.quarantined"),
            number(report.quarantined),
            help=t("intake.quarantined_help"),
        ),
        Figure(
            t("intake.rejected"),
            number(report.rejected),
            help=t("intake.rejected_help"),
            note=t("intake.adds_up") if report.rows_in != report.accepted else "",
        ),
    ]


def severity_label(code: str) -> str:
    """Name how grave an issue is."""
    return t(f"intake.severity_{code}") if code in SEVERITIES else code


def _filtered(way: OnWay, issues: pd.DataFrame) -> pd.DataFrame:
    """Draw the filters and return the issues that they keep."""
    key = f"intake.issues.{way.draft.draft_id}"
    counts = issues["severity"].value_counts()
    grave = [code for code in SEVERITIES if code in counts]
    with st.container(key="mutu_issues", horizontal=True, vertical_alignment="bottom"):
        severity = st.segmented_control(
            t("intake.severity"),
            ["all", *grave],
            default="all",
            required=True,
            key=f"{key}.severity",
            format_func=lambda code: _counted(code, counts, len(issues)),
        )
        kept = issues if severity == "all" else issues[issues["severity"] == severity]
        kinds = kept["kind"].value_counts()
        kind = st.selectbox(
            t("intake.kind"),
            [None, *kinds.index],
            key=f"{key}.kind.{severity}",
            width=320,
            format_func=lambda code: t("intake.all") if code is None
            else t("intake.kind_count", kind=kind_label(code), n=number(kinds[code])),
        )  # fmt: skip
        fields = kept["field"].dropna().unique()
        field = st.selectbox(
            t("intake.field"),
            [None, *fields],
            key=f"{key}.field.{severity}",
            width=220,
            format_func=lambda code: t("intake.all") if code is None else field_name(code),
        )
        bureaus = kept["who_mends"].dropna().unique()
        mends = st.selectbox(
            t("intake.mended_by"),
            [None, *bureaus],
            key=f"{key}.mends.{severity}",
            width=200,
            format_func=lambda code: (
                t("intake.all") if code is None else schema.enum_label("bureau", code, language())
            ),
        )
    if mends is not None:
        kept = kept[kept["who_mends"] == mends]
    if kind is not None:
        kept = kept[kept["kind"] == kind]
    return kept if field is None else kept[kept["field"] == field]


def _counted(code: str, counts: pd.Series, total: int) -> str:
    if code == "all":
        return t("intake.all_count", n=number(total))
    return t("intake.severity_count", severity=severity_label(code), n=number(counts[code]))


def kind_label(code: str) -> str:
    """Return the sentence of a kind of issue in the reader's language."""
    return explain(code, language()) if code in KINDS else code


def field_name(code: object) -> str:
    """Name the field of an issue; a geometry is none of the dictionary."""
    if not known(code):
        return UNKNOWN
    if code == "geometry":
        return t("intake.field_geometry")
    try:
        return schema.label(str(code), language(), with_unit=False)
    except UnknownFieldError:
        return str(code)


def readable(issues: pd.DataFrame) -> pd.DataFrame:
    """Return issues as shown."""
    table = {
        "row": issues["row"].to_numpy(dtype=object, na_value=None),
        "severity": [severity_label(code) for code in issues["severity"]],
        "field": [field_name(code) for code in issues["field"]],
        "message": said(issues, language()),
        "value": issues["value"].to_numpy(dtype=object),
        "proposal": issues["proposal"].to_numpy(dtype=object),
        "mends": [bureau(code, language()) for code in issues["who_mends"]],
    }
    return pd.DataFrame(table)


def columns_of(table: pd.DataFrame) -> dict[str, object]:
    """Return how the columns of `readable` are headed, each as wide as what is in it."""
    heads = {
        "severity": t("intake.col_severity"),
        "field": t("intake.field"),
        "message": t("intake.col_message"),
        "value": t("intake.col_value"),
        "proposal": t("intake.col_proposal"),
        "mends": t("intake.mended_by"),
    }
    config: dict[str, object] = {
        name: st.column_config.Column(
            head, width=fitting(head, table[name], most=520 if name == "message" else 240)
        )
        for name, head in heads.items()
    }
    config["row"] = st.column_config.NumberColumn(t("intake.row_number"), format="%d", width=70)
    return config


def _table(issues: pd.DataFrame) -> None:
    table = readable(issues.head(MOST_ROWS))
    config = columns_of(table)
    st.dataframe(
        table,
        hide_index=True,
        column_config=config,
        height=min(35 * len(table) + 38, HEIGHT),
        placeholder=UNKNOWN,
        key="intake.issues.table",
    )
    if len(issues) > MOST_ROWS:
        st.caption(t("intake.more_rows", n=number(MOST_ROWS), all=number(len(issues))))
