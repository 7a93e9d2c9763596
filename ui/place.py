"""Where the county lies on this machine."""

from __future__ import annotations

import os
from pathlib import Path


def workspace() -> Path:
    """Return the folder of the register: ``MUTU_WORKSPACE``, else ``workspace``."""
    return Path(os.environ.get("MUTU_WORKSPACE") or "workspace")
