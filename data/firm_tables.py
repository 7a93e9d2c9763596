"""The tables of firms and of the land they hold, as the register has them."""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol

import pandas as pd

from data.asof import AsOf
from data.errors import DataError
from gis.errors import Words

FIRM_LAYERS = ("firms", "firm_parcels")
_NAMES = {
    "firms": Words("企业表 firms", "firms"),
    "firm_parcels": Words("企业用地表 firm_parcels", "firm_parcels"),
}


class FirmTablesMissingError(DataError):
    """There are no firms, or nobody has said which parcels they hold."""

    zh: ClassVar[str] = (
        "登记簿中还没有{what}，不能评价企业。请先导入："
        "cli.py import 企业.csv --as firms（统一社会信用代码、规模、税收等），"
        "cli.py import 企业用地.csv --as firm_parcels（统一社会信用代码、宗地编号、分摊比例）。"
    )
    en: ClassVar[str] = (
        "The register has no {what} yet, so firms cannot be evaluated. Import them first: "
        "cli.py import FIRMS.csv --as firms (credit code, size, tax …), "
        "cli.py import HOLDINGS.csv --as firm_parcels (credit code, parcel id, share of land)."
    )


class _Layers(Protocol):
    def layers(self, as_of: AsOf | None = None) -> pd.DataFrame: ...
    def read_layer(self, name: str, as_of: AsOf | None = None) -> pd.DataFrame: ...


def read_firm_tables(
    register: _Layers, as_of: AsOf | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the firms and their holdings as known on a day.

    Parameters
    ----------
    register : Register
        Where the layers ``firms`` and ``firm_parcels`` are.

    Raises
    ------
    FirmTablesMissingError
        If either table has not been imported by then; names those that are missing.
    """
    there = set(register.layers(as_of)["name"])
    missing = [_NAMES[name] for name in FIRM_LAYERS if name not in there]
    if missing:
        what = Words("、".join(map(str, missing)), " / ".join(name.en for name in missing))
        raise FirmTablesMissingError(what=what)
    firms, holdings = (pd.DataFrame(register.read_layer(name, as_of)) for name in FIRM_LAYERS)
    return firms, holdings


def firm_tables_there(
    register: _Layers, as_of: AsOf | None = None
) -> dict[Literal["firms", "holdings"], pd.DataFrame]:
    """Return those of the two tables that there are, by the names that figures of land take.

    Parameters
    ----------
    register : Register
        Where the layers ``firms`` and ``firm_parcels`` may be.
    """
    there = set(register.layers(as_of)["name"])
    found: dict[Literal["firms", "holdings"], pd.DataFrame] = {}
    if "firms" in there:
        found["firms"] = pd.DataFrame(register.read_layer("firms", as_of))
    if "firm_parcels" in there:
        found["holdings"] = pd.DataFrame(register.read_layer("firm_parcels", as_of))
    return found
