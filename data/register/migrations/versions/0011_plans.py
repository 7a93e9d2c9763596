"""Blocks that planners put together by hand, and scenarios of the years to come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None


def _head(key: str) -> list[sa.Column]:
    """Return the columns that both tables begin with."""
    return [
        sa.Column(key, sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change_no", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("recorded_at", "who")),
    ]


def upgrade() -> None:
    """Add the two tables; nothing that is there changes."""
    op.create_table(
        "saved_block",
        *_head("saved_id"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("parcel_ids", sa.Text),
        sa.Column("note", sa.Text),
    )
    op.create_index("ix_saved_block_change", "saved_block", ["change_no"])
    op.create_table(
        "scenario",
        *_head("scenario_id"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("year", sa.Integer),
        sa.Column("adopts", sa.Integer),
        *(sa.Column(name, sa.Text) for name in ("inputs", "answer", "rules_id")),
        sa.Column("seen_version", sa.Integer),
        sa.Column("note", sa.Text),
    )
    op.create_index("ix_scenario_change", "scenario", ["change_no"])
