"""What a ledger would be read as, before anything is asked of the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.intake_files import Reading, hand_over
from data.intake_guess import Guess, guess_columns
from data.intake_issues import IssueLog, explain


@dataclass(frozen=True)
class TablePreview:
    """A ledger as the door would take it.

    Attributes
    ----------
    frame : DataFrame
        Rows of data by row number, under the headings with their units.
    guesses : list of Guess
        What each heading would be read as.
    frame_rows : DataFrame
        What is no row of data: ``row``, ``kind`` (a kind of issue) and ``value``, by row.
    """

    frame: pd.DataFrame
    guesses: list[Guess]
    frame_rows: pd.DataFrame

    def to_json(self, lang: str = "zh") -> dict[str, Any]:
        """Plain values: ``fields`` (heading → key), ``guesses``, ``frame_rows``."""
        told = self.frame_rows.astype(object)
        plain = told.where(told.notna(), None).to_dict(orient="records")
        return {
            "fields": {guess.heading: guess.key for guess in self.guesses if guess.key},
            "guesses": [guess.to_json(lang) for guess in self.guesses],
            "frame_rows": [{**row, "message": explain(row["kind"], lang)} for row in plain],
        }


def table_preview(
    path: Path,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    entity: str = "parcel",
    mapping: Mapping[str, str] | None = None,
) -> TablePreview:
    """Read a table as the door does, and say what is a title, a header, a subtotal.

    Parameters
    ----------
    path : Path
        Table or workbook.
    sheet, encoding : str, optional
        As `gis.io.read_table`.
    entity : str
        As in the field dictionary.
    mapping : mapping, optional
        Heading → field key, before the dictionary.

    Raises
    ------
    GisError, ColumnMappingError
        If it cannot be read, or the mapping names a field that is none.
    """
    log = IssueLog(path.name, "parcels")
    reading = Reading(encoding=encoding, layer=sheet, mapping=mapping)
    handed = hand_over(path, entity=entity, reading=reading, log=log)
    names = [str(name) for name in handed.cells.columns]
    return TablePreview(
        handed.cells, guess_columns(names, entity, mapping), log.frame()[["row", "kind", "value"]]
    )
