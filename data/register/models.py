"""Tables of the register. The migrations build them; a test holds the two together."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from data import schema
from data.register.chain_keys import ROW_KEYS
from data.register.geometry_type import GpkgGeometry

COLUMN_TYPES: dict[str, Any] = {
    "text": Text,
    "code": Text,
    "enum": Text,
    "float": Double,
    "int": Integer().with_variant(BigInteger(), "postgresql"),
    "date": Date,
    "bool": Boolean,
}
GEOMETRY = "geom"

metadata = MetaData()

change = Table(
    "change",
    metadata,
    Column("change_no", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("source_name", Text),
    Column("source_sha256", Text),
    Column("counts", Text, nullable=False),
    Column("geometry_version", Integer, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("payload_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

parcel_version = Table(
    "parcel_version",
    metadata,
    Column("version_id", Integer, primary_key=True, autoincrement=False),
    Column("recorded_from", Integer, nullable=False),
    Column("recorded_to", Integer),
    Column("digest", Text, nullable=False),
    Column("geometry_digest", Text, nullable=False),
    *(
        Column(key, COLUMN_TYPES[schema.field(key).type], nullable=key != "parcel_id")
        for key in ROW_KEYS
    ),
    Column(GEOMETRY, GpkgGeometry, nullable=False),
    UniqueConstraint("parcel_id", "recorded_from", name="uq_parcel_version_from"),
    Index("ix_parcel_version_from", "recorded_from"),
    Index("ix_parcel_version_to", "recorded_to"),
)

stage_event = Table(
    "stage_event",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("parcel_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("area_m2", Double),
    Column("doc_no", Text),
    Column("who", Text),
    Column("note", Text),
    Column("reverses", Integer),
    UniqueConstraint("reverses", name="uq_stage_event_reverses"),
    Index("ix_stage_event_parcel", "parcel_id", "occurred_on"),
    Index("ix_stage_event_change", "change_no"),
)

lineage = Table(
    "lineage",
    metadata,
    Column("parent_id", Text, primary_key=True),
    Column("child_id", Text, primary_key=True),
    Column("change_no", Integer, primary_key=True, autoincrement=False),
)

reference_layer = Table(
    "reference_layer",
    metadata,
    Column("name", Text, primary_key=True),
    Column("change_no", Integer, primary_key=True, autoincrement=False),
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rows", Integer),
    Column("note", Text, nullable=False),
)

issue = Table(
    "issue",
    metadata,
    Column("issue_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("file", Text),
    Column("layer", Text),
    Column("row", Integer),
    Column("field", Text),
    Column("kind", Text),
    Column("severity", Text),
    Column("value", Text),
    Column("message", Text),
    Column("sheet", Text),
    Column("who_mends", Text),
    Column("proposal", Text),
    Column("parcel_id", Text),
    Index("ix_issue_change", "change_no"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("file", Text, nullable=False),
    Column("sheet", Text),
    Column("layer", Text, nullable=False),
    Column("row", Integer),
    Column("row_id", Text),
    Column("kinds", Text, nullable=False),
    Column("cells", Text, nullable=False),
    Column("shape", Text),
    Index("ix_quarantine_change", "change_no"),
)

quarantine_step = Table(
    "quarantine_step",
    metadata,
    Column("step_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("quarantine_id", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("cells", Text),
    Column("shape", Text),
    Column("note", Text),
    Index("ix_quarantine_step_of", "quarantine_id"),
    Index("ix_quarantine_step_change", "change_no"),
)

review = Table(
    "review",
    metadata,
    Column("review_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("parcel_id", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("doc_no", Text),
    Column("low_class", Text),
    Column("screened_class", Text),
    Column("screened_rule", Text),
    Column("rules_id", Text),
    Column("inputs", Text),
    Index("ix_review_parcel", "parcel_id"),
    Index("ix_review_change", "change_no"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("attachment_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("event_id", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Index("ix_attachment_event", "event_id"),
    Index("ix_attachment_change", "change_no"),
)

target_actual = Table(
    "target_actual",
    metadata,
    Column("actual_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("measured_on", Date, nullable=False),
    Column("value", Double),
    Column("source", Text, nullable=False),
    Column("note", Text),
    Index("ix_target_actual_change", "change_no"),
)

minute = Table(
    "minute",
    metadata,
    Column("minute_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("meeting_on", Date, nullable=False),
    Column("parcel_id", Text),
    Column("text", Text),
    Column("reason", Text),
    Column("responsible", Text),
    Column("due_on", Date),
    Column("answers", Integer),
    Index("ix_minute_change", "change_no"),
)

saved_block = Table(
    "saved_block",
    metadata,
    Column("saved_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parcel_ids", Text),
    Column("note", Text),
    Index("ix_saved_block_change", "change_no"),
)

scenario = Table(
    "scenario",
    metadata,
    Column("scenario_id", Integer, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text),
    Column("year", Integer),
    Column("adopts", Integer),
    Column("inputs", Text),
    Column("answer", Text),
    Column("rules_id", Text),
    Column("seen_version", Integer),
    Column("note", Text),
    Index("ix_scenario_change", "change_no"),
)

meta = Table(
    "register_meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("change_no", Integer, primary_key=True, autoincrement=False),
    Column("value", Text, nullable=False),
)
