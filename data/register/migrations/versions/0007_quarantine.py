"""Quarantine: rows that wait for mending; issues say sheet, parcel, who mends, a proposal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the rows that wait and what became of each; four columns for issues."""
    for name in ("sheet", "who_mends", "proposal", "parcel_id"):
        op.add_column("issue", sa.Column(name, sa.Text))
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sheet", sa.Text),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("row", sa.Integer),
        sa.Column("row_id", sa.Text),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("cells", sa.Text, nullable=False),
        sa.Column("shape", sa.Text),
    )
    op.create_index("ix_quarantine_change", "quarantine", ["change_no"])
    op.create_table(
        "quarantine_step",
        sa.Column("step_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.Column("quarantine_id", sa.Integer, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("cells", "shape", "note")),
    )
    op.create_index("ix_quarantine_step_of", "quarantine_step", ["quarantine_id"])
    op.create_index("ix_quarantine_step_change", "quarantine_step", ["change_no"])
