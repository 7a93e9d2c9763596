"""Exemptions: why a parcel need not reach a line of the plot ratio."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

# Frozen, as in 0002; they stand in the view behind the last column of that migration.
PARCEL_COLUMNS = ("far_exemption", "far_exemption_reason")
_LAST = 'v."delay_cause"'


def upgrade() -> None:
    """Add the columns to every parcel and to the view that GIS programs open."""
    for name in PARCEL_COLUMNS:
        op.add_column("parcel_version", sa.Column(name, sa.Text()))
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        return
    found = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'parcels'").scalar()
    added = ", ".join([_LAST, *(f'v."{name}"' for name in PARCEL_COLUMNS)])
    op.execute("DROP VIEW parcels")
    op.execute(str(found).replace(_LAST, added, 1))
