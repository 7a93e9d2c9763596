"""What the intake page knows of a draft: how it reads, what a check of it finds.

Reading and checking are jobs of the server (`ui.jobs`) under keys of plain values: a page that is
left and opened again finds them running or done, and a choice that is changed is another job.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import shapely

from data.drafts import Draft, path_of
from data.intake import LAYERS, ImportReport, prepare_import
from data.intake_county import county_of
from data.intake_files import file_sha256, seen_before
from data.intake_guess import Profile, fitting_profile, profiles_in
from data.intake_layers import ENTITIES, SHAPE_OF
from gis.io import FileReport, LayerReport, PlaceReport, inspect, place_evidence, vet
from gis.outline import read_outline
from gis.watch import step
from ui import jobs
from ui.desk import Desk
from ui.intake_kinds import guessed_layer, is_list, waiting_parts
from ui.intake_preview import Preview, read_preview
from ui.jobs import Job

STEPS = ("look", "columns", "issues", "difference", "commit")
"""The way of a file through the page, in order."""

NOBODY = "—"
"""Who hands a file over as long as nobody said so: replaced at the commit."""


@dataclass(frozen=True)
class Look:
    """What a file holds: its layers, how each can be read, and its fingerprint."""

    report: FileReport
    sha256: str

    @property
    def parts(self) -> tuple[LayerReport, ...]:
        """Layers and sheets."""
        return self.report.layers


@dataclass(frozen=True)
class Chosen:
    """What is chosen for a draft, with what is taken where nothing was said."""

    as_layer: str
    part: str | None
    crs: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    header_rows: tuple[int, int] | None = None
    profile: str | None = None
    repairs: tuple[int, ...] | Literal["all"] = ()
    vanished: Literal["keep", "mark"] = "keep"
    lineage: tuple[tuple[str, str], ...] | Literal["all"] = ()

    @property
    def entity(self) -> str | None:
        """The entity of the field dictionary that its columns are."""
        own = {"parcels": "parcel", "events": "event"}
        return own.get(self.as_layer) or ENTITIES.get(self.as_layer)

    @property
    def shapes(self) -> str:
        """What becomes of coordinates in the cells of a table, as `hand_over` takes it."""
        if self.as_layer in SHAPE_OF:
            return "any"
        return "areas" if self.as_layer == "parcels" else "none"

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What the file is read by, as plain values."""
        mapping = tuple(sorted(self.mapping.items()))
        read_as = (self.as_layer, self.part, self.crs, self.encoding)
        return (*read_as, mapping, self.header_rows)

    @property
    def decided(self) -> tuple[Hashable, ...]:
        """What was decided about proposals, as plain values."""
        return (self.repairs, self.vanished, self.lineage)


@dataclass(frozen=True)
class OnWay:
    """A draft with all that is known of it so far."""

    draft: Draft
    look: Look
    wanted: Chosen
    preview: Preview

    @property
    def layer(self) -> LayerReport | None:
        """The report of the chosen layer or sheet."""
        return part_of(self.look, self.wanted)


def now() -> datetime:
    """Return the moment by the server's clock."""
    return datetime.now(UTC)


def looking(workspace: Path, draft: Draft) -> Job:
    """Return the job that looks at a draft's file; its result is a `Look`."""
    path, encoding = path_of(workspace, draft), draft.choices.get("encoding")

    def work() -> Look:
        step("look")
        vet(path, encoding=encoding)
        return Look(inspect(path, encoding=encoding), file_sha256(path))

    return jobs.start(look_key(draft), work, of=(draft.draft_id, "look"))


def look_key(draft: Draft) -> tuple[Hashable, ...]:
    """Return what a look at a draft depends on."""
    files = tuple((file.name, file.sha256) for file in draft.files)
    return ("look", draft.draft_id, files, draft.choices.get("encoding"))


def chosen(draft: Draft, look: Look, meta: Mapping[str, str]) -> Chosen:
    """Return what is chosen for a draft; what was not said is taken from the file.

    A mapping kept among the facts about the register (``meta``) is taken where the headings are
    those that it was made for, unless the user said otherwise.
    """
    choices = draft.choices
    parts = [layer.name for layer in look.parts]
    part = choices.get("part")
    if part not in parts:
        part = next_part(draft, look)
    as_layer = choices.get("as_layer")
    if as_layer not in LAYERS:
        as_layer = guessed_layer(
            draft.main, next((one for one in look.parts if one.name == part), None)
        )
    mapping = choices.get("mapping", {}).get(str(part))
    profile = None
    if mapping is None:
        layer = next((one for one in look.parts if one.name == part), None)
        profile = kept_profile(choices.get("profile"), layer, str(as_layer), meta)
        mapping = profile.mapping if profile else {}
    return Chosen(
        as_layer=str(as_layer),
        part=part,
        crs=choices.get("crs"),
        encoding=choices.get("encoding"),
        mapping=dict(mapping),
        header_rows=_rows_of(choices.get("header", {}).get(str(part))),
        profile=profile.name if profile else None,
        **_decisions(choices.get("decisions", {}).get(str(part), {})),
    )


