"""How long a meeting packet takes for the sample county, and how much memory."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.machine import about, heading, peak_mb, write
from data.register import Register
from data.rules import load_rules
from data.sample import fill, generate

RESULTS = Path(__file__).with_name("results")
UNTIL = date(2026, 10, 31)
BUDGET_S = 20.0


def measure(workspace: Path, runs: int) -> dict[str, Any]:
    """Return seconds of reading the figures and of making the files, and memory."""
    from reports.packet.source import read_packet
    from reports.packet.write import packet_files

    reading, making, files = [], [], ()
    for _ in range(runs):
        began = time.perf_counter()
        with Register.open(workspace) as register:
            facts = read_packet(
                register, kind="monthly", on=UNTIL, known_on=None, rules=load_rules()
            )
        reading.append(time.perf_counter() - began)
        began = time.perf_counter()
        files = packet_files(facts)
        making.append(time.perf_counter() - began)
    return {
        "runs": runs,
        "parcels": len(facts.desk),
        "read_s": round(statistics.median(reading), 2),
        "make_s": round(statistics.median(making), 2),
        "packet_s": round(
            statistics.median(a + b for a, b in zip(reading, making, strict=True)), 2
        ),
        "peak_mb": round(peak_mb(os.getpid())),
        "bytes": {file.name: len(file.content) for file in files},
    }


def lines(found: dict[str, Any]) -> list[str]:
    """Return the table."""
    met = "yes" if found["packet_s"] <= BUDGET_S else "**no**"
    return [
        f"{found['parcels']:,} parcels; median of {found['runs']} runs.",
        "",
        "| what | figure | target | met |",
        "|---|--:|--:|---|",
        f"| monthly packet, all files | {found['packet_s']:.1f} s | ≤ {BUDGET_S:g} s | {met} |",
        f"| of it: reading and measuring | {found['read_s']:.1f} s | | |",
        f"| of it: making the files | {found['make_s']:.1f} s | | |",
        f"| memory, peak | {found['peak_mb']:,} MB | | |",
        *(f"| {name} | {size / 1024:,.0f} KB | | |" for name, size in found["bytes"].items()),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks packet", description=__doc__)
    parser.add_argument("--parcels", type=int, default=3_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--workspace", type=Path, help="a workspace to take instead")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    facts = about(("pandas", "geopandas", "python-pptx", "python-docx", "xlsxwriter", "pillow"))
    making = Path(tempfile.mkdtemp(prefix="mutu-packet-"))
    try:
        workspace = given.workspace or making / "workspace"
        if given.workspace is None:
            county = generate(parcels=given.parcels, seed=330381, until=UNTIL)
            with Register.open(workspace, create=True) as register:
                fill(register, county, directory=making / "files")
        found = measure(workspace, given.runs)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    text = ["# The meeting packet", "", *heading(facts), "", *lines(found)]
    write(given.out, "packet", text, {"about": facts} | found)


if __name__ == "__main__":
    main()
