"""On the card of a parcel: what two bureaus' ledgers say otherwise of it, and who resolves that."""

from __future__ import annotations

from reports.ledgers import bureau_name, kind_name, shown_value
from ui.components.markup import element, fact, words
from ui.desk import Desk
from ui.ledgers import compared, ledger_rules
from ui.text import language, t
from ui.text.numbers import UNKNOWN


def ledgers_on_card(desk: Desk, parcel_id: str) -> str:
    """Return the open differences about a parcel as HTML; nothing where there are none."""
    found = compared(desk)
    if found is None:
        return ""
    rows = found.unresolved
    rows = rows[(rows["parcel_id"] == parcel_id).to_numpy(dtype=bool)]
    if rows.empty:
        return ""
    lang, rules = language(), ledger_rules()
    lines = [
        fact(
            kind_name(row["field"], lang),
            words(
                t(
                    "ledgers.on_card",
                    jx=shown_value(row["field"], row["jx"], lang) or UNKNOWN,
                    zg=shown_value(row["field"], row["zg"], lang) or UNKNOWN,
                    bureau=bureau_name(row["bureau"], rules, lang),
                )
            ),
            rules.source if lang == "zh" else t("ledgers.shares_source"),
        )
        for row in rows.to_dict(orient="records")
    ]
    return element("div", words(t("ledgers.title")), css="m-head") + element(
        "div", *lines, css="m-facts"
    )
