"""Where a parcel's shape comes from, where it is no survey: said as long as the shape stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

# Frozen, as in 0003; it stands in the view behind the last column of the migration before.
COLUMN = "geometry_source"
_LAST = 'v."absent_since"'


def upgrade() -> None:
    """Add the column to every parcel and to the view that GIS programs open."""
    op.add_column("parcel_version", sa.Column(COLUMN, sa.Text()))
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        return
    found = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'parcels'").scalar()
    op.execute("DROP VIEW parcels")
    op.execute(str(found).replace(_LAST, f'{_LAST}, v."{COLUMN}"', 1))
