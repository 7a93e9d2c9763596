"""What a reader has set, in one place: held in the session, mirrored in the URL.

The session keeps it from page to page (a widget's own value is dropped when its page is left); the
URL keeps it over a refresh and carries it to a colleague. Widgets are filled from here and write
back here; nothing else remembers anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import quote, unquote

import streamlit as st

from analysis.query import ParcelQuery
from analysis.target_board import STATUSES
from data.ledger_rules import KINDS
from data.schema import enum_codes
from data.targets import GROUPS, read_targets
from ui import text
from ui.desk import YEARS, Desk, open_desk
from ui.place import workspace

IDS_IN_URL = 60
"""More ticked parcels than this stay in the session only: a URL has its length."""

VIEW = "view"
"""Where the map looks: the map itself keeps it in the URL, and pages only hand it on."""

FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)
"""The days that the two dates can be set to."""

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "order": ("id", "area", "thin", "late"),
    "list": ("0", "1"),
    "differ": ("all", *KINDS),
    "agreed": ("0", "1"),
    "basis": ("computed", "registered", "surveyed", "estimated"),
    "view": ("list", "map", "classes", "changes", "evaluation", "rules"),
    "progress": ("line", "groups", "movement", "years", "restated", "clearing", "tasks"),
    "group": ("town", "park", "low_class", "renewal_mode", "responsible_unit"),
    "which": ("all", "differ", "insufficient", "idle", "again"),
    "since": ("last", "day"),
    "scheme": ("ruian", "huangyan_2022"),
    "grades": ("ruian", "wenling"),
    "slide": ("points", "line", "changed", "slipped", "towns", "agenda"),
    "full": ("1",),
    "empty": ("1",),
    "time": ("1",),
    "plan": ("list", "hand", "choose", "compare"),
    "borders": ("none", "town", "park"),
    "land": ("low", "all"),
    "rise": ("2", "3"),
    "siting": ("rank", "compare", "match", "projects"),
    "preset": ("default", *enum_codes("cluster")),
    "mine": ("1",),
    "solved": ("1",),
    "subject": ("all", *GROUPS),
    "status": ("all", *STATUSES),
    "target": tuple(read_targets().table.index),
    "intake": ("files", "waiting", "log"),
    "step": ("look", "columns", "issues", "difference", "commit"),
}
"""What pages keep in the URL beside the filters, and the values it may have."""

_PAIRS = r"[^:,]{1,200}:[^:,]{1,200}(,[^:,]{1,200}:[^:,]{1,200}){0,199}"
PATTERNS: Mapping[str, str] = {
    "draft": r"[0-9a-f]{12}",
    "within": r"[0-9]{1,3}",
    "moved": r".{1,30}",
    "block": r"B-.{1,120}",
    "saved": r".{1,120}",
    "asked": r"\{.{1,1500}\}",
    "project": r".{1,120}",
    "site": r".{1,80}",
    "beside": r".{1,300}",
    "pins": _PAIRS,
    "bans": _PAIRS,
    "wait": r"[0-9]{1,4}(\.[0-9]{1,2})?",
    "weigh": r"[0-9]{1,4}(\.[0-9]{1,4})?(-[0-9]{1,4}(\.[0-9]{1,4})?){0,40}",
}
"""What pages keep beside them whose values cannot be listed: what one must look like."""

DAYS = ("meeting", "last", "report", "published", "compared")
"""What pages keep beside them as a day: of the meeting and of the one before, of a report and of
its publication; and the one that plot ratios are compared with."""

_KEPT = "mutu"
_WRITTEN = "mutu.url"
_SETTING = "m."


@dataclass(frozen=True)
class Selection:
    """The parcels picked: by id (clicked, ticked) and by a drawn shape (WKT, EPSG:4490)."""

    ids: tuple[str, ...] = ()
    shape: str | None = None

    def __bool__(self) -> bool:
        return bool(self.ids or self.shape)


@dataclass(frozen=True)
class Kept:
    """Everything a reader has set, and the ``faults`` of the address that it was read from."""

    query: ParcelQuery = field(default_factory=ParcelQuery)
    selection: Selection = field(default_factory=Selection)
    parcel: str | None = None
    lang: str = text.DEFAULT
    state_on: date | None = None
    known_on: date | None = None
    year: int | None = None
    settings: tuple[tuple[str, str], ...] = ()
    faults: tuple[str, ...] = field(default=(), compare=False)


def start() -> None:
    """Take up the state at the beginning of a run: from the URL where it is news, else as kept."""
    params = _ours()
    if _KEPT not in st.session_state or (params and params != st.session_state.get(_WRITTEN)):
        st.session_state[_KEPT] = from_url(params, kept=st.session_state.get(_KEPT))
    text.set_language(_kept().lang)
    publish()


def publish() -> None:
    """Write the state into the URL, the map's view left as it is; nothing where it is there."""
    wanted = to_url(_kept())
    if _ours() != wanted:
        view = st.query_params.get(VIEW)
        st.query_params.from_dict(wanted | ({VIEW: view} if view else {}))
    st.session_state[_WRITTEN] = wanted


