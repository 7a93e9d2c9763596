"""Rows that wait for mending; who mends an issue; what bureaus' ledgers also say of a parcel."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


# Frozen, as in 0002; they stand in the view behind the column of 0009.
PARCEL_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("changed_use_area_m2", sa.Double()),
    ("is_registered", sa.Boolean()),
    ("land_class_code", sa.Text()),
    ("map_sheet", sa.Text()),
    ("several_firms", sa.Boolean()),
    ("improvement_measure", sa.Text()),
    ("vacated_area_m2", sa.Double()),
    ("vacated_energy_tce", sa.Double()),
)
_LAST = 'v."geometry_source"'


def upgrade() -> None:
    """Add the rows that wait and what became of each; four columns for issues."""
    for name, kind in PARCEL_COLUMNS:
        op.add_column("parcel_version", sa.Column(name, kind))
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
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        found = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'parcels'")
        added = ", ".join([_LAST, *(f'v."{name}"' for name, _ in PARCEL_COLUMNS)])
        view = str(found.scalar()).replace(_LAST, added, 1)
        op.execute("DROP VIEW parcels")
        op.execute(view)
