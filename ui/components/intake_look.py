"""The first step of a draft: whether the file is read rightly and lies where it should."""

from __future__ import annotations

import streamlit as st

from gis.errors import spoken
from ui import intake
from ui.components.column_width import fitting
from ui.components.intake_encoding import show_encoding
from ui.components.intake_files import size_of
from ui.components.intake_header import show_header
from ui.components.intake_place import show_evidence, show_place, show_system
from ui.components.intake_progress import refuse_here
from ui.components.markup import element, fact, words
from ui.desk import Desk
from ui.intake import OnWay
from ui.text import language, t
from ui.text.numbers import UNKNOWN, number, plain

NAMED = 8
"""So many rows that are left out are named one by one."""


def show_look(desk: Desk, way: OnWay) -> None:
    """Draw what the file is, what must be answered, where it lies, and its first rows."""
    earlier = intake.earlier_change(desk, way.draft, way.look)
    own = way.draft.committed.get(str(way.wanted.part))
    if own is not None:
        st.warning(t("intake.same_part", n=number(own)), icon=":material/content_copy:")
    elif earlier is not None:
        st.warning(t("intake.same_file", n=number(earlier)), icon=":material/content_copy:")
    if way.preview.problem is not None:
        refuse_here(way.preview.problem)
    show_header(desk, way)
    left, right = st.columns([5, 7], gap="medium")
    with left:
        st.html(_facts(way))
        show_encoding(desk, way)
        show_system(desk, way)
    with right:
        show_place(desk, way)
    show_evidence(desk, way)
    _rows(way)


def _facts(way: OnWay) -> str:
    layer, preview = way.layer, way.preview
    lines = [fact(t("intake.format"), words(way.look.report.format))]
    lines.append(fact(t("intake.size"), words(size_of(way.draft.size))))
    if layer is not None:
        rows = preview.rows or layer.rows
        lines.append(fact(t("intake.rows"), words(number(rows))))
        if layer.geometry_type:
            lines.append(fact(t("intake.geometry"), words(_shape(layer.geometry_type))))
        if layer.kind == "vector":
            lines.append(fact(t("intake.crs_declared"), words(layer.crs_declared)))
            lines.append(fact(t("intake.crs_taken"), words(way.wanted.crs or layer.crs_recognised)))
        if layer.encoding:
            lines.append(fact(t("intake.encoding"), words(_encoded(layer.encoding))))
        lines += [fact(t("intake.note"), words(spoken(n, language()))) for n in layer.notes]
    if preview.header_rows:
        lines.append(fact(t("intake.header"), words(_header(preview.header_rows))))
    if preview.skipped:
        shown = t("filter.comma").join(str(row) for row in preview.skipped[:NAMED])
        said = t("intake.skipped_rows", n=number(len(preview.skipped)), rows=shown)
        if len(preview.skipped) > NAMED:
            said = t("intake.skipped_some", n=number(len(preview.skipped)), rows=shown)
        lines.append(fact(t("intake.skipped"), words(said)))
    return element("div", *lines, css="m-facts")


def _shape(kind: str) -> str:
    """Name a kind of geometry in the reader's language."""
    plain_kind = kind.removeprefix("Multi").removeprefix("3D ").split("/")[0].strip().lower()
    told = {
        "polygon": t("intake.shape_polygon"),
        "linestring": t("intake.shape_line"),
        "point": t("intake.shape_point"),
    }
    return told.get(plain_kind, kind)


def _encoded(said: str) -> str:
    """Say an encoding, and who said it."""
    name, _, origin = said.partition(" (")
    told = {
        "given": t("intake.origin_given"),
        "cpg": t("intake.origin_file"),
        "ldid": t("intake.origin_file"),
        "detected": t("intake.origin_found"),
    }
    by = told.get(origin.rstrip(")"))
    return t("intake.encoded", name=name, by=by) if by else name


def _header(rows: tuple[int, int]) -> str:
    first, last = rows
    said = t("intake.header_row", n=first) if first == last else t(
        "intake.header_rows", first=first, last=last
    )  # fmt: skip
    return said if first == 1 else t("intake.header_above", said=said, n=number(first - 1))


def _rows(way: OnWay) -> None:
    """Draw the first rows as they are read."""
    head = way.preview.head
    if head.empty:
        return
    st.markdown(f"**{plain(t('intake.first_rows', n=number(len(head))))}**")
    config: dict[str, object] = {
        name: st.column_config.Column(name, width=fitting(name, head[name], most=260))
        for name in head.columns
    }
    config["_index"] = st.column_config.Column(t("intake.row_number"), width=70)
    st.dataframe(
        head,
        column_config=config,
        height=min(35 * len(head) + 38, 330),
        placeholder=UNKNOWN,
        key="intake.rows",
    )
