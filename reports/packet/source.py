"""Read a packet's figures from the register, with both dates made definite."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd

from analysis.restated import PUBLISHED_AFTER, Known
from data.asof import AsOf, office_day
from data.lineage import carried_events
from data.register import Register
from data.rules import Rules
from data.town_tasks import kept_tasks
from data.towns import read_towns
from reports.context import ExportContext
from reports.packet.facts import PacketFacts, PacketSource, packet_facts
from reports.packet.kinds import since

MAP_LAYERS = ("towns", "roads", "river")
"""Reference layers that the maps draw where they are."""


def last_known(register: Register) -> date | None:
    """Return the day of the register's last change, None where it has none."""
    changes = register.changes()
    return None if changes.empty else office_day(changes["recorded_at"].iloc[-1])


def read_packet(
    register: Register,
    *,
    kind: str,
    on: date,
    known_on: date | None,
    rules: Rules,
    lang: str = "zh",
) -> PacketFacts:
    """Read the figures of a meeting.

    Everything is read as known on a day that is printed with it, the version included, so that
    the same dates print the same packet whatever is recorded later.

    Parameters
    ----------
    register : Register
        The county.
    kind : str
        One of :data:`reports.packet.kinds.KINDS`.
    on : date
        The state of this day.
    known_on : date, optional
        As known on this day; by default that of the register's last change.
    """
    known = known_on or last_known(register) or on
    as_of = AsOf(on, known)
    meta = register.read_meta(as_of)
    context = ExportContext(
        county=meta.get("county", "瑞安市"),
        filter_text="",
        state_on=on,
        known_on=known,
        register_version=register.version_known(as_of),
        rules_id=rules.id,
        credit_rule=rules.credit.sentence(lang),
        is_sample=bool(meta.get("sample")),
        lang=lang,
    )
    tasks = kept_tasks(meta, on.year)
    parcels = register.read_parcels(as_of)
    then = PacketSource(
        parcels=parcels,
        events=_events(register, parcels, as_of),
        versions=register.read_versions(as_of),
        lineage=register.lineage(as_of),
        layers=_layers(register, as_of),
        towns=tuple(read_towns()["name"]),
        tasks_mu={} if tasks is None else tasks.tasks_mu,
        minutes=register.read_minutes(as_of),
        published=_published(register, since(kind, on), known),
    )
    return packet_facts(then, kind=kind, rules=rules, as_of=as_of, context=context)


def _events(register: Register, parcels: pd.DataFrame, as_of: AsOf) -> pd.DataFrame:
    return carried_events(register.read_events(as_of), parcels, register.lineage_parts(as_of))


def _published(register: Register, back: date, known: date) -> Known | None:
    """Return what was known when the last packet came out, None where that was nothing."""
    as_of = AsOf(back, min(back + PUBLISHED_AFTER, known))
    columns = ("parcel_name", "town", "renewal_mode", "geometry_area_m2")
    split = not register.lineage(as_of).empty
    parcels = register.read_parcels(as_of, columns=columns, geometry=split)
    return None if parcels.empty else Known(parcels, _events(register, parcels, as_of))


def _layers(register: Register, as_of: AsOf) -> dict[str, gpd.GeoDataFrame]:
    """Return what the maps draw, of the versions known then."""
    present = set(register.layers(as_of)["name"])
    found = {name: register.read_layer(name, as_of) for name in MAP_LAYERS if name in present}
    return {name: layer for name, layer in found.items() if isinstance(layer, gpd.GeoDataFrame)}
