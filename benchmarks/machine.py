"""Which machine and which versions a measurement was made with."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

LIBRARIES = (
    "streamlit",
    "streamlit-folium",
    "folium",
    "pandas",
    "geopandas",
    "shapely",
    "pyogrio",
    "freestiler",
    "playwright",
)
CORES = 2
"""Cores that server and browser share during the run."""


def limit_cores() -> int:
    """Keep this process and everything it starts on two cores; return how many it has now."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def peak_mb(pid: int) -> float:
    """Return the highest memory in MB that a process has held so far.

    Linux keeps it (VmHWM), Windows too; elsewhere it is what the process holds now.
    """
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    held = psutil.Process(pid).memory_info()
    return float(getattr(held, "peak_wset", held.rss)) / 2**20


def machine(chromium: str, cores: int) -> dict[str, Any]:
    """Return processor, memory, system and versions as plain values."""
    return {
        "cpu": _cpu(),
        "cores_present": os.cpu_count(),
        "cores_used": cores,
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "os": _system(),
        "python": platform.python_version(),
        "chromium": _first_line([chromium, "--version"]),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def about(libraries: Sequence[str]) -> dict[str, Any]:
    """Return when and where a measurement without a browser is made."""
    return {
        "when": datetime.now().astimezone().isoformat(sep=" ", timespec="minutes"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "os": _system(),
        "load_before": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in libraries},
    }


def heading(facts: dict[str, Any]) -> list[str]:
    """Return the lines that name the machine."""
    libraries = " · ".join(f"{name} {number}" for name, number in facts["libraries"].items())
    return [
        f"{facts['when']} · {facts['cpu']}, {facts['cores']} cores · {facts['memory_gb']} GB · "
        f"{facts['os']} · load before the run {facts['load_before']}",
        "",
        f"Python {facts['python']} · {libraries}",
    ]


def write(folder: Path, name: str, text: list[str], found: dict[str, Any]) -> None:
    """Write the table and all figures, and print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    table = "\n".join(text) + "\n"
    (folder / f"{name}.md").write_text(table, encoding="utf-8")
    figures = json.dumps(found, ensure_ascii=False, indent=1)
    (folder / f"{name}.json").write_text(figures + "\n", encoding="utf-8")
    print(table)


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = platform.platform(terse=True)
    return f"{name}, {platform.system()} {platform.release()}"


def _first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else "unknown"
