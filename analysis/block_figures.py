"""Cost, gain, firms, jobs and difficulty of blocks, of their parcels, and of any group of them.

Cost of a parcel (万元)::

    land bought (亩) × land + lawful floor (m²) × floor + unlawful floor × unlawful
    + all floor × demolition + parts of firms × firm + jobs × job

each with its unit price of `data.block_prices`; gain is the floor area gained, up to the plot ratio
asked for, × ``new_floor``. A firm on several parcels is split over them by its land, so that the
costs of parcels add up to those of their block and each firm is moved once.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analysis.block_difficulty import difficulty, firms_of, sums
from analysis.block_facts import COST_PARTS, PRICED, parcel_facts
from analysis.blocks import Blocks
from analysis.errors import require_unique
from data.block_prices import BlockPrices

COUNTED = ("cost_wan", "gain_wan", "gain_floor_m2", "firms", "jobs", "floor_m2")
"""Figures whose unknown parcels are counted beside them, as ``<figure>_unknown``."""

_QUANTITIES = ("bought_m2", "lawful_floor_m2", "unlawful_floor_m2", "floor_m2", "firm_parts")


def parcel_figures(
    parcels: pd.DataFrame,
    *,
    prices: BlockPrices,
    holdings: pd.DataFrame | None = None,
    firms: pd.DataFrame | None = None,
    far_line: float = 2.0,
    on: date | None = None,
) -> pd.DataFrame:
    """Return cost, gain, firms, jobs and difficulty of each parcel.

    Parameters
    ----------
    parcels : DataFrame or GeoDataFrame
        Indexed by unique ``parcel_id``; EPSG:4549 where it has geometry, else with
        ``geometry_area_m2``. Used where present: ``floor_area_m2`` (else ``far`` × area),
        ``unlawful_floor_area_m2``, ``employees``, ``owner``, ``low_class``, ``build_status``,
        ``evaluation_grade``, ``tenure_end_on``, ``actual_completion_on``, ``far_exemption``.
        Give all land that ``holdings`` speak of, and pick from the result: a firm's jobs are
        spread over the land it holds here.
    prices : BlockPrices
        Unit prices, assumptions and factors of difficulty.
    holdings, firms : DataFrame, optional
        ``owner_uscc``, ``parcel_id``, ``area_share``; and ``owner_uscc``, ``employees``. Without
        holdings the firms are unknown, and jobs are those of the parcel's record.
    far_line : float
        Plot ratio to rise to. Exempt parcels gain nothing.
    on : date, optional
        Day for the age of buildings and the tenure left; unknown without.

    Returns
    -------
    DataFrame
        On the index of ``parcels``: ``cost_wan`` and its parts (`analysis.block_facts.COST_PARTS`),
        ``gain_wan``, ``gain_floor_m2``, ``firms``, ``jobs``, ``difficulty``,
        ``difficulty_reasons``, ``difficulty_unknown``, ``missing_prices``, the quantities
        (``area_m2``, ``bought_m2``, ``floor_m2``, ``lawful_floor_m2``, ``unlawful_floor_m2``,
        ``firm_parts``), ``assumed`` (an assumption stands in for a fact) and what groups are
        measured from. Unknown is NaN: a cost with one unknown part is unknown.

    Raises
    ------
    DuplicateParcelError, CrsMissingError, NotMetricError, BadShareError
        If the parcels or the shares cannot be taken.

    Examples
    --------
    >>> from data.block_prices import load_block_prices
    >>> land = pd.DataFrame({"geometry_area_m2": [2_000.0, 2_000.0], "floor_area_m2": [1_000, None],
    ...     "unlawful_floor_area_m2": 0.0, "build_status": ["producing", "not_started"],
    ...     "employees": [10, None]}, index=pd.Index(["P1", "P2"], name="parcel_id"))
    >>> held = pd.DataFrame({"owner_uscc": ["A"], "parcel_id": ["P1"], "area_share": [1.0]})
    >>> found = parcel_figures(land, prices=load_block_prices(), holdings=held)
    >>> found["cost_wan"].tolist()  # 3 × 60 + 1000 × (1000 + 60) / 10000 + 20 + 10 × 0.5; 3 × 60
    [311.0, 180.0]
    """
    require_unique(parcels)
    facts = parcel_facts(
        parcels, prices=prices, holdings=holdings, firms=firms, far_line=far_line, on=on
    )
    each = np.arange(len(facts))
    return facts.assign(
        missing_prices=_missing(facts, each, facts.index, prices),
        **_on(facts.index, difficulty(facts, each, len(facts), prices=prices)),
    )


def group_figures(
    group: pd.Series, figures: pd.DataFrame, *, prices: BlockPrices, order: pd.Index | None = None
) -> pd.DataFrame:
    """Return the figures of groups of parcels: sums, each firm and owner once, difficulty.

    Parameters
    ----------
    group : Series
        Name of the group of each parcel, on (part of) the index of ``figures``; None for none.
    figures : DataFrame
        As `parcel_figures` gives them, with the same prices.
    order : Index, optional
        Names of the groups as they are wanted; sorted by default.

    Returns
    -------
    DataFrame
        One row a group: ``parcels``, ``area_m2``, cost and gain with their parts and quantities as
        sums of what is known (NaN where nothing is), ``<figure>_unknown`` (parcels of which the
        figure is unknown), ``assumed`` (parcels), ``firms`` and ``jobs``, ``difficulty``,
        ``difficulty_reasons``, ``difficulty_unknown``, ``missing_prices``. ``cost_wan`` is the sum
        of the known parts: a least cost where ``cost_wan_unknown`` is above 0, and NaN where a
        price that it needs is not set.

    Examples
    --------
    >>> from data.block_prices import load_block_prices
    >>> land = pd.DataFrame({"geometry_area_m2": [2_000.0, 2_000.0], "floor_area_m2": [0.0, None],
    ...     "employees": [10, None]}, index=pd.Index(["P1", "P2"], name="parcel_id"))
    >>> prices = load_block_prices()
    >>> found = group_figures(pd.Series("B", index=land.index), parcel_figures(land, prices=prices),
    ...     prices=prices)
    >>> found[["cost_land_wan", "gain_floor_m2", "gain_floor_m2_unknown", "jobs"]].values.tolist()
    [[360.0, 4000.0, 1.0, 10.0]]
    """
    told = group.dropna()
    names = pd.Index(sorted(told.unique())) if order is None else order
    names = names.rename(group.name if order is None else order.name)
    mine, count = figures.loc[told.index], len(names)
    number = names.get_indexer(pd.Index(told))
    mine, number = mine[number >= 0], number[number >= 0]
    size = np.bincount(number, minlength=count)
    found: dict[str, object] = {"parcels": size}
    summed = ("area_m2", *COST_PARTS, "gain_wan", "gain_floor_m2", "jobs", *_QUANTITIES)
    for name in summed:
        found[name] = sums(mine[name].to_numpy(dtype=float), number, count)
    missing = _missing(mine, number, names, prices)
    parts = np.array([found[name] for name in COST_PARTS])
    unpriced = np.array([any(key != "new_floor" for key in keys) for keys in missing], dtype=bool)
    nothing = np.isnan(parts).all(axis=0) | unpriced
    found["cost_wan"] = np.where(nothing, np.nan, np.nan_to_num(parts).sum(axis=0))
    found["firms"] = firms_of(mine, number, count)
    for name in COUNTED:
        unknown = mine[name].isna().to_numpy(dtype=bool)
        found[f"{name}_unknown"] = np.bincount(number[unknown], minlength=count)
    assumed = mine["assumed"].to_numpy(dtype=bool)
    found["assumed"] = np.bincount(number[assumed], minlength=count)
    table = pd.DataFrame(found, index=names)
    return table.assign(
        missing_prices=missing,
        **_on(names, difficulty(mine, number, count, prices=prices)),
    )


def block_figures(
    found: Blocks,
    parcels: pd.DataFrame,
    *,
    prices: BlockPrices,
    holdings: pd.DataFrame | None = None,
    firms: pd.DataFrame | None = None,
    far_line: float = 2.0,
    on: date | None = None,
) -> pd.DataFrame:
    """Return the figures of blocks, by ``block_id`` in the order of their table.

    Parameters
    ----------
    found : Blocks
        As `analysis.blocks.blocks` gives it.
    parcels : DataFrame
        The parcels of the blocks, and any more: see `parcel_figures`.
    prices, holdings, firms, far_line, on
        As `parcel_figures`.

    Returns
    -------
    DataFrame
        As `group_figures`.
    """
    figures = parcel_figures(
        parcels, prices=prices, holdings=holdings, firms=firms, far_line=far_line, on=on
    )
    return group_figures(found.block_of, figures, prices=prices, order=found.table.index)


def _on(index: pd.Index, frame: pd.DataFrame) -> dict[str, pd.Series]:
    return {str(name): column for name, column in frame.set_axis(index).items()}


def _missing(
    facts: pd.DataFrame, number: np.ndarray, index: pd.Index, prices: BlockPrices
) -> pd.Series:
    """Return the prices that are not set but asked for, by group."""
    count = len(index)
    asked = {}
    for key in prices.missing:
        amount = facts[PRICED[key][1]].to_numpy(dtype=float)
        asked[key] = np.bincount(number[amount != 0], minlength=count) > 0
    found = [tuple(key for key, wanted in asked.items() if wanted[at]) for at in range(count)]
    return pd.Series(found, index=index, dtype=object)
