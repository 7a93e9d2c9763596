"""The ledgers of two bureaus as the pages show them: compared once, then kept."""

from __future__ import annotations

import pandas as pd

from analysis.ledgers_compare import LedgerComparison, compare_ledgers
from data.ledger_rules import LedgerRules, load_ledger_rules
from data.ledgers import has_ledgers, read_ledgers, resolutions
from ui.desk import Desk
from ui.shelf import Shelf

_compared = Shelf(2)
_rules = Shelf(1)


def ledger_rules() -> LedgerRules:
    """Return the rules of comparing ledgers (shared)."""
    rules: LedgerRules = _rules.get("rules", load_ledger_rules)
    return rules


def compared(desk: Desk) -> LedgerComparison | None:
    """Return how the two ledgers differ on the reader's day; None while one is missing (shared)."""

    def make() -> LedgerComparison | None:
        if not has_ledgers(desk.register, desk.as_of):
            return None
        rules = ledger_rules()
        jx, zg = read_ledgers(desk.register, desk.as_of, rules=rules)
        told = resolutions(desk.register.read_meta(desk.as_of))
        return compare_ledgers(jx, zg, desk.parcels, rules=rules, resolved=told)

    found: LedgerComparison | None = _compared.get(desk.facts, make)
    return found


def marked(desk: Desk, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with ``ledgers_differ``, where two ledgers are there to differ."""
    found = compared(desk)
    if found is None:
        return frame
    return frame.assign(ledgers_differ=frame.index.isin(found.open_parcels()))
