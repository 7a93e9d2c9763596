"""Office files without the moment at which they were made: the same content, the same bytes."""

from __future__ import annotations

import io
import re
import zipfile

STAMP = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a zip archive can name."""

_MOMENT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def steady(made: bytes, moment: str) -> bytes:
    """Pack an office file again with fixed stamps, also the workbooks inside its charts.

    Parameters
    ----------
    made : bytes
        A .pptx, .docx or .xlsx.
    moment : str
        What the file says of its making, as ``"2026-10-31T00:00:00Z"``.
    """
    told = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made)) as old,
        zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3  # the same whatever system it is made on
            held = old.read(name)
            if name.endswith(".xlsx"):
                held = steady(held, moment)
            elif name == "docProps/core.xml":
                held = _MOMENT.sub(rb"\g<1>" + moment.encode() + rb"\g<3>", held)
            new.writestr(entry, held)
    return told.getvalue()