def _ours() -> dict[str, str]:
    return {name: value for name, value in st.query_params.to_dict().items() if name != VIEW}


def url() -> dict[str, str]:
    """Return the state as the URL of any page carries it."""
    return to_url(_kept())


def to_url(kept: Kept) -> dict[str, str]:
    """Return the state as URL parameters; what stands at its default is left out."""
    selection = kept.selection
    ids = selection.ids if len(selection.ids) <= IDS_IN_URL else ()
    own = {
        "lang": kept.lang if kept.lang != text.DEFAULT else "",
        "on": kept.state_on.isoformat() if kept.state_on else "",
        "known": kept.known_on.isoformat() if kept.known_on else "",
        "year": str(kept.year) if kept.year else "",
        "parcel": kept.parcel or "",
        "picked": ",".join(quote(name, safe="") for name in ids),
        "drawn": selection.shape or "",
    }
    own |= {_SETTING + name: value for name, value in kept.settings}
    return kept.query.to_params() | {name: value for name, value in own.items() if value}


def from_url(params: Mapping[str, str], *, kept: Kept | None = None) -> Kept:
    """Read the state from URL parameters; what cannot be read is left at its default, and named.

    Parameters
    ----------
    params : mapping of str to str
        The URL's parameters.
    kept : Kept, optional
        What the session holds already: a link to one parcel from inside the app names only that
        and keeps the rest.
    """
    if kept and set(params) == {"parcel"}:
        chosen = Selection((params["parcel"],))
        return replace(kept, parcel=params["parcel"], selection=chosen, faults=())
    asked = ParcelQuery.from_params(params)
    drawn = ParcelQuery.from_params({"shape": params.get("drawn", "")})
    lang, year = params.get("lang", text.DEFAULT), params.get("year", "")
    settings = {
        name.removeprefix(_SETTING): value
        for name, value in sorted(params.items())
        if name.startswith(_SETTING)
    }
    read = Kept(
        query=replace(asked, faults=()),
        selection=_selection(params, drawn.shape),
        parcel=params.get("parcel") or None,
        lang=lang if lang in text.LANGUAGES else text.DEFAULT,
        state_on=_day(params.get("on")),
        known_on=_day(params.get("known")),
        year=next((known for known in YEARS if str(known) == year), None),
        settings=tuple((n, v) for n, v in settings.items() if _may_be(n, v)),
    )
    found = {"on": read.state_on, "known": read.known_on, "year": read.year}
    strange = [name for name, value in found.items() if params.get(name) and value is None]
    strange += [name for name in ("lang",) if params.get(name) and lang != read.lang]
    strange += [_SETTING + name for name in settings if name not in dict(read.settings)]
    faults = [*asked.faults, *(f"{name}={params[name]}" for name in strange)]
    faults += [f"drawn={params['drawn']}" for _ in drawn.faults]
    return replace(read, faults=tuple(faults))


def _selection(params: Mapping[str, str], shape: str | None) -> Selection:
    """Read what is picked; a link to a parcel picks it where nothing else is."""
    ids = tuple(unquote(name) for name in params.get("picked", "").split(",") if name)
    if not ids and not shape and params.get("parcel"):
        ids = (params["parcel"],)
    return Selection(ids, shape)


def faults() -> tuple[str, ...]:
    """Return what of the address was not understood, until the reader changes anything."""
    return _kept().faults


