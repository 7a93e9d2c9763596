"""Synthetic firms, their credit codes, and who holds or rents which parcel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.sample.grid import Floats, Ints

TRADE = {
    "auto": "汽配", "materials": "新材料", "equipment": "机械", "digital": "电子",
    "health": "医疗器械", "light": "鞋服",
}  # fmt: skip
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
NEIGHBOUR_SHARE = 0.14
MONEY = ("tax_wan", "value_added_wan", "revenue_wan", "rd_wan")
MEASURES = (*MONEY, "employees", "energy_tce", "emissions_t")


def credit_codes(numbers: Ints) -> np.ndarray:
    """Credit codes (统一社会信用代码) with correct check characters and a plainly synthetic body.

    The body is ``MN`` (模拟) and a running number, which no registry gives.

    Examples
    --------
    >>> credit_codes(np.array([1])).tolist()
    ['91330381MN00000121']
    """
    digits = np.stack([(numbers // 10**k) % 10 for k in range(5, -1, -1)], axis=1)
    letters = np.tile([22, 23], (len(numbers), 1))  # M and N count 22 and 23 here
    total = np.concatenate([letters, digits], axis=1) @ _ORGANISATION_WEIGHTS
    own_check = np.array(list("0123456789X"))[(11 - total % 11) % 11]
    text = np.char.zfill(numbers.astype(str), 6)
    body = np.char.add(np.char.add("91330381MN", text), own_check)
    return np.char.add(body, _check_characters(body))


def _check_characters(bodies: np.ndarray) -> np.ndarray:
    """Last characters by GB 32100: weights are powers of 3, modulo 31."""
    value = {character: k for k, character in enumerate(_ALPHABET)}
    letters = bodies.astype("<U17").view("<U1").reshape(-1, 17)
    numbers = np.zeros(letters.shape, dtype=np.int64)
    for character, k in value.items():
        numbers[letters == character] = k
    weights = np.array([pow(3, k, 31) for k in range(17)])
    return np.array(list(_ALPHABET))[(31 - numbers @ weights % 31) % 31]


def make_holdings(
    rng: np.random.Generator,
    classes: pd.DataFrame,
    built: np.ndarray,
    area_kind: np.ndarray,
    supplied: np.ndarray,
) -> pd.DataFrame:
    """Firm number, plot row and share of every holding; owners first, then tenants.

    Neighbours in a street often belong to one firm; many built plots house several firms, whose
    shares add up to at most 1. Plots that were never supplied have no firm.
    """
    low = classes["low_class"].to_numpy(str)
    owned = supplied & ~classes["collective"].to_numpy()
    owned |= built & (rng.random(len(low)) < 0.4)
    owned &= ~((low == "insufficient") & (rng.random(len(low)) < 0.5))
    row = np.flatnonzero(owned)
    block = classes["block"].to_numpy()[row]
    joined = np.append(False, block[1:] == block[:-1])[: len(row)]
    joined &= rng.random(len(row)) < NEIGHBOUR_SHARE
    firm = (~joined).cumsum() - 1
    many = np.where(np.isin(area_kind[row], ["小微企业园", "科创园"]), 0.6, 0.17)
    shared = built[row] & (rng.random(len(row)) < many)
    tenants = np.where(shared, rng.integers(1, 5, len(row)), 0)
    own_share = np.where(shared, np.round(rng.uniform(0.15, 0.7, len(row)), 2), 1.0)
    rented = np.repeat(np.arange(len(row)), tenants)
    weight = rng.uniform(0.3, 1.0, len(rented))
    total = np.bincount(rented, weight, minlength=len(row))
    left = (1 - own_share - 0.01 * tenants)[rented].clip(min=0.02)
    share = np.floor(left * weight / total[rented] * 100) / 100
    first = firm.max() + 1 if len(firm) else 0
    return pd.DataFrame(
        {
            "firm": np.concatenate([firm, first + np.arange(len(rented))]),
            "plot": np.concatenate([row, row[rented]]),
            "share": np.concatenate([own_share, np.maximum(share, 0.01)]),
            "owner": np.concatenate([np.ones(len(row), bool), np.zeros(len(rented), bool)]),
        }
    )


def make_firms(
    holdings: pd.DataFrame, classes: pd.DataFrame, measures: pd.DataFrame
) -> pd.DataFrame:
    """Firms with name, code, industry, size and their share of what their plots yield.

    Parameters
    ----------
    measures : DataFrame
        Per plot: ``tax_wan``, ``value_added_wan``, ``revenue_wan``, ``rd_wan``, ``employees``,
        ``energy_tce``, ``emissions_t``, NaN where unknown, and ``firm_size``.
    """
    plot = holdings["plot"].to_numpy()
    sums = holdings.groupby("plot")["share"].transform("sum").to_numpy()
    part = (holdings["share"].to_numpy() / sums)[:, None]
    shared = pd.DataFrame(measures[list(MEASURES)].to_numpy(float)[plot] * part, columns=MEASURES)
    shared["firm"] = holdings["firm"].to_numpy()
    firms = shared.groupby("firm").sum(min_count=1)
    first = holdings.drop_duplicates("firm").set_index("firm").loc[firms.index, "plot"].to_numpy()
    cluster = classes["cluster"].to_numpy(str)[first]
    number = firms.index.to_numpy() + 1
    trade = pd.Series(cluster).map(TRADE).to_numpy(str)
    text = np.char.zfill(number.astype(str), max(4, len(str(len(firms)))))
    firms.insert(0, "uscc", credit_codes(number))
    firms.insert(1, "name", np.char.add(np.char.add(np.char.add("模拟", trade), text), "有限公司"))
    firms.insert(2, "town", classes["town"].to_numpy(str)[first])
    firms.insert(3, "industry_code", classes["industry_code"].to_numpy(str)[first])
    firms.insert(4, "cluster", cluster)
    owns = holdings.groupby("firm")["owner"].any().loc[firms.index].to_numpy()
    size = measures["firm_size"].to_numpy(object)[first]
    firms.insert(5, "firm_size", np.where(owns, size, "below"))
    whole = firms["employees"].round()
    return firms.round(2).assign(employees=whole)


def grades(values: Floats, size: np.ndarray) -> np.ndarray:
    """Per-mu grades: of the firms above size 20 % A, 60 % B, 15 % C, 5 % D; below 5/70/20/5."""
    found = np.full(len(values), None, dtype=object)
    for name, cuts in (("above", (0.05, 0.2, 0.8)), ("below", (0.05, 0.25, 0.95))):
        mine = (size == name) & ~np.isnan(values)
        if mine.any():
            rank = pd.Series(values[mine]).rank(pct=True).to_numpy()
            found[mine] = np.array(["D", "C", "B", "A"])[np.searchsorted(cuts, rank, side="left")]
    return found
