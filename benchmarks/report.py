"""The figures as a table: what was measured, its target and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

KB = 1000


@dataclass(frozen=True)
class Row:
    """One line of the table; ``target`` is the most allowed, None where nothing is asked."""

    name: str
    value: float | None
    unit: str
    target: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without target or figure."""
        if self.target is None or self.value is None:
            return None
        return self.value <= self.target


def rows(found: dict[str, Any], parcels: int) -> list[Row]:
    """Return the lines of one county."""
    first = 4.0 if parcels > 20_000 else 3.0
    reruns, wire = found["reruns"], _sums(found)
    event, tiles = found["event"], found["tiles"]
    slowest = max(found["recolour_s"], key=lambda name: median(found["recolour_s"][name]))
    return [
        Row(
            "first map, warm server", median(found["warm_s"]), "s", first, _spread(found["warm_s"])
        ),
        Row(
            "first map near (z15), warm server",
            median(found["warm_near_s"]),
            "s",
            first,
            _spread(found["warm_near_s"]),
        ),
        Row(
            "first map, server just started", found["cold_s"], "s", None, "county read, tiles there"
        ),
        Row("rerun, Python", median(reruns["cpu_ms"]), "ms", 50, "processor time of the script"),
        Row(
            "rerun, by the clock",
            median(reruns["script_ms"]),
            "ms",
            None,
            _spread(reruns["script_ms"]),
        ),
        Row("rerun, with the test harness", median(reruns["whole_ms"]), "ms", None, "upper bound"),
        Row(
            "rerun, to the browser",
            median(wire) / KB,
            "kB",
            50,
            f"websocket {median(found['socket_bytes']) / KB:.1f}, HTTP "
            f"{median(found['http_bytes']) / KB:.1f}; most {max(wire) / KB:.1f}",
        ),
        Row("click → card", median(found["click_s"]), "s", 1, _spread(found["click_s"])),
        Row("first click of a session → card", found["first_click_s"], "s"),
        *(
            Row(
                f"recolour, {name}",
                median(times),
                "s",
                1,
                _spread(times) + (", slowest view" if name == slowest else ""),
            )
            for name, times in found["recolour_s"].items()
        ),
        Row("server memory, peak", found["peak_mb"], "MB", 1500 if parcels > 20_000 else None),
        Row("tiles built once", tiles["seconds"], "s", None, _sizes(tiles["bytes"])),
        Row("memory while building tiles", tiles["peak_mb"], "MB"),
        Row("one event: commit", event["commit_s"], "s"),
        _seen("one event: commit → recoloured, page loaded anew", event["to_map_reload_s"]),
        _seen("one event: commit → recoloured, by the next click", event["to_map_click_s"]),
        Row(
            "tile archives changed by an event",
            0 if event["tiles_unchanged"] else 1,
            "",
            0,
            "names, times and sizes compared",
        ),
    ]


def plain_rows(found: dict[str, Any], own: dict[str, Any]) -> list[Row]:
    """Return the lines of the plain way, each with its ratio to the map's own figure."""
    rows: list[Row] = []
    pairs = (
        ("first map, server just started", _alone(found, "cold_s"), [own["cold_s"]], "s", 1),
        ("first map, warm server", found.get("warm_s"), own["warm_s"], "s", 1),
        ("rerun, Python", _cpu(found), _cpu(own), "ms", 1),
        ("rerun, to the browser", _sums(found), _sums(own), "kB", KB),
        ("click → card", found.get("click_s"), own["click_s"], "s", 1),
    )
    for name, plain, ours, unit, scale in pairs:
        if plain and ours:
            value = median(plain)
            note = _ratio(value, median(ours))
            rows.append(Row(f"GeoJson: {name}", value / scale, unit, None, note))
    if "failed" in found:
        rows.append(Row("GeoJson: what is not listed here", None, "", None, found["failed"]))
    return [*rows, Row("GeoJson: server memory, peak", found["peak_mb"], "MB")]


def _alone(found: dict[str, Any], name: str) -> list[float]:
    return [found[name]] if name in found else []


def _cpu(found: dict[str, Any]) -> list[float]:
    return found["reruns"]["cpu_ms"] if "reruns" in found else []


def _seen(name: str, seconds: float | None) -> Row:
    return Row(name, seconds, "s", None, "not seen within 60 s" if seconds is None else "")


def _sums(found: dict[str, Any]) -> list[int]:
    pairs = zip(found.get("socket_bytes", ()), found.get("http_bytes", ()), strict=True)
    return [a + b for a, b in pairs]


def _ratio(plain: float, own: float) -> str:
    return (
        f"{plain / own:,.0f} × the map's" if plain / own >= 10 else f"{plain / own:.1f} × the map's"
    )


def _spread(values: list[float]) -> str:
    return f"{min(values):.2f}–{max(values):.2f}, n = {len(values)}"


def _sizes(sizes: dict[str, int]) -> str:
    return ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sizes.items())


def markdown(machine: dict[str, Any], when: str, tables: dict[int, list[Row]]) -> str:
    """Return the whole report."""
    libraries = " · ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    lines = [
        "# The map's speed and size",
        "",
        f"{when} · {machine['cpu']}, {machine['cores_used']} of {machine['cores_present']} cores · "
        f"{machine['memory_gb']} GB · {machine['os']} · load before the run {machine['load']}",
        "",
        f"Python {machine['python']} · {machine['chromium']} (headless) · {libraries}",
        "",
        "Server and browser on the same machine and cores. *First map*: from opening the page in "
        "a browser that holds nothing to the last painted tile. *Rerun*: another parcel is opened; "
        "the script with every element and its hand-over, without the thread's start. *To the "
        "browser*: websocket messages unpacked, HTTP as it travels, the hover label included. "
        "*Recolour*: from the press of the button until every tile in view is painted. Medians.",
    ]
    for parcels, table in tables.items():
        lines += ["", f"## {parcels:,} parcels", "", "| what | figure | target | met | |"]
        lines += ["|---|--:|--:|---|---|", *map(_line, table)]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    value = "—" if row.value is None else f"{_figure(row.value)} {row.unit}".strip()
    target = "" if row.target is None else f"≤ {row.target:g} {row.unit}".strip()
    met = {None: "", True: "yes", False: "**no**"}[row.met]
    return f"| {row.name} | {value} | {target} | {met} | {row.note} |"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
