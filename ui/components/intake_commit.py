"""The last step: everything in one sentence, who hands it over, and the one button that writes."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass, replace

import streamlit as st

from data.drafts import commit, discard
from data.intake import ImportReport
from data.intake_guess import keep_profile, made_profile, with_left_out
from data.projects import LAYER as PROJECTS
from data.register import Change
from gis.errors import UserError
from gis.watch import step
from layers.tiles import ensure_tiles
from ui import intake, jobs, recording, state
from ui.components.figures import big_line
from ui.components.intake_files import TOLD, close_draft
from ui.components.intake_issues import figures
from ui.components.intake_progress import result_of
from ui.components.layer_names import layer_name
from ui.desk import Desk, open_register
from ui.intake import OnWay
from ui.intake_kinds import waiting_parts
from ui.text import t
from ui.text.numbers import number, parcels, plain

_log = logging.getLogger("mutu.intake")


@dataclass(frozen=True)
class Committed:
    """What a commit brought."""

    file: str
    change_no: int
    layer: str
    accepted: int
    quarantined: int
    rejected: int
    more: int


def show_commit(desk: Desk, way: OnWay, report: ImportReport) -> None:
    """Draw the summary and the button; what was committed is told on the list of files."""
    big_line(figures(report))
    st.markdown(plain(_summary(report)))
    told = decided(way, report)
    if told:
        st.markdown("\n".join(f"- {plain(line)}" for line in told))
    if report.change is None:
        st.info(t("intake.nothing_to_write"), icon=":material/done_all:")
        return
    if not recording.may_write(desk):
        return
    if desk.is_sample:
        st.warning(t("intake.sample"), icon=":material/science:")
    left, right = st.columns(2)
    with left:
        recording.ask_who("intake")
    with right:
        st.text_input(
            t("intake.why"), key="intake.why", max_chars=200, placeholder=t("intake.why_hint")
        )
    st.button(
        t("intake.write", n=number(desk.version + 1)),
        icon=":material/save:",
        type="primary",
        key="intake.write",
        on_click=_write,
        args=(way, report, desk.version),
    )
    if st.session_state.pop("intake.lacking", False):
        st.warning(t("intake.lacks_who"), icon=":material/edit_note:")
    st.caption(t("intake.write_help"))


def decided(way: OnWay, report: ImportReport) -> list[str]:
    """Repeat what was decided about proposals, a sentence for each; nothing where none was made."""
    lines = []
    if report.repairs is not None and len(report.repairs):
        done = int(report.repairs["accepted"].sum())
        lines.append(t("intake.did_repairs", n=number(done), all=number(len(report.repairs))))
    found = report.difference
    if found is None:
        return lines
    if len(found.candidates):
        pairs = 0 if report.change is None or report.change.lineage is None else len(
            report.change.lineage
        )  # fmt: skip
        gone = 0 if report.change is None else len(report.change.removed)
        every = number(len(found.candidates))
        lines.append(t("intake.did_lineage", n=number(pairs), all=every, gone=parcels(gone)))
        kinds = report.issues["kind"]
        if (kinds == "lineage_inherited").any():
            n = parcels(int((kinds == "lineage_inherited").sum()))
            lines.append(t("intake.did_inherit", parcels=n))
        if (kinds == "lineage_class_open").any():
            n = parcels(int((kinds == "lineage_class_open").sum()))
            lines.append(t("intake.did_class_open", parcels=n))
    if found.vanished_here:
        n = parcels(len(found.vanished_here))
        marked = way.wanted.vanished == "mark"
        lines.append(t("intake.did_mark", parcels=n) if marked else t("intake.did_keep", parcels=n))
    return lines


def commit_key(draft_id: str) -> tuple[Hashable, ...]:
    """Return what a commit is known by while it runs: one at a time for a draft."""
    return ("commit", draft_id)


def _summary(report: ImportReport) -> str:
    diff = {name: number(report.diff.get(name, 0)) for name in ("new", "changed", "unchanged")}
    if report.layer == PROJECTS:
        return t("intake.sum_projects", kept=number(report.diff.get("vanished", 0)), **diff)
    if report.layer not in ("parcels", "events"):
        rows = number(report.accepted)
        return t("intake.sum_whole", layer=layer_name(report.layer), rows=rows)
    return t("intake.sum_rows", layer=layer_name(report.layer), **diff)


def _write(way: OnWay, report: ImportReport, version: int) -> None:
    who = recording.answered("intake")
    if not who:
        st.session_state["intake.lacking"] = True
        return
    why = str(st.session_state.get("intake.why") or "").strip()
    desk = state.desk()
    key = commit_key(way.draft.draft_id)
    jobs.start(key, lambda: _commit(desk, way, report, who, why, version))


def _commit(
    desk: Desk, way: OnWay, report: ImportReport, who: str, why: str, version: int
) -> Committed:
    """Write the change, draw the map's tiles, and let the draft go.

    What others changed since the file was checked is told by field and never overwritten.
    """
    step("write", report.accepted)
    register = open_register(desk.workspace)
    if report.layer == "events":  # events name who reported them where the file does not
        checked = intake.checking(desk, way.draft, way.wanted, who=who)
        checked.wait()
        report = checked.result or report
    assert report.change is not None
    told = f"导入 {way.draft.main} → {layer_name(report.layer)}"
    change = replace(
        report.change,
        who=who,
        why=f"{told}：{why}" if why else told,
        recorded_at=intake.latest_moment(desk),
        source_name=way.draft.main,
        source_sha256=way.look.sha256,
        based_on=version,
    )
    change_no = register.commit(_with_profile(change, way))
    step("draw")
    try:
        ensure_tiles(register)
    except (UserError, OSError):
        _log.exception("The map could not be drawn; the change is on record")
    more = _let_go(desk, way, change_no)
    return Committed(
        way.draft.main,
        change_no,
        report.layer,
        report.accepted,
        report.quarantined,
        report.rejected,
        more,
    )


def _with_profile(change: Change, way: OnWay) -> Change:
    """Let the change keep the mapping too, where the user gave it a name."""
    name = str(way.draft.choices.get("save_as") or "")
    if not name:
        return change
    headings = tuple(way.draft.choices.get("headings", ()))
    mapping = with_left_out(way.wanted.mapping, headings, way.wanted.entity)
    profile = made_profile(name, way.wanted.as_layer, mapping, headings)
    return keep_profile(change, profile, change.who, change.recorded_at)


def _let_go(desk: Desk, way: OnWay, change_no: int) -> int:
    """Forget the draft, or only this part where others still wait; return how many do."""
    done = {*way.draft.committed, str(way.wanted.part)}
    waiting = [layer.name for layer in waiting_parts(way.look.parts, done) if layer.rows]
    if waiting:
        part = str(way.wanted.part)
        commit(desk.workspace, way.draft, part, change_no, now=intake.now())
    else:
        discard(desk.workspace, way.draft.draft_id)
    return len(waiting)


def committing(draft_id: str) -> bool:
    """Draw the commit of a draft while it runs, and what keeps it from being written.

    Returns
    -------
    bool
        Whether there is one; once it is done the page goes back to the list, which tells it.
    """
    key = commit_key(draft_id)
    job = jobs.peek(key)
    if job is None:
        return False
    found = result_of(job, "intake.committing", key)
    if found is None:
        return True
    jobs.forget(key)
    jobs.forget_about(draft_id)
    st.session_state[TOLD] = found
    if found.more:
        state.set_setting("step", "look")
    else:
        close_draft()
    st.rerun()
    return True


def tell_committed() -> None:
    """Say what was committed last, until another file is opened."""
    told: Committed | None = st.session_state.get(TOLD)
    if told is None:
        return
    said = t(
        "intake.written",
        n=number(told.change_no),
        file=plain(told.file),
        layer=layer_name(told.layer),
        accepted=number(told.accepted),
        waiting=number(told.quarantined),
        out=number(told.rejected),
    )
    if told.more:
        said += t("intake.written_more", n=number(told.more))
    st.success(said, icon=":material/check_circle:")
