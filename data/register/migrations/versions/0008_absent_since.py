"""Parcels that the newest map file no longer holds: marked with the day, never deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

# Frozen, as in 0003; it stands in the view behind the last column of that migration.
COLUMN = "absent_since"
_LAST = 'v."far_exemption_reason"'


def upgrade() -> None:
    """Add the column to every parcel and to the view that GIS programs open."""
    op.add_column("parcel_version", sa.Column(COLUMN, sa.Date()))
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        return
    found = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'parcels'").scalar()
    op.execute("DROP VIEW parcels")
    op.execute(str(found).replace(_LAST, f'{_LAST}, v."{COLUMN}"', 1))
