"""The sentences that stand above charts and tables: what they show, in one line."""

from __future__ import annotations

from analysis.movement import FLOWS
from reports.packet.facts import PacketFacts
from reports.packet.words import UNKNOWN, day, label, mu, name, percent, points, text

FUNNEL_FROM = 2
"""The first stages (survey, list) hold nearly all parcels and would dwarf the others."""


def towns_finding(facts: PacketFacts) -> str:
    """Say which town has credited most and how many have nothing."""
    towns = facts.now.by_town[facts.now.by_town["town"].notna()]
    if towns.empty or not towns["credited_m2"].gt(0).any():
        return facts.say("towns_none")
    top = towns.sort_values("credited_m2", ascending=False, kind="stable").iloc[0]
    none = int((towns["credited_m2"].eq(0) & towns["unknown_parcels"].eq(0)).sum())
    return facts.say(
        "towns_behind", top=text(top["town"], 12), most=mu(float(top["credited_m2"])), none=none
    )


def split_finding(facts: PacketFacts) -> str:
    """Say which renewal mode brings most of the credit."""
    modes, whole = facts.now.by_mode, facts.now.credited_m2
    if not whole:
        return facts.say("split_none")
    top = modes.sort_values("credited_m2", ascending=False, kind="stable").iloc[0]
    share = f"{100 * top['credited_m2'] / whole:.0f}"
    return facts.say(
        "split_found", mode=label("renewal_mode", top["renewal_mode"], facts.lang), pct=share
    )


def funnel_finding(facts: PacketFacts) -> str:
    """Say at which stage most land stands, after the survey and the list."""
    stages = facts.now.funnel.iloc[FUNNEL_FROM:]
    if not stages["area_m2"].gt(0).any():
        return facts.say("funnel_none")
    top = stages.sort_values("area_m2", ascending=False, kind="stable").iloc[0]
    return facts.say(
        "funnel_found",
        n=f"{int(top['parcels']):,}",
        mu=mu(float(top["area_m2"])),
        stage=label("stage", top["stage"], facts.lang),
        first=label("stage", stages["stage"].iloc[0], facts.lang),
    )


def late_finding(facts: PacketFacts) -> str:
    """Say how much is overdue and for how long at most."""
    late = facts.now.overdue
    if late.empty:
        return facts.say("late_none")
    return facts.say(
        "late_found",
        n=f"{len(late):,}",
        mu=mu(float(late["geometry_area_m2"].astype(float).sum(min_count=1))),
        days=f"{int(late['overdue_days'].max()):,}",
    )


def years_finding(facts: PacketFacts) -> str:
    """Compare the year with the one before, on the same day."""
    now, then = mu(facts.now.credited_m2), mu(year_before(facts))
    return facts.say("years_found", when=facts.when, now=now, then=then)


def year_before(facts: PacketFacts) -> float | None:
    """Return what the year before had by the same day, None where nothing is on record."""
    years = facts.now.years.set_index("year")["same_day_m2"]
    last = facts.now.year - 1
    if last not in years.index or not years.loc[:last].gt(0).any():
        return None
    return float(years[last])


def movement_sums(facts: PacketFacts) -> dict[str, float] | None:
    """Return the movement of the year as a whole in m², None where it has no month yet."""
    table = facts.movement.by_month
    if table.empty:
        return None
    flows = {name: float(table[name].sum()) for name in FLOWS}
    opening, closing = table["opening_m2"].iloc[0], table["closing_m2"].iloc[-1]
    return {"opening_m2": float(opening), **flows, "closing_m2": float(closing)}


def movement_finding(facts: PacketFacts) -> str:
    """Say how the stock stood at the opening and stands now."""
    sums = movement_sums(facts)
    if sums is None:
        return facts.say("movement_none")
    return facts.say(
        "movement_found",
        opening=mu(sums["opening_m2"]),
        renewed=mu(sums["renewed_m2"]),
        closing=mu(sums["closing_m2"]),
    )


def forecast_finding(facts: PacketFacts) -> str:
    """Say where the year will end and how likely the task is."""
    found = facts.forecast
    if found is None:
        return facts.say("forecast_none")
    said = {
        "year": found.year,
        "middle": mu(found.p50_m2, 0),
        "low": mu(found.p10_m2, 0),
        "high": mu(found.p90_m2, 0),
    }
    if found.probability is None:
        return facts.say("forecast_untold", **said)
    return facts.say("forecast_found", **said, chance=percent(found.probability))


