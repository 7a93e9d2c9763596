"""What changed since an earlier screening, by data, time or rule; and putting one on record."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from analysis.query import ParcelQuery
from analysis.screening_changes import Screened, screening_changes
from analysis.verdict import rule_name
from data import schema
from data.asof import AsOf
from data.screening_record import KeptScreening, screening_change
from data.screening_rules import ScreeningRules
from gis.errors import UserError
from ui import recording, screened, state
from ui.components.column_width import fitting
from ui.components.failures import refuse
from ui.components.parcel_table import MOST_ROWS, picked_ids, ticked_table
from ui.components.screening_list import HEIGHT, within
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import day, number, parcels

_DAY, _TOLD, _KEY = "changed.day", "changed.told", "changed"


def show_changed(desk: Desk, query: ParcelQuery) -> None:
    """Draw the choice of what to compare with, the list, and the button that records.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    query : ParcelQuery
        The filters that hold; parcels that are gone are listed in any case.
    """
    last = screened.last_kept(desk)
    with st.container(key="mutu_since", horizontal=True, vertical_alignment="bottom"):
        before = _choice(desk, last)
        st.space("stretch")
        _record_button(desk)
    _tell()
    if before is None:
        st.info(t("changed.none_kept"), icon=":material/inventory:")
        return
    changed = changes(desk, before)
    ids = within(desk, query).index
    gone = changed["class_after"].isna()
    changed = changed[(ids.get_indexer(changed.index) >= 0) | gone]
    on = day(before.as_of.state_on)
    st.subheader(t("changed.title", on=on, parcels=parcels(len(changed))), anchor=False)
    st.caption(_rests_on(before))
    if changed.empty:
        st.info(t("changed.nothing"), icon=":material/check:")
        return
    table = readable(desk, changed.head(MOST_ROWS), before.ruleset)
    ticked_table(
        table, _columns(table), set(picked_ids(desk)), height=min(HEIGHT, 35 * len(table) + 38)
    )
    if len(changed) > MOST_ROWS:
        st.caption(t("parcels.more", n=number(MOST_ROWS), all=number(len(changed))))


def changes(desk: Desk, before: KeptScreening) -> pd.DataFrame:
    """Return what differs between an earlier screening and the one on the screen (shared)."""

    def make() -> pd.DataFrame:
        with st.spinner(t("changed.comparing")):
            old = desk.register.read_parcels(before.as_of, geometry=False)
            return screening_changes(
                Screened(old, before.ruleset, before.as_of),
                Screened(desk.parcels, screened.ruleset(), desk.as_of),
            )

    return screened.kept(desk, ("changes", before.as_of, before.ruleset.id), make)


def readable(desk: Desk, changed: pd.DataFrame, old: ScreeningRules) -> pd.DataFrame:
    """Return rows of `analysis.screening_changes.screening_changes` as shown."""
    lang, comma = language(), t("filter.comma")
    classes = schema.enum_labels("low_class", lang)
    parcels_now = desk.parcels.reindex(changed.index)
    idle = {True: t("screening.yes"), False: t("screening.no")}
    return pd.DataFrame(
        {
            "parcel_id": changed.index.to_numpy(),
            "parcel_name": parcels_now["parcel_name"].to_numpy(dtype=object),
            "before": changed["class_before"].map(classes).to_numpy(),
            "after": changed["class_after"].map(classes).to_numpy(),
            "idle_before": changed["idle_before"].astype(object).map(idle).to_numpy(),
            "idle_after": changed["idle_after"].astype(object).map(idle).to_numpy(),
            "causes": [
                comma.join(t(f"changed.cause_{cause}") for cause in causes)
                for causes in changed["causes"]
            ],
            "fields": [
                comma.join(schema.label(key, lang, with_unit=False) for key in keys) or None
                for keys in changed["fields_changed"]
            ],
            "rules": [
                comma.join(_rule_said(key, old) for key in keys) or None
                for keys in changed["rules_changed"]
            ],
            "town": parcels_now["town"].to_numpy(dtype=object),
        }
    )


def _rule_said(key: str, old: ScreeningRules) -> str:
    """Name a rule that changed, by its clause; one that was dropped by its old clause."""
    for rules in (screened.ruleset(), old):
        found = [rule for rule in rules.rules if rule.id == key]
        if found:
            return f"{rule_name(found[0], language())}（{key}）"
    return t("changed.terms")


def _columns(table: pd.DataFrame) -> dict[str, object]:
    classes = schema.enum_labels("low_class", language()).values()
    heads = {
        "parcel_id": (schema.label("parcel_id", language()), table["parcel_id"]),
        "parcel_name": (schema.label("parcel_name", language()), table["parcel_name"]),
        "before": (t("changed.before"), classes),
        "after": (t("changed.after"), classes),
        "idle_before": (t("changed.idle_before"), ()),
        "idle_after": (t("changed.idle_after"), ()),
        "causes": (t("changed.causes"), table["causes"]),
        "fields": (t("changed.fields"), table["fields"]),
        "rules": (t("changed.rules"), table["rules"]),
        "town": (schema.label("town", language()), table["town"]),
    }
    return {
        name: st.column_config.Column(
            head, width=fitting(head, shown, most=260), pinned=name == "parcel_id" or None
        )
        for name, (head, shown) in heads.items()
    }


def _choice(desk: Desk, last: KeptScreening | None) -> KeptScreening | None:
    """Draw the choice of what to compare with; a day stands for the rules of today on it."""
    ways = ["last", "day"]
    way = st.segmented_control(
        t("changed.since"),
        ways,
        format_func=lambda name: t(f"changed.since_{name}"),
        key=state.widget("screening.since", state.setting("since", "last")),
        required=True,
        on_change=lambda: state.set_setting("since", st.session_state["screening.since"]),
    )
    if way == "last":
        return last
    st.session_state.setdefault(_DAY, date(desk.state_on.year, 1, 1))
    on = st.date_input(
        t("changed.day"),
        key=_DAY,
        min_value=state.FIRST_DAY,
        max_value=max(desk.state_on, date(desk.state_on.year, 1, 1)),
        format="YYYY-MM-DD",
        width=160,
    )
    return KeptScreening(0, AsOf(on, on), screened.ruleset())


def _rests_on(before: KeptScreening) -> str:
    if before.change_no:
        same = before.ruleset.id == screened.ruleset().id
        rules = t("changed.same_rules") if same else t("changed.other_rules", id=before.ruleset.id)
        return t("changed.kept", n=number(before.change_no), rules=rules)
    return t("changed.by_day", on=day(before.as_of.known_on))


def _record_button(desk: Desk) -> None:
    with st.popover(t("changed.record"), icon=":material/bookmark_add:"):
        st.markdown(t("changed.record_help", on=day(desk.state_on)))
        if not recording.may_write(desk):
            return
        recording.ask_who(_KEY)
        st.button(
            t("review.record"),
            type="primary",
            key="changed.commit",
            on_click=_record,
            width="stretch",
        )


def _record() -> None:
    """Put the screening of the reader's day on record, as ``screen --record`` does."""
    desk, who = state.desk(), recording.answered(_KEY)
    if not who:
        st.session_state[_TOLD] = None
        return
    on = desk.state_on
    try:
        st.session_state[_TOLD] = desk.register.commit(
            screening_change(
                screened.ruleset(),
                on=on,
                who=who,
                why=f"筛查 {on}",
                recorded_at=recording.moment(desk),
            )
        )
    except UserError as refusal:
        st.session_state[_TOLD] = refusal


def _tell() -> None:
    if _TOLD not in st.session_state:
        return
    told = st.session_state.pop(_TOLD)
    if isinstance(told, UserError):
        refuse(told)
    elif told is None:
        names = t("review.lacks_who")
        st.warning(t("review.lacking", names=names), icon=":material/edit_note:")
    else:
        st.success(t("changed.recorded", n=number(told)), icon=":material/check_circle:")
