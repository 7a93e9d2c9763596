"""Screening: what the rules ask of a parcel, and what planners say about their verdicts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

# Frozen: later columns come by later migrations, whatever the dictionary says by then.
PARCEL_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("approved_on", sa.Date()),
    ("is_supplied", sa.Boolean()),
    ("build_status", sa.Text()),
    ("extended_start_on", sa.Date()),
    ("stopped_on", sa.Date()),
    ("startable_area_m2", sa.Double()),
    ("started_area_m2", sa.Double()),
    ("invested_wan", sa.Double()),
    ("delay_cause", sa.Text()),
)


def upgrade() -> None:
    """Add the columns to every parcel, and the table of reviews."""
    for name, kind in PARCEL_COLUMNS:
        op.add_column("parcel_version", sa.Column(name, kind))
    op.create_table(
        "review",
        sa.Column("review_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.Column("parcel_id", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("who", "verdict", "reason")),
        *(
            sa.Column(name, sa.Text)
            for name in ("doc_no", "low_class", "screened_class", "screened_rule", "rules_id")
        ),
        sa.Column("inputs", sa.Text),
    )
    op.create_index("ix_review_parcel", "review", ["parcel_id"])
    op.create_index("ix_review_change", "review", ["change_no"])
    if op.get_bind().dialect.name == "sqlite":
        _view()


def _view() -> None:
    """Show the new columns in the view that GIS programs open."""
    bind = op.get_bind()
    found = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'parcels'").scalar()
    added = ", ".join(f'v."{name}"' for name, _ in PARCEL_COLUMNS)
    op.execute("DROP VIEW parcels")
    op.execute(str(found).replace('v."updated_on"', f'v."updated_on", {added}', 1))
