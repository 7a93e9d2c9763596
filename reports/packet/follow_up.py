"""What the last meeting left: its points, open and settled, and how its figure was restated."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pptx.util import Inches

from analysis.restated import SAME_M2
from gis.area import to_mu
from reports.cells import clean_text
from reports.packet.deck import LEFT, ROOM, ROOM_HIGH, ROOM_WIDE, TOP, Deck, lines, table
from reports.packet.facts import PacketFacts
from reports.packet.live_book import Book
from reports.packet.paper import Report
from reports.packet.words import UNKNOWN, day, label, mu, name, text

POINTS = ("parcel", "point_kind", "point_text", "responsible", "point_due", "point_late")
SETTLED = ("parcel", "point_text", "point_how", "closed_on")
RESTATED = ("parcel", "town", "then_mu", "now_mu", "difference_mu", "why", "doc_no")

_POINT_WIDTHS = (2.8, 1.2, 4.6, 1.9, 1.4, 1.2)
_RESTATED_WIDTHS = (3.2, 1.5, 1.4, 1.4, 1.4, 2.2, 2.6)
_SETTLED_WIDTHS = (2.8, 4, 4, 1.4)


def points_finding(facts: PacketFacts) -> str:
    """Say how many points of earlier meetings are open and how many of them late."""
    if facts.points.empty:
        return facts.say("points_none")
    late = int(facts.points["late"].sum())
    return facts.say("points_found", n=f"{len(facts.points):,}", late=f"{late:,}")


def restated_finding(facts: PacketFacts) -> str:
    """Say what the last meeting was told, and what is known of that day now."""
    found, on = facts.restated, facts.since.isoformat()
    if found is None:
        return facts.say("restated_untold", on=on)
    said = {"on": on, "then": mu(found.then_m2, 2), "now": mu(found.now_m2, 2)}
    if abs(found.now_m2 - found.then_m2) < SAME_M2 and found.rows.empty:
        return facts.say("restated_none", **said)
    return facts.say("restated_found", **said, n=f"{len(found.rows):,}")


def point_rows(facts: PacketFacts, most: int, longest: int) -> list[list[str]]:
    """Return open points as rows of text, in the order of `POINTS`."""
    return [
        [
            name(_parcel(row), 16),
            _kind(facts, row),
            text(row["text"], longest),
            text(row["responsible"], 12),
            day(row["due_on"]),
            f"{int(row['days_late']):,}" if row["late"] else UNKNOWN,
        ]
        for row in facts.points.head(most).to_dict("records")
    ]


def settled_rows(facts: PacketFacts, most: int, longest: int) -> list[list[str]]:
    """Return settled points as rows of text, in the order of `SETTLED`."""
    return [
        [
            name(_parcel(row), 16),
            text(row["text"], longest),
            text(row["how"], longest),
            day(row["closed_on"]),
        ]
        for row in facts.settled.head(most).to_dict("records")
    ]


def restated_rows(facts: PacketFacts, most: int) -> list[list[str]]:
    """Return restated parcels as rows of text, in the order of `RESTATED`."""
    if facts.restated is None:
        return []
    return [
        [
            name(row["parcel_name"] if pd.notna(row["parcel_name"]) else parcel_id, 18),
            text(row["town"], 8),
            mu(row["then_m2"], 2),
            mu(row["now_m2"], 2),
            mu(row["difference_m2"], 2),
            _why(facts, row["reasons"]),
            text("、".join(row["documents"]) or None, 24),
        ]
        for parcel_id, row in facts.restated.rows.head(most).to_dict("index").items()
    ]


def points_slide(deck: Deck) -> None:
    """Add the slide of open points, where any meeting is on record."""
    facts = deck.facts
    if facts.points.empty and facts.settled.empty:
        return
    page = deck.slide(points_finding(facts))
    most = 10
    rows = point_rows(facts, most, 26)
    if rows:
        heads = [facts.say(key) for key in POINTS]
        table(page, heads, rows, ROOM, widths=_POINT_WIDTHS, right=(5,), size=11)
    told = [facts.say("settled_found", n=f"{len(facts.settled):,}")] if len(facts.settled) else []
    if len(facts.points) > most:
        told.insert(0, facts.say("more_points", n=f"{len(facts.points) - most:,}"))
    if told:
        box = (LEFT, TOP + ROOM_HIGH - Inches(0.6), ROOM_WIDE, Inches(0.6))
        lines(page, told, box, size=12)


def restated_slide(deck: Deck) -> None:
    """Add the slide of what was restated, where anything was."""
    facts = deck.facts
    most = 10
    rows = restated_rows(facts, most)
    if not rows or facts.restated is None:
        return
    page = deck.slide(restated_finding(facts))
    heads = [facts.say(key) for key in RESTATED]
    table(page, heads, rows, ROOM, widths=_RESTATED_WIDTHS, right=(2, 3, 4), size=11)
    more = len(facts.restated.rows) - most
    if more > 0:
        box = (LEFT, TOP + ROOM_HIGH - Inches(0.35), ROOM_WIDE, Inches(0.35))
        lines(page, [facts.say("more_rows", n=f"{more:,}")], box, size=12)


def follow_up(report: Report, most: int) -> None:
    """Write the part of the document: open points, settled ones, restatements."""
    facts = report.facts
    stop = "." if facts.lang == "en" else "。"
    report.heading(facts.say("points_sheet"))
    report.paragraph(points_finding(facts) + stop)
    for key, columns, rows, widths, right in (
        ("points_open", POINTS, point_rows(facts, most, 80), _POINT_WIDTHS, (5,)),
        ("points_settled", SETTLED, settled_rows(facts, most, 60), _SETTLED_WIDTHS, ()),
    ):
        if rows:
            heads = [facts.say(column) for column in columns]
            report.table(facts.say(key), heads, rows, widths=widths, right=right)
    report.heading(facts.say("restated_sheet"))
    report.paragraph(restated_finding(facts) + stop)
    if rows := restated_rows(facts, most):
        heads = [facts.say(column) for column in RESTATED]
        report.table(
            facts.say("restated_sheet"), heads, rows, widths=_RESTATED_WIDTHS, right=(2, 3, 4)
        )


def write_follow_up(book: Book) -> None:
    """Write the sheets of points and of restatements; the differences are formulas."""
    facts, looks = book.facts, book.looks
    heads = [facts.say(key) for key in POINTS]
    page = book.page("points_sheet", heads, (24, 12, 60, 22, 12, 12))
    for at, row in enumerate(facts.points.to_dict("records"), start=1):
        told = (_parcel(row), _kind(facts, row), row["text"], row["responsible"])
        _texts(page, at, dict(enumerate(told)), looks["text"])
        if pd.notna(row["due_on"]):
            page.write_datetime(at, 4, row["due_on"].to_pydatetime(), looks["date"])
        if row["late"]:
            page.write_number(at, 5, int(row["days_late"]), looks["int"])
    heads = [facts.say(key) for key in ("parcel_id", *RESTATED)]
    page = book.page("restated_sheet", heads, (22, 24, 12, 14, 14, 14, 22, 24))
    if facts.restated is None:
        return
    rows = facts.restated.rows.to_dict("index")
    for at, (parcel_id, row) in enumerate(rows.items(), start=1):
        _texts(page, at, {0: parcel_id, 1: row["parcel_name"], 2: row["town"]}, looks["text"])
        then, now = to_mu(float(row["then_m2"])), to_mu(float(row["now_m2"]))
        page.write_number(at, 3, then, looks["mu"])
        page.write_number(at, 4, now, looks["mu"])
        page.write_formula(at, 5, f"=E{at + 1}-D{at + 1}", looks["mu"], now - then)
        documents = "、".join(row["documents"]) or None
        _texts(page, at, {6: _why(facts, row["reasons"]), 7: documents}, looks["text"])


def _texts(page: Any, at: int, told: dict[int, Any], look: Any) -> None:
    for place, value in told.items():
        if (said := clean_text(value)) is not None:
            page.write_string(at, place, said, look)


def _parcel(row: Any) -> Any:
    return row["parcel_name"] if pd.notna(row["parcel_name"]) else row["parcel_id"]


def _kind(facts: PacketFacts, row: Any) -> str:
    if row["kind"] == "stuck":
        return label("stuck_reason", row["reason"], facts.lang)
    return facts.say("point_decision")


def _why(facts: PacketFacts, reasons: tuple[str, ...]) -> str:
    comma = ", " if facts.lang == "en" else "、"
    return comma.join(facts.say(f"why_{reason}") for reason in reasons)
