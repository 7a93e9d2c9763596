"""A writer that is killed at chosen moments of a commit, for both kinds of register.

`killed_at_each` runs this file in a process of its own, which forks a writer for each moment: the
session's own connections and threads have no part in it.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).parents[1]
PATHS = [HOME / "tests" / "data", HOME, HOME / "tests"]


def killed_at_each(kind, places, rows):
    """Let a writer of so many parcels and events die at each moment of a kind, place by place."""
    request = json.dumps({"kind": kind, "places": [str(place) for place in places], "rows": rows})
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, PATHS))}
    done = subprocess.run(
        [sys.executable, __file__, request],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.stdout.split() == [str(len(places))], done.stderr


def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(module, name):
    real = getattr(module, name)

    def then_die(*args, **kwargs):
        real(*args, **kwargs)
        die()

    setattr(module, name, then_die)


def moments(kind):
    """Return what arms a writer to die: one for each place."""
    from data.register import chain, committing, files, parcels, server_rows

    first = [lambda: setattr(parcels, "bulk_insert", die)]
    own = {
        "file": [
            lambda: die_after(parcels, "bulk_insert"),
            lambda: die_after(files, "_write"),
            lambda: die_after(files, "write_layer"),
        ],
        "database": [lambda: die_after(server_rows, "insert_rows")],
    }[kind]
    both = [
        lambda: die_after(committing, "bulk_insert"),
        lambda: die_after(chain, "payload_hash"),
        lambda: die_after(committing, "commit"),
    ]
    seconds = {"file": (0.02, 0.1, 0.2, 0.3, 0.5), "database": (0.1,)}[kind]
    late = [lambda s=s: signal.setitimer(signal.ITIMER_REAL, s) for s in seconds]
    unharmed = [lambda: None] if kind == "file" else []
    return [*first, *own, *both, *late, *unharmed]


def main(kind, places, rows):
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely
    from conftest import change

    from data.register import LayerFile, Register

    x = np.arange(rows) / 1000
    index = pd.Index([f"N{number:05d}" for number in range(rows)], name="parcel_id")
    boxes = shapely.box(x, 0, x + 0.0005, 1)
    county = gpd.GeoDataFrame({"far": x}, index=index, geometry=boxes, crs=4490)
    events = pd.DataFrame({"parcel_id": index, "stage": "listed", "occurred_on": "2023-01-01"})
    layers = [LayerFile("n", events)] if kind == "file" else []
    for arm, place in zip(moments(kind), places, strict=True):
        child = os.fork()
        if child == 0:
            register = Register.open(Path(place))
            arm()
            register.commit(change(1, parcels=county, events=events, layers=layers))
            os._exit(0)
        os.waitpid(child, 0)
    print(len(places))


if __name__ == "__main__":
    sys.path.insert(0, str(PATHS[0]))  # its conftest, not that beside this file
    main(**json.loads(sys.argv[1]))
