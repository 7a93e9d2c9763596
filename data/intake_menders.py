"""Which bureau must mend a fault: the one whose ledger a field comes from (``intake.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from data.errors import UnknownFieldError
from data.schema import field

RULES_FILE = Path(__file__).with_name("intake.toml")


@cache
def who_mends(kind: str, severity: str, field_key: str | None, layer: str) -> str | None:
    """Return the code of the bureau (list ``bureau``) that has to mend a fault.

    Parameters
    ----------
    kind, severity : str
        Of the issue; what is only told (``info``) is nobody's to mend.
    field_key : str or None
        Key of the dictionary or ``geometry``.
    layer : str
        What the file was imported as.

    Examples
    --------
    >>> who_mends("not_enum", "error", "renewal_mode", "parcels")
    'jx'
    >>> who_mends("geometry_invalid", "rejected", "geometry", "parcels")
    'zg'
    """
    if severity == "info":
        return None
    rules = _rules()
    if layer in rules["layer"]:
        return str(rules["layer"][layer])
    if kind in rules["kind"]:
        return str(rules["kind"][kind])
    if field_key in rules["field"]:
        return str(rules["field"][field_key])
    source = _source(field_key)
    named = (code for part, code in rules["source"].items() if part in source)
    return str(next(named, rules["otherwise"]))


def _source(field_key: str | None) -> str:
    try:
        return field(field_key or "").source
    except UnknownFieldError:
        return ""


@cache
def _rules() -> Mapping[str, Any]:
    found: Mapping[str, Any] = tomllib.loads(RULES_FILE.read_text("utf-8"))["who_mends"]
    return found
