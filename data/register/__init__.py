"""The register: versions of parcels, stage events, layers and the chain of changes."""

from data.register.change import (
    ACTUAL_COLUMNS,
    EVENT_COLUMNS,
    ISSUE_COLUMNS,
    MINUTE_COLUMNS,
    REVIEW_COLUMNS,
    Attachment,
    Change,
    LayerFile,
    Verification,
)
from data.register.committing import check_change
from data.register.place import register_file
from data.register.store import Register

__all__ = [
    "ACTUAL_COLUMNS",
    "EVENT_COLUMNS",
    "ISSUE_COLUMNS",
    "MINUTE_COLUMNS",
    "REVIEW_COLUMNS",
    "Attachment",
    "Change",
    "LayerFile",
    "Register",
    "Verification",
    "check_change",
    "register_file",
]