def deciding_finding(facts: PacketFacts) -> str:
    """Say how many parcels decide the year and how much the first of them hold."""
    if facts.forecast is None or facts.forecast.deciding.empty:
        return facts.say("deciding_none")
    deciding = facts.forecast.deciding
    first = deciding.head(10)
    return facts.say(
        "deciding_found",
        n=f"{len(deciding):,}",
        first=len(first),
        mu=mu(float(first["area_m2"].astype(float).sum(min_count=1))),
    )


def deciding_rows(facts: PacketFacts, most: int, longest: int) -> list[list[str]]:
    """Return the parcels that decide the year as rows of text, in the order of `DECIDING`."""
    if facts.forecast is None:
        return []
    return [
        [
            name(row.get("parcel_name") or parcel_id, longest),
            text(row.get("town"), 8),
            label("stage", row.get("stage"), facts.lang),
            label("stage", row.get("next_stage"), facts.lang),
            facts.say("too_late") if row["too_late"] else day(row["must_move_by"]),
            percent(row["chance"]),
            points(row["weight"]),
            mu(row["area_m2"], 2),
            text(row.get("responsible_unit"), 14),
        ]
        for parcel_id, row in facts.forecast.deciding.head(most).to_dict("index").items()
    ]


DECIDING = (
    "parcel", "town", "stage", "next_stage", "must_move_by", "chance", "weight", "area_mu", "unit",
)  # fmt: skip
"""Columns of the list of deciding parcels."""


def map_finding(facts: PacketFacts) -> str:
    """Say how many parcels are in renewal."""
    staged = facts.desk["stage"].notna()
    area = facts.desk.loc[staged, "geometry_area_m2"].astype(float).sum(min_count=1)
    return facts.say("map_found", n=f"{int(staged.sum()):,}", mu=mu(float(area)))


def summary_text(facts: PacketFacts) -> list[str]:
    """Tell the year in a few paragraphs."""
    now, counted = facts.now, facts.now.counters
    told = [
        facts.say(
            "summary_text",
            year=now.year,
            target=mu(now.target_m2, 0),
            when=facts.when,
            done=mu(now.credited_m2, 2),
            share=facts.share,
            expected=mu(now.expected_m2, 2),
            gap=mu(now.gap_m2, 2),
            required=mu(now.required_m2_per_month, 2),
        )
    ]
    if now.season_expected_m2 is not None:
        told.append(facts.say("season_text", mu=mu(now.season_expected_m2, 2)))
    started = UNKNOWN if counted.started_m2 is None else f"{counted.started_m2:,.0f}"
    told.append(
        facts.say(
            "counters_text",
            demolished=mu(counted.demolished_m2, 2),
            supplied=mu(counted.supplied_m2, 2),
            started=started,
        )
    )
    return told


def notes(facts: PacketFacts) -> list[str]:
    """Say how the figures are to be read, and what could not be counted."""
    told = [facts.say("blank_note"), _overlap(facts)]
    counts = [(facts.now.unknown[name], key) for name, key in _UNKNOWN.items()]
    parts = [facts.say(key, n=f"{count:,}") for count, key in counts if count]
    if parts:
        told.append(facts.say("unknown_note", parts=facts.say("between").join(parts)))
    told.append(facts.say("reprint_note"))
    return told


def _overlap(facts: PacketFacts) -> str:
    """Say how much of the credit stands in the ledger of energy-intensive firms too."""
    desk = facts.desk
    if "high_consumption" not in desk or not desk["high_consumption"].notna().any():
        return facts.say("double_note")
    credit = desk["credited_m2"].astype(float)
    mine = desk["high_consumption"].astype("boolean")[credit != 0]
    both = mine.fillna(False).to_numpy(dtype=bool)
    area = mu(float(credit[credit != 0][both].sum()))
    said = facts.say("double_known", n=f"{int(both.sum()):,}", mu=area)
    untold = int(mine.isna().sum())
    return said + (facts.say("double_unknown", n=f"{untold:,}") if untold else "")


_UNKNOWN = {
    "credited_parcels_without_area": "unknown_area",
    "plan_without_area": "unknown_plan",
    "events_without_parcel": "unknown_parcel",
    "parcels_in_progress_without_mode": "unknown_mode",
}
