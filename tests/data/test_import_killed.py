"""``kill -9`` at any moment of an import leaves the register before it or after it, and whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

ROOT = Path(__file__).parents[2]
MOMENTS = 50
PARCELS = 60

# One process imports the program and forks a writer for every moment: fifty starts would take
# minutes. It answers with the state after each kill.
SCRIPT = """
import json, os, random, shutil, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, {root!r})
from data.intake import prepare_import
from data.register import Register

folder = Path({folder!r})
clean = folder / "clean"

def take(workspace, name, day):
    with Register.open(workspace, create=True) as register:
        report = prepare_import(
            folder / name, as_layer="parcels", register=register, who="甲",
            recorded_at=datetime(2026, 1, day, tzinfo=UTC),
        )
        register.commit(report.change)

def forked(place):
    child = os.fork()
    if child == 0:
        try:
            take(place, "later.geojson", 2)
        finally:
            os._exit(0)
    return child

def state_of(place):
    with Register.open(place) as register:
        parcels = register.read_parcels(columns=["owner"], geometry=False)
        changed, issues = int((parcels["owner"] == "乙").sum()), len(register.issues())
        return [register.version, len(parcels), changed, issues, register.verify().ok]

take(clean, "first.geojson", 1)
whole = folder / "whole"
shutil.copytree(clean, whole)
began = time.monotonic()
os.waitpid(forked(whole), 0)
length = time.monotonic() - began
rng = random.Random(330381)
states = []
for number in range({moments} // 2):
    places = [folder / "killed-a", folder / "killed-b"]
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(clean, place)
    children = [forked(place) for place in places]
    waits = sorted(length * rng.uniform(0.2, 1.1) for _ in places)
    for child, wait in zip(children, (waits[0], waits[1] - waits[0])):
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    states += [state_of(place) for place in places]
again = folder / "killed-a"
if states[-2][0] == 1:
    take(again, "later.geojson", 3)
print(json.dumps(states))
"""


def lots(count, owner):
    at = [120.6 + n % 20 / 1000 for n in range(count)]
    up = [27.7 + n // 20 / 1000 for n in range(count)]
    shapes = [shapely.box(x, y, x + 0.0009, y + 0.0009) for x, y in zip(at, up, strict=True)]
    ids = [f"P{n:03d}" for n in range(count)]
    areas = ["约"] * 3 + ["15"] * (count - 3)
    frame = {"宗地编号": ids, "权利人": owner, "登记面积(亩)": areas}
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=4490)


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_an_import_killed_at_fifty_moments_leaves_before_or_after(tmp_path):
    lots(PARCELS, "甲").to_file(tmp_path / "first.geojson")
    lots(PARCELS + 20, "乙").to_file(tmp_path / "later.geojson")
    script = SCRIPT.format(root=str(ROOT), folder=str(tmp_path), moments=MOMENTS)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    states = [tuple(state) for state in json.loads(done.stdout)]
    issues = {version: found for version, _, _, found, _ in states}
    before = (1, PARCELS, 0, issues.get(1), True)
    after = (2, PARCELS + 20, PARCELS + 20, issues.get(2), True)
    assert len(states) == MOMENTS
    assert set(states) <= {before, after}
    assert before in states
