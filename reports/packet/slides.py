"""The slides of a meeting: every title says the finding, every chart can be edited."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
from pptx.enum.chart import XL_LABEL_POSITION
from pptx.util import Inches

from gis.area import to_mu
from reports.packet.charts import bar_chart, known, line_chart, waterfall
from reports.packet.deck import (
    ACCENT,
    LEFT,
    QUIET,
    ROOM,
    ROOM_HIGH,
    ROOM_WIDE,
    TOP,
    Deck,
    lines,
    table,
    write,
)
from reports.packet.facts import PacketFacts
from reports.packet.findings import (
    DECIDING,
    FUNNEL_FROM,
    deciding_finding,
    deciding_rows,
    forecast_finding,
    funnel_finding,
    late_finding,
    map_finding,
    movement_finding,
    movement_sums,
    notes,
    split_finding,
    towns_finding,
    years_finding,
)
from reports.packet.follow_up import points_slide, restated_slide
from reports.packet.words import day, label, mu, name, text

MOST_ROWS = 10
"""Rows of a table on one slide."""

Maker = Callable[[Deck], None]


def slides(facts: PacketFacts, *, county_map: bytes) -> bytes:
    """Return the slides of a packet as .pptx.

    Parameters
    ----------
    facts : PacketFacts
        The figures.
    county_map : bytes
        PNG of the map, 16 : 7 or wider than high.
    """
    deck = Deck(facts)
    _cover(deck)
    for make in (*DECKS[facts.kind], points_slide, restated_slide):
        if make is _map:
            _map(deck, county_map)
        else:
            make(deck)
    return deck.to_bytes()


def _cover(deck: Deck) -> None:
    facts = deck.facts
    page = deck.slide(facts.title)
    box = page.shapes.add_textbox(LEFT, Inches(1.35), ROOM_WIDE, Inches(0.8))
    box.text_frame.word_wrap = True
    size = 30 if facts.lang == "zh" else 24
    write(box.text_frame.paragraphs[0], facts.headline, size=size, bold=True, colour=ACCENT)
    now = facts.now
    late = now.overdue
    told = [
        (facts.say("target"), mu(now.target_m2, 0), facts.say("mu")),
        (facts.say("credited"), mu(now.credited_m2), f"{facts.say('mu')} · {facts.share}"),
        (facts.say("expected"), mu(now.expected_m2), facts.say("mu")),
        (facts.say("gap"), mu(now.gap_m2), facts.say("mu")),
        (facts.say("required"), mu(now.required_m2_per_month), facts.say("mu")),
        (facts.say("overdue"), f"{len(late):,}", facts.say("parcel_unit")),
    ]
    wide = ROOM_WIDE / len(told)
    for at, (item, value, unit) in enumerate(told):
        place = (int(LEFT + at * wide), Inches(2.55), int(wide), Inches(1.8))
        frame = page.shapes.add_textbox(*place).text_frame
        frame.word_wrap = True
        write(frame.paragraphs[0], item, size=14, colour=QUIET)
        write(frame.add_paragraph(), value, size=28, bold=True)
        write(frame.add_paragraph(), unit, size=13, colour=QUIET)
    lines(page, [f"· {said}" for said in notes(facts)], (LEFT, Inches(4.6), ROOM_WIDE, Inches(1.9)))


def _line(deck: Deck) -> None:
    facts, monthly = deck.facts, deck.facts.now.monthly
    page = deck.slide(facts.headline)
    months = [facts.say("month_name", n=n) for n in monthly["month"]]
    season = {facts.say("season"): known(to_mu(monthly["season_line_m2"].astype(float)))}
    series = {
        facts.say("pace"): known(to_mu(monthly["target_line_m2"].astype(float))),
        **(season if facts.now.season is not None else {}),
        facts.say("plan"): known(to_mu(monthly["plan_m2"].astype(float))),
        facts.say("done"): known(to_mu(monthly["credited_m2"].astype(float))),
    }
    _caption(page, facts.say("line", year=facts.now.year))
    below = (facts.now.gap_m2 or 0) < 0
    line_chart(page, months, series, _under_caption(), main=facts.say("done"), below=below)


def _caption(page: object, said: str) -> None:
    lines(page, [said], (LEFT, TOP - Inches(0.1), ROOM_WIDE, Inches(0.4)), size=13)


def _under_caption() -> tuple[int, int, int, int]:
    down = Inches(0.3)
    return (LEFT, TOP + down, ROOM_WIDE, ROOM_HIGH - down)


def _towns(deck: Deck) -> None:
    facts, by_town = deck.facts, deck.facts.now.by_town
    page = deck.slide(towns_finding(facts))
    tasks = bool(by_town["task_mu"].notna().any())
    if tasks:
        by_town = by_town.sort_values("done_pct", ascending=False, kind="stable")
    _caption(page, facts.say("towns_rank" if tasks else "towns_chart"))
    names = [text(town, 14) if town else facts.say("no_group") for town in by_town["town"]]
    done = known(to_mu(by_town["credited_m2"].astype(float)))
    series = {facts.say("done"): done}
    left, top, wide, high = _under_caption()
    low = 0
    if tasks:
        names = [
            f"{name_} {share:.0f}%" if share == share else name_
            for name_, share in zip(names, by_town["done_pct"].astype(float), strict=True)
        ]
        series = {facts.say("task"): known(by_town["task_mu"].astype(float)), **series}
    else:
        low = Inches(0.45)
        box = (left, top + high - low, wide, low)
        lines(page, [facts.say("no_tasks")], box, size=12)
    bar_chart(page, names, series, (left, top, wide, high - low))


def _split(deck: Deck) -> None:
    facts = deck.facts
    page = deck.slide(split_finding(facts))
    half = (ROOM_WIDE - Inches(0.4)) // 2
    sides = (
        ("by_class", facts.now.by_class, "low_class", LEFT),
        ("by_mode", facts.now.by_mode, "renewal_mode", LEFT + half + Inches(0.4)),
    )
    for key, groups, enum, left in sides:
        lines(page, [facts.say(key)], (left, TOP - Inches(0.1), half, Inches(0.4)), size=13)
        names = [label(enum, code, facts.lang) for code in groups[enum]]
        done = known(to_mu(groups["credited_m2"].astype(float)))
        box = (left, TOP + Inches(0.3), half, ROOM_HIGH - Inches(0.3))
        bar_chart(page, names, {facts.say("done"): done}, box)


def _funnel(deck: Deck) -> None:
    facts, stages = deck.facts, deck.facts.now.funnel
    page = deck.slide(funnel_finding(facts))
    _caption(page, facts.say("funnel_chart"))
    shown = stages.iloc[FUNNEL_FROM:]
    names = [label("stage", code, facts.lang) for code in shown["stage"]]
    series = {
        facts.say("reached"): known(to_mu(shown["reached_area_m2"].astype(float))),
        facts.say("here"): known(to_mu(shown["area_m2"].astype(float))),
    }
    bar_chart(page, names, series, _under_caption())


def _changed(deck: Deck) -> None:
    facts, fresh = deck.facts, deck.facts.fresh
    since = facts.since.isoformat()
    if fresh.empty:
        page = deck.slide(facts.say("changed_none", since=since))
    else:
        total = mu(float(np.nansum(fresh["credited_m2"])))
        count = fresh["parcel_id"].nunique()
        page = deck.slide(facts.say("changed_found", since=since, n=f"{count:,}", mu=total))
        _credited_table(deck, page, fresh.head(MOST_ROWS), Inches(8.6))
        _more(deck, page, len(fresh))
    left = LEFT + (Inches(8.9) if len(fresh) else 0)
    told = [facts.say("moved_title")] + [
        facts.say("moved_row", stage=label("stage", code, facts.lang), n=f"{int(n):,}", mu=mu(area))
        for code, n, area in facts.moved.itertuples(index=False)
    ]
    if facts.moved.empty:
        told.append(facts.say("no_moves"))
    lines(page, told, (left, TOP, Inches(3.2), ROOM_HIGH), size=13)


def _credited_table(deck: Deck, page: object, rows: pd.DataFrame, wide: int) -> None:
    facts = deck.facts
    heads = [
        facts.say(k) for k in ("parcel", "town", "mode", "stage", "occurred_on", "credited_mu")
    ]
    told = [
        [
            name(row.get("parcel_name") or row["parcel_id"], 17),
            text(row.get("town"), 8),
            label("renewal_mode", row.get("renewal_mode"), facts.lang),
            label("stage", row["stage"], facts.lang),
            day(row["occurred_on"]),
            mu(row["credited_m2"], 2),
        ]
        for row in rows.to_dict("records")
    ]
    box = (LEFT, TOP, wide, ROOM_HIGH)
    table(page, heads, told, box, widths=(3.6, 1.5, 2.5, 1.6, 1.6, 1.6), right=(5,), size=11)


def _more(deck: Deck, page: object, count: int) -> None:
    if count > MOST_ROWS:
        box = (LEFT, TOP + ROOM_HIGH - Inches(0.35), ROOM_WIDE, Inches(0.35))
        lines(page, [deck.facts.say("more_rows", n=f"{count - MOST_ROWS:,}")], box, size=12)


def _late(deck: Deck) -> None:
    facts, late = deck.facts, deck.facts.now.overdue
    page = deck.slide(late_finding(facts))
    if late.empty:
        return
    keys = ("parcel", "town", "stage", "due_stage", "due_on", "late_days", "area_mu", "unit")
    rows = [
        [
            name(row.get("parcel_name") or parcel_id, 18),
            text(row.get("town"), 8),
            label("stage", row.get("stage"), facts.lang),
            label("stage", row.get("due_stage"), facts.lang),
            day(row.get("due_on")),
            f"{int(row['overdue_days']):,}",
            mu(row.get("geometry_area_m2"), 2),
            text(row.get("responsible_unit"), 14),
        ]
        for parcel_id, row in late.head(MOST_ROWS).to_dict("index").items()
    ]
    widths = (3.4, 1.4, 1.7, 1.7, 1.5, 1.3, 1.4, 1.9)
    table(page, [facts.say(k) for k in keys], rows, ROOM, widths=widths, right=(5, 6))
    _more(deck, page, len(late))


def _years(deck: Deck) -> None:
    facts = deck.facts
    page = deck.slide(years_finding(facts))
    _caption(page, facts.say("years_chart"))
    months = [facts.say("month_name", n=n) for n in facts.years.index]
    series = {
        str(year): known(to_mu(facts.years[year].cumsum(skipna=False)))
        for year in facts.years.columns[-5:]
    }
    line_chart(page, months, series, _under_caption(), main=str(facts.now.year))


def _movement(deck: Deck) -> None:
    facts, sums = deck.facts, movement_sums(deck.facts)
    page = deck.slide(movement_finding(facts))
    if sums is None:
        return
    _caption(page, f"{facts.say('movement_chart')} · {facts.say('axis_note')}")
    at = [to_mu(area) for area in sums.values()]
    levels = [(0.0, at[0])]
    for area, sign in zip(at[1:-1], (1, -1, -1, 1), strict=True):
        levels.append((levels[-1][1], levels[-1][1] + sign * area))
    levels.append((0.0, at[-1]))
    left, top, wide, high = _under_caption()
    names = [facts.say(key) for key in sums]
    waterfall(page, names, levels, (left, top, wide, high - Inches(0.45)))
    box = (left, top + high - Inches(0.45), wide, Inches(0.45))
    lines(page, [facts.say("movement_note")], box, size=12)


def _forecast(deck: Deck) -> None:
    """Show the range in which the year will end, and the parcels that decide it."""
    facts, found = deck.facts, deck.facts.forecast
    page = deck.slide(forecast_finding(facts))
    if found is None:
        return
    monthly = facts.now.monthly
    done = monthly.set_index("month")["credited_m2"].astype(float)
    last = int(done.last_valid_index() or 0)
    series = {facts.say("pace"): known(to_mu(monthly["target_line_m2"].astype(float)))}
    for key in ("p10", "p50", "p90"):
        ahead = found.band.set_index("month")[f"{key}_m2"].astype(float).reindex(done.index)
        if last:
            ahead[last] = done[last]
        series[facts.say(key)] = known(to_mu(ahead))
    series[facts.say("done")] = known(to_mu(done))
    _caption(page, facts.say("forecast_chart", year=facts.now.year))
    left, top, wide, high = _under_caption()
    low = Inches(0.45)
    months = [facts.say("month_name", n=n) for n in monthly["month"]]
    box = (left, top, wide, high - low)
    places = (XL_LABEL_POSITION.BELOW, XL_LABEL_POSITION.RIGHT, XL_LABEL_POSITION.ABOVE)
    ends = dict(zip(map(facts.say, ("p10", "p50", "p90")), places, strict=True))
    line_chart(page, months, series, box, main=facts.say("done"), below=True, ends=ends)
    basis = facts.say("forecast_basis", draws=f"{found.draws:,}", seed=found.seed)
    lines(page, [basis], (left, top + high - low, wide, low), size=12)


def _deciding(deck: Deck) -> None:
    facts = deck.facts
    if facts.forecast is None:
        return
    page = deck.slide(deciding_finding(facts))
    rows = deciding_rows(facts, MOST_ROWS, 18)
    if not rows:
        return
    widths = (3.3, 1.3, 1.4, 1.4, 2.1, 1.5, 1.6, 1.3, 1.7)
    heads = [facts.say(key) for key in DECIDING]
    table(page, heads, rows, ROOM, widths=widths, right=(5, 6, 7), size=11)
    box = (LEFT, TOP + ROOM_HIGH - Inches(0.45), ROOM_WIDE, Inches(0.5))
    lines(page, [facts.say("deciding_note")], box, size=11)


def _map(deck: Deck, picture: bytes = b"") -> None:
    facts = deck.facts
    page = deck.slide(map_finding(facts))
    placed = page.shapes.add_picture(io.BytesIO(picture), LEFT, TOP - Inches(0.1), height=ROOM_HIGH)
    placed.left = int((deck.show.slide_width - placed.width) / 2)


DECKS: dict[str, tuple[Maker, ...]] = {
    "biweekly": (_line, _changed, _deciding, _late, _map),
    "monthly": (
        _line, _changed, _forecast, _deciding, _towns, _split, _funnel, _movement, _late, _map,
    ),
    "quarterly": (
        _line, _towns, _changed, _forecast, _deciding, _split, _funnel, _movement, _years, _late,
        _map,
    ),
    "annual": (
        _line, _years, _towns, _split, _funnel, _movement, _changed, _forecast, _deciding, _late,
        _map,
    ),
}  # fmt: skip
"""The slides after the cover and before what the last meeting left, by meeting."""
