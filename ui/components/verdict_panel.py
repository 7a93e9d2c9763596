"""One parcel's verdict laid open: rule, inputs, threshold, clause, what would change it, review."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.verdict import Reason, Verdict, lay_open, rule_name
from data import schema
from data.asof import OFFICE_ZONE
from ui import screened, state
from ui.components.markup import element, fact, heading, words
from ui.components.review_form import review_form
from ui.components.screening_list import missing_text, no_days
from ui.components.sheet_button import sheet_button
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number, plain, shorten


def verdict_panel(desk: Desk, parcel_id: str) -> None:
    """Draw the open parcel; an id the register does not know gets a sentence.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    parcel_id : str
        Which parcel.
    """
    with st.container(key="mutu_card", gap="small"):
        known_here = parcel_id in desk.parcels.index
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                t("card.close"),
                icon=":material/close:",
                type="tertiary",
                key="card.close",
                on_click=state.open_parcel,
                args=(None,),
            )
            st.space("stretch")
            if known_here:
                sheet_button(desk, parcel_id)
        if not known_here:
            said = t("card.unknown", parcel=plain(shorten(parcel_id, 80)))
            st.info(said, icon=":material/search_off:")
            return
        parcel, verdict = desk.parcels.loc[parcel_id], screened.verdict_of(desk, parcel_id)
        opened = laid_open(desk, parcel_id)
        st.html(
            _head(parcel_id, parcel, verdict)
            + _finding(verdict)
            + _rule(opened)
            + _inputs(opened)
            + _idle(verdict, opened)
        )
        st.html(_flips(desk, parcel_id, verdict) + _evaluation(parcel) + _history(desk, parcel_id))
        st.html(heading(t("review.title")))
        review_form(desk, parcel_id, verdict)


def laid_open(desk: Desk, parcel_id: str) -> Verdict:
    """Return a parcel's verdict with its rule and inputs in the reader's language."""
    lang = language()

    def make() -> Verdict:
        rules = screened.ruleset()
        return lay_open(desk.parcels, parcel_id, ruleset=rules, as_of=desk.as_of, lang=lang)

    return screened.kept(desk, ("open", parcel_id, lang), make)


def _head(parcel_id: str, parcel: pd.Series, verdict: pd.Series) -> str:
    where = [str(parcel[name]) for name in ("town", "village", "park") if known(parcel.get(name))]
    marks = element("span", words(class_label(verdict["class"])), css="m-mark")
    if known(verdict["suspected_idle"]) and verdict["suspected_idle"]:
        marks += element("span", words(t("screening.idle")), css="m-mark m-late")
    if known(verdict["review_verdict"]):
        said = t(f"screening.verdict_{verdict['review_verdict']}")
        marks += element("span", words(said), css="m-mark")
    if verdict["review_stale"]:
        marks += element("span", "⚑ " + words(t("screening.list_again")), css="m-mark m-late")
    return element(
        "div",
        element("div", words(shorten(parcel["parcel_name"], 120)), css="m-title"),
        element("div", words(parcel_id), css="m-id", title=schema.label("parcel_id", language())),
        element("div", words(t("card.dot").join(where) if where else None), css="m-where"),
        element("div", marks, css="m-marks"),
        css="m-card",
    )


def class_label(code: object) -> str | None:
    """Name a class; unknown is None."""
    return schema.enum_label("low_class", str(code), language()) if known(code) else None


def _finding(verdict: pd.Series) -> str:
    """Say the verdict in a sentence, against the record, and what review made of it."""
    said = [element("div", words(verdict[f"sentence_{language()}"]), css="m-said")]
    if verdict["review_verdict"] == "override":
        over = t(
            "screening.overridden",
            was=class_label(verdict["screened_class"]) or UNKNOWN,
            now=class_label(verdict["review_class"]) or UNKNOWN,
            who=verdict["review_who"],
            doc=verdict["review_doc"] or UNKNOWN,
        )
        said.append(element("div", words(over), css="m-said"))
    if verdict["review_stale"]:
        said.append(element("div", words(_why_again(verdict)), css="m-said m-warn"))
    rows = fact(t("screening.col_recorded"), words(class_label(verdict["recorded_class"])))
    missing = missing_text(verdict["missing"])
    if missing:
        rows += fact(t("screening.col_missing"), words(missing))
    return heading(t("screening.why")) + "".join(said) + element("div", rows, css="m-facts")


def _why_again(verdict: pd.Series) -> str:
    lang = language()
    fields = [schema.label(key, lang, with_unit=False) for key in verdict["review_changed"]]
    parts = []
    if fields:
        parts.append(t("screening.again_fields", fields=t("filter.comma").join(fields)))
    if verdict["review_rules_changed"]:
        parts.append(t("screening.again_rules"))
    if not parts:
        parts.append(t("screening.again_class"))
    return t("screening.again", why=t("screening.semicolon").join(parts))


def _rule(opened: Verdict) -> str:
    """Print the deciding rule: value against threshold, clause, source and how sure it is."""
    reason = opened.reason
    rows = [element("div", words(said), css="m-said m-warn") for said in opened.issues]
    if reason is None:
        return "".join(rows)
    rule = reason.rule
    if reason.measured:
        rows.append(fact(reason.measured, words(reason.value)))
        limit = f"{reason.sign} {reason.threshold}"
        rows.append(fact(t("screening.threshold"), words(limit)))
    note = rule.note_zh if language() == "zh" else rule.note_en
    return (
        heading(t("screening.rule"))
        + element("div", *rows, *_sources(reason), css="m-facts")
        + (element("div", words(note), css="m-note") if note else "")
    )


def _sources(reason: Reason) -> list[str]:
    rule = reason.rule
    return [
        fact(t("screening.clause"), words(rule_name(rule, language()))),
        fact(t("screening.source"), words(f"{rule.source} [{t(f'screening.tag_{rule.tag}')}]")),
        fact(t("screening.rule_id"), words(rule.id)),
    ]


def _inputs(opened: Verdict) -> str:
    rows = [fact(one.label, words(one.text), _said(one.key)) for one in opened.inputs]
    said = t("screening.inputs") if opened.reason else t("screening.inputs_all")
    return heading(said) + element("div", *rows, css="m-facts")


def _said(key: str) -> str:
    field = schema.field(key)
    meaning = field.meaning_zh if language() == "zh" else field.meaning_en
    return t("card.source", meaning=meaning, source=field.source)


def _idle(verdict: pd.Series, opened: Verdict) -> str:
    """Say whether a full year has passed, or how long it still runs."""
    days = verdict["idle_countdown_days"]
    if not known(days) and opened.idle is None:
        return ""
    said = verdict[f"idle_sentence_{language()}"]
    rows = [element("div", words(said), css="m-said")] if known(said) else []
    rows.append(fact(t("screening.countdown"), words(no_days(days))))
    if opened.idle is not None:
        rows += _sources(opened.idle)
    missing = missing_text(verdict["idle_missing"])
    if missing:
        rows.append(fact(t("screening.col_missing"), words(missing)))
    rows.append(element("div", words(t("card.suspected_idle")), css="m-note"))
    return heading(t("screening.idle")) + element("div", *rows, css="m-facts")


def _flips(desk: Desk, parcel_id: str, verdict: pd.Series) -> str:
    if verdict["review_verdict"] == "override":
        stands = t("screening.review_stands", now=class_label(verdict["class"]) or UNKNOWN)
        lines = [element("li", words(stands))]
        return heading(t("screening.flips")) + element("ul", *lines, css="m-list")
    found = screened.flips(desk, parcel_id)
    sentences = [one.sentence_zh if language() == "zh" else one.sentence_en for one in found]
    if not sentences:
        sentences = [t("screening.no_flip")]
    lines = [element("li", words(said)) for said in sentences]
    return heading(t("screening.flips")) + element("ul", *lines, css="m-list")


def _evaluation(parcel: pd.Series) -> str:
    """Print the per-mu evaluation on record, where there is one."""
    if not known(parcel["evaluation_grade"]):
        return ""
    lang = language()
    grade = schema.enum_label("evaluation_grade", parcel["evaluation_grade"], lang)
    year = parcel["evaluation_year"]
    rows = [
        fact(schema.label("evaluation_grade", lang), words(grade), _said("evaluation_grade")),
        fact(
            schema.label("evaluation_year", lang, with_unit=False),
            words(f"{int(year)}" if known(year) else None),
            _said("evaluation_year"),
        ),
        fact(
            schema.label("tax_wan_per_mu", lang),
            words(number(parcel["tax_wan_per_mu"], 2)),
            _said("tax_wan_per_mu"),
        ),
    ]
    return heading(t("screening.evaluation")) + element("div", *rows, css="m-facts")


def _history(desk: Desk, parcel_id: str) -> str:
    said = screened.reviews(desk)
    mine = said[said["parcel_id"] == parcel_id].iloc[::-1]
    if mine.empty:
        return ""
    moments = mine["recorded_at"].dt.tz_convert(OFFICE_ZONE).dt.strftime("%Y-%m-%d %H:%M")
    lines = []
    for when, who, verdict, to, seen, reason, doc in zip(
        moments, *(mine[name] for name in _TOLD_OF_REVIEWS), strict=True
    ):
        label = t(f"screening.verdict_{verdict}")
        classes = [class_label(seen) or UNKNOWN] + ([class_label(to) or ""] if known(to) else [])
        first = f"{when} · {who} · {label} · {' → '.join(classes)}"
        lines.append(
            element("li", element("b", words(first)), "<br>", words(reason))
            if not known(doc)
            else element("li", element("b", words(first)), "<br>", words(f"{reason}（{doc}）"))
        )
    return heading(t("review.history")) + element("ul", *lines, css="m-list")


_TOLD_OF_REVIEWS = ("who", "verdict", "low_class", "screened_class", "reason", "doc_no")
