"""What each heading of a file seems to mean, for a person to correct; and kept corrections."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from data.errors import DataError
from data.intake_columns import (
    COMPUTED,
    check_mapping,
    field_key,
    map_columns,
    not_kept,
    unit_factor,
    unit_in,
)
from data.intake_issues import IssueLog
from data.register.change import Change
from data.schema import field as term_of
from data.schema import fields, label, normal_heading

PREFIX = "profile:"
"""Start of the keys of the register's facts under which mappings are kept."""

ASKED = ("unknown", "unit_unknown")
"""What became of a heading that a person is asked about."""
_CLOSE = 0.6
_SHOWN = 3
_LONGEST_NAME = 40


class ProfileUnknownError(DataError):
    """A name under which no mapping is kept."""

    zh = "没有名为“{name}”的列对应方案（现有：{known}）。"
    en = "No mapping is kept under the name “{name}” (there are: {known})."


class ProfileNameError(DataError):
    """A name that is no name."""

    zh = "列对应方案的名称应为 1 到 {most} 个字。"
    en = "The name of a mapping has between 1 and {most} characters."


@dataclass(frozen=True, slots=True)
class Guess:
    """What one heading seems to mean.

    Attributes
    ----------
    heading : str
        As in the file.
    key : str or None
        Field it is read as; None if it is not read.
    how : str
        ``mapped`` (by hand), ``label``, ``code`` or ``alias`` of the dictionary; ``left_out`` by
        hand; ``repeated``, ``computed``, ``not_kept``, ``unit_unknown`` or ``unknown``.
    unit : str or None
        Unit that the heading names.
    factor : float
        What its numbers are multiplied by.
    likely : tuple of str
        Fields that it may mean where it is unknown, the likeliest first.
    """

    heading: str
    key: str | None
    how: str
    unit: str | None = None
    factor: float = 1.0
    likely: tuple[str, ...] = ()

    def to_json(self, lang: str = "zh") -> dict[str, Any]:
        """Plain values, with the field's label."""
        shown = None if self.key is None else label(self.key, lang)
        return asdict(self) | {"label": shown, "likely": list(self.likely)}


@dataclass(frozen=True, slots=True)
class Profile:
    """A mapping of headings kept under a name for the next file of the same kind.

    Attributes
    ----------
    name, layer : str
        What it is called, and what its files are imported as.
    mapping : mapping
        Heading → field key; an empty key leaves the column out.
    headings : tuple of str
        All headings of the file for which it was made.
    """

    name: str
    layer: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    headings: tuple[str, ...] = ()

    def meta(self) -> dict[str, str]:
        """Return the fact about the register that keeps it.

        Examples
        --------
        >>> Profile("月报", "parcels", {"号": "parcel_id"}).meta()["profile:月报"]
        '{"layer": "parcels", "mapping": {"号": "parcel_id"}, "headings": []}'
        """
        told = {"layer": self.layer, "mapping": dict(self.mapping), "headings": [*self.headings]}
        return {PREFIX + self.name: json.dumps(told, ensure_ascii=False)}


def guess_columns(
    names: Sequence[str], entity: str, mapping: Mapping[str, str] | None = None
) -> list[Guess]:
    """Say what each heading of a file would be read as.

    Parameters
    ----------
    names : sequence of str
        Headings.
    entity : str
        As in the field dictionary.
    mapping : mapping, optional
        Heading → field key, before the dictionary; an empty key leaves the column out.

    Raises
    ------
    ColumnMappingError
        If ``mapping`` names a field that the entity does not have.

    Examples
    --------
    >>> [(g.key, g.how) for g in guess_columns(["编号", "面积(亩)", "宗地登记面积"], "parcel")]
    [('parcel_id', 'alias'), ('registered_area_m2', 'alias'), (None, 'unknown')]
    """
    given = {normal_heading(name): key for name, key in (mapping or {}).items()}
    check_mapping(given, entity)
    quiet = IssueLog("", entity)
    taken = {c.source: c for c in map_columns(names, entity, mapping=mapping, log=quiet)}
    found = []
    for name in names:
        unit = unit_in(name)
        if name in taken:
            column = taken[name]
            how = _how(name, column.field.key, given)
            found.append(Guess(name, column.field.key, how, unit, column.factor))
        else:
            how = _why_not(name, entity, given)
            likely = likely_fields(name, entity) if how == "unknown" else ()
            found.append(Guess(name, None, how, unit, likely=likely))
    return found