def _rows_of(said: Any) -> tuple[int, int] | None:
    """Return first and last row of a header as kept with a draft."""
    return (int(said[0]), int(said[1])) if said else None


def kept_profile(
    said: str | None, layer: LayerReport | None, as_layer: str, meta: Mapping[str, str]
) -> Profile | None:
    """Return the kept mapping that the user named, else the one that fits; empty names none."""
    if said is not None:
        return profiles_in(meta).get(said)
    return fitting_profile(meta, layer.columns, as_layer) if layer else None


def _decisions(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return decisions as a check takes them: lists of a draft's note are tuples again."""
    repairs, lineage = kept.get("repairs", ()), kept.get("lineage", ())
    return {
        "repairs": repairs if repairs == "all" else tuple(int(row) for row in repairs),
        "vanished": "mark" if kept.get("vanished") == "mark" else "keep",
        "lineage": lineage if lineage == "all" else tuple((str(a), str(b)) for a, b in lineage),
    }


def next_part(draft: Draft, look: Look) -> str | None:
    """Return the first layer or sheet with a list that no change has taken in yet."""
    waiting = waiting_parts(look.parts, draft.committed)
    filled = [layer for layer in waiting if layer.rows] or waiting
    filled = [layer for layer in filled if is_list(layer)] or filled
    return filled[0].name if filled else None


def part_of(look: Look, wanted: Chosen) -> LayerReport | None:
    """Return the report of the chosen layer or sheet."""
    return next((layer for layer in look.parts if layer.name == wanted.part), None)


def previewing(workspace: Path, draft: Draft, wanted: Chosen) -> Job:
    """Return the job that reads the chosen part; its result is a `Preview`."""
    path = path_of(workspace, draft)
    about = (draft.draft_id, "preview")
    return jobs.start(preview_key(draft, wanted), lambda: read_preview(path, wanted), of=about)


def preview_key(draft: Draft, wanted: Chosen) -> tuple[Hashable, ...]:
    """Return what a preview depends on."""
    return ("preview", *look_key(draft), *wanted.key)


def placing(desk: Desk, draft: Draft, wanted: Chosen) -> Job:
    """Return the job that weighs the coordinate systems of a map file (`PlaceReport`)."""
    path, county = path_of(desk.workspace, draft), county_area(desk)

    def work() -> PlaceReport:
        step("check")
        return place_evidence(
            path, wanted.part, county=county, crs=wanted.crs, encoding=wanted.encoding
        )

    return jobs.start(place_key(desk, draft, wanted), work, of=(draft.draft_id, "place"))


def place_key(desk: Desk, draft: Draft, wanted: Chosen) -> tuple[Hashable, ...]:
    """Return what the evidence of a place depends on."""
    return ("place", str(desk.workspace), desk.version, *look_key(draft), wanted.part, wanted.crs)


def county_area(desk: Desk) -> shapely.Geometry:
    """Return where the county lies: its outline on record, else the one that is built in."""

    def make() -> shapely.Geometry:
        outline = county_of(desk.register, "parcels")
        return read_outline().geometry if outline is None else outline

    return desk.kept("county area", make)


def checking(desk: Desk, draft: Draft, wanted: Chosen, *, who: str = NOBODY) -> Job:
    """Return the job that checks a draft against the register; its result is an `ImportReport`."""
    path, moment = path_of(desk.workspace, draft), latest_moment(desk)
    register = desk.register

    def work() -> ImportReport:
        return prepare_import(
            path,
            as_layer=wanted.as_layer,
            register=register,
            who=who,
            recorded_at=moment,
            crs=wanted.crs,
            encoding=wanted.encoding,
            layer=wanted.part,
            mapping=wanted.mapping or None,
            header_rows=wanted.header_rows,
            repairs=wanted.repairs,
            vanished=wanted.vanished,
            lineage=wanted.lineage,
        )

    about = (draft.draft_id, "check", who)
    return jobs.start(check_key(desk, draft, wanted, who=who), work, of=about)


def check_key(
    desk: Desk, draft: Draft, wanted: Chosen, *, who: str = NOBODY
) -> tuple[Hashable, ...]:
    """Return what the outcome of a check depends on."""
    read_as = (*look_key(draft), *wanted.key, *wanted.decided)
    return ("check", str(desk.workspace), desk.version, *read_as, who)


def latest_moment(desk: Desk) -> datetime:
    """Return now, or the moment of the last change where the clock of this computer is behind."""
    changes = desk.changes()
    return now() if changes.empty else max(now(), changes["recorded_at"].max().to_pydatetime())


def earlier_change(desk: Desk, draft: Draft, look: Look) -> int | None:
    """Return the last change, not undone, that took in the very same file; None if none did.

    Changes that took in other sheets of this draft are no reason to doubt the file.
    """
    own = set(draft.committed.values())
    seen = [change for change in seen_before(desk.register, look.sha256) if change not in own]
    return seen[-1] if seen else None
