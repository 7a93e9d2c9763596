"""A picture of the terrain is there whole, or not at all."""

import errno
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from layers import relief


def test_a_picture_cut_off_by_a_full_disk_is_drawn_again(tmp_path, monkeypatch):
    listed = pd.DataFrame({"name": ["dem"], "change_no": [3]})
    register = SimpleNamespace(
        workspace=tmp_path, layers=lambda: listed, layer_path=lambda _: tmp_path / "dem.tif"
    )
    monkeypatch.setattr(relief, "overlay_png", lambda *_, **__: (b"picture", (1.0, 2.0, 3.0, 4.0)))
    write = Path.write_bytes

    def full(path, content):
        write(path, content[:3])
        if content[:1] == b"[" or content[:1] == b"(":
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        relief.picture(register, "slope")
    monkeypatch.undo()
    monkeypatch.setattr(relief, "overlay_png", lambda *_, **__: (b"picture", (1.0, 2.0, 3.0, 4.0)))
    drawn = relief.picture(register, "slope")
    assert drawn.path.read_bytes() == b"picture"
    assert drawn.bounds == (1.0, 2.0, 3.0, 4.0)
    assert sorted(file.name for file in (tmp_path / "tiles").iterdir()) == [
        "slope-v3.json",
        "slope-v3.png",
    ]
