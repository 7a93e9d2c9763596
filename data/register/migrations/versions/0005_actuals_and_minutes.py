"""What was reached of the targets, and what meetings have before them and decide."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0003"
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
        "target_actual",
        *_head("actual_id"),
        sa.Column("target_id", sa.Text, nullable=False),
        sa.Column("measured_on", sa.Date, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
    )
    op.create_index("ix_target_actual_change", "target_actual", ["change_no"])
    op.create_table(
        "minute",
        *_head("minute_id"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("meeting_on", sa.Date, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("parcel_id", "text", "reason", "responsible")),
        sa.Column("due_on", sa.Date),
        sa.Column("answers", sa.Integer),
    )
    op.create_index("ix_minute_change", "minute", ["change_no"])
