"""What several workers of one test run need and only one of them has to make."""

import os
import shutil
import time


def made_once(tmp_path_factory, name, make):
    """Return a copy of a folder that the first worker to ask makes with ``make(folder)``."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    made, failed, turn = (shared / f"{name}{end}" for end in ("", ".failed", ".turn"))
    try:
        turn.mkdir()
    except FileExistsError:
        while not (made.exists() or failed.exists()):
            time.sleep(0.2)
    else:
        part = shared / f"{name}.part"
        try:
            make(part)
            part.rename(made)
        except BaseException:
            failed.touch()
            raise
    assert not failed.exists(), f"another worker could not make {name}"
    return shutil.copytree(made, tmp_path_factory.mktemp(name) / name)
