"""A process that takes files in and says how it ended, shared by the fuzz tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gis.io.vetting import SURROUNDINGS

HOME = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ends():
    """Return a function: path of a file → how taking it in ends."""
    if not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    paths = os.pathsep.join([str(HOME), str(HOME / "tests")])
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("runner.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | SURROUNDINGS | {"PYTHONPATH": paths},
        cwd=HOME,
    ) as process:

        def ask(path, layer="residential"):
            process.stdin.write(json.dumps({"path": str(path), "layer": layer}) + "\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        yield ask
        process.stdin.close()
