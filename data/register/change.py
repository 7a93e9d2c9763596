"""What a commit brings to the register, and what a check of the register finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd
from geopandas import GeoDataFrame

from gis.errors import Words

EVENT_COLUMNS = (
    "parcel_id", "stage", "occurred_on", "area_m2", "doc_no", "who", "note", "reverses",
)  # fmt: skip
"""Columns of ``Change.events``; the first three are needed, the others may be left out."""

ISSUE_COLUMNS = (
    "file", "layer", "row", "field", "kind", "severity", "value", "message", "sheet", "who_mends",
    "proposal", "parcel_id",
)  # fmt: skip
"""Columns of ``Change.issues``; those left out are unknown."""

QUARANTINE_COLUMNS = ("file", "sheet", "layer", "row", "row_id", "kinds", "cells", "shape")
"""Columns of ``Change.quarantine``: where a row comes from, what keeps it out, and all of it."""

STEP_COLUMNS = ("quarantine_id", "action", "cells", "shape", "note")
"""Columns of ``Change.quarantine_steps``; the first two are needed."""

REVIEW_COLUMNS = (
    "parcel_id", "verdict", "reason", "doc_no", "low_class", "screened_class", "screened_rule",
    "rules_id", "inputs",
)  # fmt: skip
"""Columns of ``Change.reviews``; the first three are needed, the others may be left out."""

ACTUAL_COLUMNS = ("target_id", "measured_on", "value", "source", "note")
"""Columns of ``Change.actuals``; ``value`` and ``note`` may be left out, not both."""

MINUTE_COLUMNS = (
    "kind", "meeting_on", "parcel_id", "text", "reason", "responsible", "due_on", "answers",
)  # fmt: skip
"""Columns of ``Change.minutes``; the first two are needed, the others as the kind asks for."""

BLOCK_COLUMNS = ("name", "parcel_ids", "note")
"""Columns of ``Change.saved_blocks``; the first is needed."""

SCENARIO_COLUMNS = (
    "kind", "name", "year", "adopts", "inputs", "answer", "rules_id", "seen_version", "note",
)  # fmt: skip
"""Columns of ``Change.scenarios``; the first is needed, the others as the kind asks for."""


@dataclass(frozen=True)
class LayerFile:
    """One new version of a reference layer: a frame or a finished file.

    Attributes
    ----------
    name : str
        Name of the layer: ASCII letters, digits and ``_``.
    frame : GeoDataFrame or DataFrame, optional
        Written as (Geo)Parquet, in its own order.
    path : Path, optional
        A file (such as a Cloud-Optimised GeoTIFF) that is copied as it is. Exactly one of
        ``frame`` and ``path`` is given, unless the layer is withdrawn.
    note : str
        What is to be said about the layer wherever it is shown.
    withdrawn : bool
        The layer is there no longer; its earlier versions stay. Then neither ``frame`` nor
        ``path`` is given.
    """

    name: str
    frame: pd.DataFrame | None = None
    path: Path | None = None
    note: str = ""
    withdrawn: bool = False


@dataclass(frozen=True)
class Attachment:
    """A photo or document that proves a stage event.

    Attributes
    ----------
    event : int
        Place of its event in ``Change.events``, from 0.
    kind : str
        ``before``, ``after`` (photos) or ``document``.
    name : str
        Name of the file as it was handed in.
    content : bytes
        JPEG, PNG or PDF.
    """

    event: int
    kind: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Change:
    """One change of the register: committed whole or not at all.

    Attributes
    ----------
    kind : str
        Short word such as ``import``, ``events``, ``sample``, ``reverse``.
    who, why : str
        Who changes and for what reason.
    recorded_at : datetime
        Aware moment at which the office learned it; never before that of the last change.
    parcels : GeoDataFrame or DataFrame, optional
        New and changed parcels, indexed by ``parcel_id``, EPSG:4490. A column that is absent keeps
        its recorded value, and so does the geometry of a plain DataFrame; a column that is there
        replaces it, also by unknown. Rows that change nothing make no new version.
    removed : sequence of str
        Parcels that are no longer current. Their versions stay.
    events : DataFrame, optional
        Stage events with ``EVENT_COLUMNS``. A row with ``reverses`` undoes that event; its parcel,
        stage, day and area may be left empty and are then those of the event undone. A negative
        number -n means the n-th row of this batch, which has no number on record yet.
    reviews : DataFrame, optional
        What planners say of verdicts, with ``REVIEW_COLUMNS``: ``verdict`` is ``confirm``,
        ``override`` (by ``low_class``) or ``withdraw``; ``inputs`` is a JSON object of the values
        that were looked at. The last review of a parcel counts.
    attachments : sequence of Attachment
        Photos and documents of ``events``, kept under their hash beside the register.
    actuals : DataFrame, optional
        What was reached of a target, with ``ACTUAL_COLUMNS``. The last row of a target and a day
        counts; one without a value withdraws what was said before.
    minutes : DataFrame, optional
        What a meeting has before it and decides, with ``MINUTE_COLUMNS``. ``kind`` is ``agenda``
        (a parcel to be looked at), ``decision``, ``stuck`` (why a parcel does not move) or
        ``closed`` (``answers`` the number of one of the others).
    based_on : int, optional
        Number of the last change that was seen when this one was begun. What others changed since
        then is not overwritten: where both differ, the commit is refused with a ``ConflictError``
        that names field, theirs and mine. Without it, the last one to commit is right.
    quarantine : DataFrame, optional
        Rows that wait for mending, with ``QUARANTINE_COLUMNS``: ``kinds`` are kinds of issues with
        blanks between, ``cells`` a JSON object (field key or heading → text with its unit),
        ``shape`` the geometry as WKB in hexadecimal, EPSG:4490.
    quarantine_steps : DataFrame, optional
        What becomes of waiting rows, with ``STEP_COLUMNS``: ``edited`` (new ``cells`` or
        ``shape``), ``accepted``, ``superseded`` by a later file, ``discarded``.
    saved_blocks : DataFrame, optional
        Contiguous blocks that planners put together, with ``BLOCK_COLUMNS``: ``parcel_ids`` is a
        JSON list of parcels on record. The last row of a name counts; one without parcels takes
        the block away.
    scenarios : DataFrame, optional
        Plans of the years to come, with ``SCENARIO_COLUMNS``. ``kind`` is ``saved`` (``name``,
        ``inputs`` and ``answer`` as JSON objects, ``rules_id``, ``seen_version``), ``withdrawn``
        (``name``), ``adopted`` (``adopts`` the number of a saved one as the plan of ``year``) or
        ``released`` (``year``).
    layers, issues, lineage, meta
        Reference layers; rows of ``ISSUE_COLUMNS``; ``parent_id`` and ``child_id`` of splits and
        merges; facts about the register (``county``, ``adcode``, ``sample``, ``data_until`` …).
    """

    kind: str
    who: str
    why: str
    recorded_at: datetime
    source_name: str | None = None
    source_sha256: str | None = None
    parcels: GeoDataFrame | pd.DataFrame | None = None
    removed: Sequence[str] = ()
    events: pd.DataFrame | None = None
    layers: Sequence[LayerFile] = ()
    issues: pd.DataFrame | None = None
    lineage: pd.DataFrame | None = None
    meta: Mapping[str, str] | None = field(default=None)
    reviews: pd.DataFrame | None = None
    attachments: Sequence[Attachment] = ()
    actuals: pd.DataFrame | None = None
    minutes: pd.DataFrame | None = None
    based_on: int | None = None
    quarantine: pd.DataFrame | None = None
    quarantine_steps: pd.DataFrame | None = None
    saved_blocks: pd.DataFrame | None = None
    scenarios: pd.DataFrame | None = None


@dataclass(frozen=True)
class Verification:
    """Outcome of a walk along the chain.

    Attributes
    ----------
    ok : bool
        True when every hash could be computed again from the stored rows.
    changes : int
        Number of changes walked.
    faults : tuple of Words
        What does not agree, naming change, table and row: Chinese, and English by ``say``. Empty
        when ``ok``.
    """

    ok: bool
    changes: int
    faults: tuple[Words, ...]
