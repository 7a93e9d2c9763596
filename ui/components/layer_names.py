"""What the layers of the register are called on the pages."""

from __future__ import annotations

from ui.text import language, sentences, t


def layer_name(name: str) -> str:
    """Name a layer as the map does; one that the map does not know keeps its own name.

    Examples
    --------
    >>> layer_name("parcels"), layer_name("roads")
    ('宗地', '道路')
    """
    others = {
        "parcels": t("intake.layer_parcels"),
        "events": t("intake.layer_events"),
        "ledger_jx": t("intake.layer_ledger_jx"),
        "ledger_zg": t("intake.layer_ledger_zg"),
        "river": t("map.layer_water"),
        "railway": t("settings.layer_railway"),
        "outline": t("settings.layer_outline"),
        "dem": t("settings.layer_dem"),
        "dsm": t("settings.layer_dsm"),
        "projects": t("intake.layer_projects"),
        "ports": t("intake.layer_ports"),
        "rail_stations": t("intake.layer_rail_stations"),
        "firms": t("settings.layer_firms"),
        "firm_parcels": t("settings.layer_firm_parcels"),
    }
    return others.get(name) or sentences(language()).get(f"map.layer_{name}", name)