def desk() -> Desk:
    """Return the desk for the reader's dates and year (``ui.desk.open_desk``)."""
    kept = _kept()
    return open_desk(
        workspace(),
        today=date.today(),  # noqa: DTZ011 - the reader's own calendar, where the data say nothing
        state_on=kept.state_on,
        known_on=kept.known_on,
        year=kept.year,
    )


def query() -> ParcelQuery:
    """Return the filters that hold on every page."""
    return _kept().query


def set_query(wanted: ParcelQuery) -> None:
    """Filter every page by ``wanted``."""
    _change(query=wanted)


def selection() -> Selection:
    """Return the parcels picked on the map or in the table."""
    return _kept().selection


def select(ids: tuple[str, ...] | list[str] = (), shape: str | None = None) -> None:
    """Pick these parcels on every page; nothing given picks none."""
    _change(selection=Selection(tuple(dict.fromkeys(ids)), shape))


def parcel() -> str | None:
    """Return the parcel whose card is open."""
    return _kept().parcel


def open_parcel(parcel_id: str | None) -> None:
    """Open the card of a parcel; None closes it, and unpicks it where it alone was picked."""
    kept = _kept()
    if parcel_id is None and kept.selection == Selection((kept.parcel or "",)):
        _change(parcel=None, selection=Selection())
    else:
        _change(parcel=parcel_id)


def day_setting(name: str) -> date | None:
    """Return a day that a page keeps under ``name`` (of ``DAYS``), None where it is not set."""
    return _day(setting(name))


def setting(name: str, default: str = "") -> str:
    """Return what a page keeps under ``name`` (a theme, a layer), held in the URL too."""
    return dict(_kept().settings).get(name, default)


def set_setting(name: str, value: str) -> None:
    """Keep ``value`` under ``name``; an empty one forgets it.

    What no address may have is not taken: words of a choice can come back from a browser instead of
    its code after a change of language.
    """
    if value and not _may_be(name, value):
        return
    others = {key: old for key, old in _kept().settings if key != name}
    if value:
        others[name] = value
    _change(settings=tuple(sorted(others.items())))


def click(parcel_id: str, *, add: bool = False) -> None:
    """Open the card of a clicked parcel and pick it; with ``add`` it joins or leaves the picked.

    A plain click leaves a drawn shape or several picked parcels alone: it only opens the card.
    """
    picked = selection()
    ids = picked.ids
    if add:
        others = tuple(name for name in ids if name != parcel_id)
        ids = others if parcel_id in ids else (*ids, parcel_id)
    elif not picked.shape and len(ids) <= 1:
        ids = (parcel_id,)
    _change(parcel=parcel_id, selection=Selection(ids, picked.shape))


def set_language(lang: str) -> None:
    """Speak ``lang`` on every page."""
    _change(lang=lang)
    text.set_language(lang)


def set_dates(state_on: date | None, known_on: date | None) -> None:
    """Look at another day; None is the newest."""
    _change(state_on=state_on, known_on=known_on)


def known_on() -> date | None:
    """Return the day on which the data are looked at as known; None for the newest."""
    return _kept().known_on


def set_year(year: int | None) -> None:
    """Look at another year's task; None is the year of the data."""
    _change(year=year)


def widget(key: str, value: Any) -> str:
    """Fill the widget ``key`` with ``value`` before it is drawn and return the key."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key


def spoken_key(key: str, lang: str | None = None) -> str:
    """Return a widget's key for a language, that in use by default.

    A browser keeps the words of a choice as long as its widget is the same one.
    """
    lang = lang or text.language()
    return key if lang == text.DEFAULT else f"{key}.{lang}"


def _kept() -> Kept:
    return st.session_state.setdefault(_KEPT, Kept())


def _change(**changes: Any) -> None:
    before = _kept()
    after = replace(before, **changes, faults=())
    if after != before or before.faults:
        st.session_state[_KEPT] = after
        publish()


def _may_be(name: str, value: str) -> bool:
    """Whether a setting may have a value."""
    if name in PATTERNS:
        return re.fullmatch(PATTERNS[name], value) is not None
    return _day(value) is not None if name in DAYS else value in SETTINGS.get(name, ())


def _day(iso: str | None) -> date | None:
    try:
        found = date.fromisoformat(iso) if iso else None
    except ValueError:
        return None
    return found if found and FIRST_DAY <= found <= LAST_DAY else None
