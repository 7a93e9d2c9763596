"""A forecast as plain values for scripts: stable keys, unknown as None, areas in m² and 亩."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.progress_json import _plain as plain
from analysis.progress_json import _rows as rows

if TYPE_CHECKING:  # forecast.py imports this module
    from analysis.forecast import Forecast


def forecast_json(found: Forecast) -> dict[str, Any]:
    """Return a :class:`~analysis.forecast.Forecast` as a document for ``json.dumps``.

    Returns
    -------
    dict
        Keys ``p10_mu, p10_m2, p50_mu, p50_m2, p90_mu, p90_m2, probability, band[], deciding[],
        pace_years[], unknown{}, reason, draws, seed``.
    """
    figures = {}
    for name in ("p10", "p50", "p90"):
        figures[f"{name}_mu"] = plain(getattr(found, f"{name}_mu"))
        figures[f"{name}_m2"] = plain(getattr(found, f"{name}_m2"))
    return {
        **figures,
        "probability": plain(found.probability),
        "band": rows(found.band),
        "deciding": rows(found.deciding.reset_index(names="parcel_id")),
        "pace_years": list(found.pace_years),
        "unknown": dict(found.unknown),
        "reason": found.reason,
        "draws": found.draws,
        "seed": found.seed,
    }
