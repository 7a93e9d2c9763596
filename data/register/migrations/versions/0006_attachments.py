"""Attachments: photos and documents that came with stage events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the list of attachments; the files lie beside the register under their hash."""
    op.create_table(
        "attachment",
        sa.Column("attachment_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "name", "media_type")),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index("ix_attachment_event", "attachment", ["event_id"])
    op.create_index("ix_attachment_change", "attachment", ["change_no"])
