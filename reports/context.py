"""What a reader must know about a list: where it comes from, which day, which rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ExportContext:
    """Printed in every file that leaves the house.

    Attributes
    ----------
    county : str
        Name of the county.
    filter_text : str
        The filter in words, in ``lang``.
    state_on : date
        Events after this day do not count.
    known_on : date or None
        What was recorded after this day is not known; None means everything recorded so far.
    register_version : int
        Last change of the register.
    rules_id : str
        Names the rules used.
    credit_rule : str
        The counting rule as a sentence, in ``lang``.
    is_sample : bool
        Whether the data are synthetic.
    lang : str
        ``"zh"`` or ``"en"``.
    """

    county: str
    filter_text: str
    state_on: date
    known_on: date | None
    register_version: int
    rules_id: str
    credit_rule: str
    is_sample: bool
    lang: str = "zh"