def _how(name: str, key: str, given: Mapping[str, str]) -> str:
    if normal_heading(name) in given:
        return "mapped"
    term, plain = term_of(key), normal_heading(name)
    if plain in {normal_heading(text) for text in (key, term.label_zh, term.label_en)}:
        return "label"
    return "code" if plain == normal_heading(term.code10) else "alias"


def _why_not(name: str, entity: str, given: Mapping[str, str]) -> str:
    plain = normal_heading(name)
    key = given[plain] if plain in given else field_key(name, entity)
    if plain in given and not key:
        return "left_out"
    if key is None:
        return "not_kept" if plain in not_kept() else "unknown"
    if key in COMPUTED:
        return "computed"
    unit = unit_in(name)
    stored = term_of(key).unit
    if unit and stored and unit_factor(unit, stored) is None:
        return "unit_unknown"
    return "repeated"


def likely_fields(name: str, entity: str) -> tuple[str, ...]:
    """Return fields whose names resemble an unknown heading, the likeliest first.

    Examples
    --------
    >>> likely_fields("宗地登记面积", "parcel")[0]
    'registered_area_m2'
    """
    plain = normal_heading(name)
    scores: dict[str, float] = {}
    for term in fields(entity):
        if term.key in COMPUTED:
            continue
        spellings = [normal_heading(text) for text in (term.label_zh, *term.aliases)]
        scores[term.key] = max(_alike(plain, text) for text in spellings)
    near = [key for key, score in scores.items() if score >= _CLOSE]
    return tuple(sorted(near, key=lambda key: -scores[key])[:_SHOWN])


def _alike(one: str, other: str) -> float:
    if len(other) >= 2 and (other in one or one in other) and one:
        return 0.6 + 0.4 * min(len(one), len(other)) / max(len(one), len(other))
    return SequenceMatcher(None, one, other).ratio()


def made_profile(
    name: str, layer: str, mapping: Mapping[str, str], headings: Sequence[str]
) -> Profile:
    """Return a mapping under a name.

    Raises
    ------
    ProfileNameError
        If the name is empty or too long.
    """
    plain = name.strip()
    if not plain or len(plain) > _LONGEST_NAME:
        raise ProfileNameError(most=_LONGEST_NAME)
    return Profile(plain, layer, dict(mapping), tuple(headings))


def with_left_out(
    mapping: Mapping[str, str], headings: Sequence[str], entity: str | None
) -> dict[str, str]:
    """Return a mapping that also says which columns nobody gave a meaning: they are left out.

    Examples
    --------
    >>> with_left_out({"号": "parcel_id"}, ["号", "权利人", "天气"], "parcel")
    {'号': 'parcel_id', '天气': ''}
    """
    if entity is None:
        return dict(mapping)
    guesses = guess_columns(headings, entity, mapping)
    return {**mapping, **{guess.heading: "" for guess in guesses if guess.how in ASKED}}


def keep_profile(
    change: Change | None, profile: Profile, who: str, recorded_at: datetime
) -> Change:
    """Return a change that also keeps a mapping; one of its own where there is none."""
    if change is not None:
        return replace(change, meta={**(change.meta or {}), **profile.meta()})
    why = f"保存列对应方案“{profile.name}”"
    return Change(kind="profile", who=who, why=why, recorded_at=recorded_at, meta=profile.meta())


def profiles_in(meta: Mapping[str, str]) -> dict[str, Profile]:
    """Return the mappings that are kept among the facts about a register, by name."""
    found = {}
    for key, text in sorted(meta.items()):
        if key.startswith(PREFIX) and text:
            told, name = json.loads(text), key.removeprefix(PREFIX)
            found[name] = Profile(name, told["layer"], told["mapping"], tuple(told["headings"]))
    return found


def profile_named(meta: Mapping[str, str], name: str) -> Profile:
    """Return the mapping kept under a name.

    Raises
    ------
    ProfileUnknownError
        Naming those that are kept.
    """
    known = profiles_in(meta)
    if name not in known:
        raise ProfileUnknownError(name=name, known="、".join(known) or "—")
    return known[name]


def fitting_profile(meta: Mapping[str, str], headings: Sequence[str], layer: str) -> Profile | None:
    """Return the kept mapping that was made for a file with these headings, None if none was.

    Examples
    --------
    >>> kept = Profile("月报", "parcels", {"号": "parcel_id"}, ("号", "面积（亩）")).meta()
    >>> fitting_profile(kept, ["面积(亩)", "号"], "parcels").name
    '月报'
    """
    mine = {normal_heading(name) for name in headings}
    for profile in profiles_in(meta).values():
        if profile.layer == layer and {normal_heading(h) for h in profile.headings} == mine:
            return profile
    return None
