"""Ask the forecast what it would have said in past years: ``python -m benchmarks backtest``.

Each past month's end is looked at as it was known ten days later; what the year came to is known
by now. With ``--workspace`` the county's own register is taken, otherwise sample counties of
several seeds. ``--docs`` writes the tables into docs/forecast.md.
"""

from __future__ import annotations

import argparse
import calendar
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.forecast import forecast
from analysis.progress import year_share
from benchmarks.machine import about, heading, write
from data.asof import AsOf
from data.register import Register
from data.rules import load_rules
from data.sample import generate
from gis.area import ellipsoidal_area_m2, to_mu

HOME = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results")
DOCS = HOME / "docs" / "forecast.md"
BEGIN, END = "<!-- back-test begins -->\n", "<!-- back-test ends -->\n"
MONTHS = (0, 3, 6, 8, 9, 10, 11)
"""Ends of months looked at; 0 is the eve of the year."""
LATER = timedelta(days=10)
"""How long after a month's end its records are complete."""

Read = Callable[[AsOf], tuple[pd.DataFrame, pd.DataFrame]]


def of_register(workspace: Path) -> tuple[Read, date]:
    """Return how to read a register as of two dates, and the last day of its data."""
    register = Register.open(workspace)

    def read(as_of: AsOf) -> tuple[pd.DataFrame, pd.DataFrame]:
        columns = ["renewal_mode", "geometry_area_m2"]
        parcels = register.read_parcels(as_of, columns=columns, geometry=False)
        return parcels, register.read_events(as_of)

    return read, date.fromisoformat(register.meta["data_until"])


def of_sample(parcels: int, seed: int) -> tuple[Read, date]:
    """Return the same of a sample county that is never written."""
    county = generate(parcels=parcels, seed=seed)
    frame = pd.DataFrame({"renewal_mode": county.parcels["renewal_mode"]})
    frame["geometry_area_m2"] = ellipsoidal_area_m2(county.parcels.geometry)
    events = county.events.rename(columns={"event_no": "event_id"})
    recorded = (events["batch"] + pd.DateOffset(months=1)).dt.date + timedelta(days=4)

    def read(as_of: AsOf) -> tuple[pd.DataFrame, pd.DataFrame]:
        known = as_of.known_on is None or recorded <= as_of.known_on
        return frame, events[known] if as_of.known_on else events

    return read, county.until


def looks(read: Read, until: date, *, draws: int, name: str) -> Iterator[dict[str, object]]:
    """Return for each look what was forecast and what came."""
    rules = load_rules()
    now = read(AsOf(until))
    first = pd.to_datetime(now[1]["occurred_on"]).dt.year.min()
    start = max(int(first), rules.annual_target.valid_from.year)
    for year in range(start + 1, until.year):
        whole = forecast(*now, rules=rules, year=year, as_of=AsOf(until), draws=draws)
        for month in MONTHS:
            day = date(year - 1, 12, 31)
            if month:
                day = date(year, month, calendar.monthrange(year, month)[1])
            as_of = AsOf(day, day + LATER)
            found = forecast(*read(as_of), rules=rules, year=year, as_of=as_of, draws=draws)
            if found.p50_m2 is None or found.target_m2 is None:
                continue
            share = year_share(year, day)
            yield {
                "county": name,
                "year": year,
                "month": month,
                "so_far_mu": to_mu(found.credited_m2),
                "p10_mu": found.p10_mu,
                "p50_mu": found.p50_mu,
                "p90_mu": found.p90_mu,
                "came_mu": to_mu(whole.credited_m2),
                "straight_mu": to_mu(found.credited_m2) / share if share else np.nan,
                "probability": found.probability,
                "met": whole.credited_m2 >= found.target_m2,
            }


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return by month how often the range held and how far the middle was off."""
    came = found["came_mu"]
    held = (found["p10_mu"] <= came) & (came <= found["p90_mu"])
    table = found.assign(
        held=held,
        below=came < found["p10_mu"],
        above=came > found["p90_mu"],
        width=found["p90_mu"] - found["p10_mu"],
        off=(found["p50_mu"] - came).abs(),
        straight_off=(found["straight_mu"] - came).abs(),
        brier=(found["probability"] - found["met"].astype(float)) ** 2,
    )
    columns = ["held", "below", "above", "width", "off", "straight_off", "brier"]
    means = table.groupby("month")[columns].mean()
    return means.assign(looks=table.groupby("month").size())


def lines(found: pd.DataFrame) -> list[str]:
    """Return both tables in Markdown."""
    means = summary(found)
    said = [
        "| look at the end of | looks | in P10–P90 | below | above | width, 亩 | P50 off, 亩 "
        "| straight line off, 亩 | Brier |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for month, row in means.iterrows():
        name = calendar.month_abbr[int(str(month))] or "Dec before"
        straight = "–" if np.isnan(row["straight_off"]) else f"{row['straight_off']:,.0f}"
        said.append(
            f"| {name} | {row['looks']:.0f} | {row['held']:.0%} | {row['below']:.0%} "
            f"| {row['above']:.0%} | {row['width']:,.0f} | {row['off']:,.0f} | {straight} "
            f"| {row['brier']:.3f} |"
        )
    held = (found["p10_mu"] <= found["came_mu"]) & (found["came_mu"] <= found["p90_mu"])
    said += ["", f"All {len(found)} looks: {held.mean():.0%} in the range.", ""]
    shown = found[found["county"] == found["county"].iloc[0]]
    said += [
        f"{shown['county'].iloc[0]}, in 亩:",
        "",
        "| year | end of | so far | P10 | P50 | P90 | came to | chance of 1,800 |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in shown.to_dict("records"):
        name = calendar.month_abbr[row["month"]] or "Dec before"
        figures = (row[key] for key in ("so_far_mu", "p10_mu", "p50_mu", "p90_mu", "came_mu"))
        told = " | ".join(f"{figure:,.0f}" for figure in figures)
        said.append(f"| {row['year']} | {name} | {told} | {row['probability']:.0%} |")
    return said


def into_docs(text: list[str]) -> None:
    """Put the tables between the marks of docs/forecast.md."""
    page = DOCS.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    told = "\n".join(text)
    DOCS.write_text(f"{before}{BEGIN}\n{told}\n\n{END}{after}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks backtest", description=__doc__)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--parcels", type=int, default=3000)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    facts = about(("numpy", "pandas", "scipy"))
    rows: list[dict[str, object]] = []
    if given.workspace:
        read, until = of_register(given.workspace)
        rows += looks(read, until, draws=given.draws, name="Own register")
    else:
        for seed in range(330381, 330381 + given.seeds):
            read, until = of_sample(given.parcels, seed)
            rows += looks(read, until, draws=given.draws, name=f"Sample county, seed {seed}")
    found = pd.DataFrame(rows)
    if found.empty:
        raise SystemExit("no past year with a history of its own to look at")
    text = lines(found)
    if given.docs:
        into_docs(text)
    page = ["# Back-test of the forecast", "", *heading(facts), "", *text]
    write(given.out, "backtest", page, {"about": facts, "looks": found.to_dict("records")})


if __name__ == "__main__":
    main()
