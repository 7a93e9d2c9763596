"""Foundations: changes, parcel versions, stage events, layers, and the GeoPackage around them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from data.register.geometry_type import GpkgGeometry

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

# Frozen: later columns come by later migrations, whatever the dictionary says by then.
PARCEL_COLUMNS = """
    parcel_id text, parcel_name text, town text, village text, park text, owner text,
    owner_uscc text, land_user text, single_owner flag, contract_no text, cert_no text,
    unit_no text, supervision_no text, approved_use text, actual_use text, planned_use text,
    plan_conformance text, tenure text, tenure_end_on date, approved_area_m2 number,
    supplied_area_m2 number, registered_area_m2 number, occupied_area_m2 number,
    built_area_m2 number, unlawful_area_m2 number, geometry_area_m2 number,
    floor_area_m2 number, footprint_area_m2 number, unlawful_floor_area_m2 number, far number,
    planned_far number, site_coverage_pct number, agreed_investment_wan number,
    agreed_intensity_wan_per_mu number, agreed_tax_wan_per_mu number, agreed_start_on date,
    actual_start_on date, agreed_completion_on date, actual_completion_on date,
    delivered_on date, standard_land flag, industry_code text, cluster text, firm_size text,
    tax_wan number, tax_wan_per_mu number, value_added_wan number, revenue_wan number,
    rd_wan number, employees integer, energy_tce number, emissions_t number,
    evaluation_grade text, evaluation_year integer, low_class text, class_basis text,
    class_clause text, class_doc text, suspected_idle flag, high_consumption flag,
    renewal_block text, renewal_mode text, renewal_industry text, plan_demolition_on date,
    plan_demolition_area_m2 number, plan_supply_on date, plan_supply_area_m2 number,
    plan_start_on date, plan_start_floor_area_m2 number, responsible_unit text, remark text,
    updated_on date
"""
STAGES = (
    *("surveyed", "listed", "approved", "signed", "vacated", "demolished"),
    *("prepared", "supplied", "started", "completed", "producing", "evaluated"),
)
TYPES: dict[str, Any] = {
    "text": sa.Text(),
    "number": sa.Double(),
    "integer": sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
    "date": sa.Date(),
    "flag": sa.Boolean(),
}
WGS84 = (
    'GEOGCS["WGS 84",DATUM["World Geodetic System 1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
)
CGCS2000 = (
    'GEOGCS["China Geodetic Coordinate System 2000",DATUM["China 2000",'
    'SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],'
    'AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]'
)


def upgrade() -> None:
    """Make every table; on SQLite also what makes the file a GeoPackage."""
    _history()
    _documents()
    if op.get_bind().dialect.name == "sqlite":
        _geopackage()


def _parcel_columns() -> list[tuple[str, str]]:
    pairs = (item.split() for item in PARCEL_COLUMNS.replace("\n", " ").split(","))
    return [(name, kind) for name, kind in pairs]


def _history() -> None:
    op.create_table(
        "change",
        sa.Column("change_no", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(c, sa.Text, nullable=False) for c in ("kind", "who", "why", "recorded_at")),
        sa.Column("source_name", sa.Text),
        sa.Column("source_sha256", sa.Text),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("geometry_version", sa.Integer, nullable=False),
        *(sa.Column(c, sa.Text, nullable=False) for c in ("previous_hash", "payload_hash", "hash")),
    )
    op.create_table(
        "parcel_version",
        sa.Column("version_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("recorded_from", sa.Integer, nullable=False),
        sa.Column("recorded_to", sa.Integer),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("geometry_digest", sa.Text, nullable=False),
        *(
            sa.Column(name, TYPES[kind], nullable=name != "parcel_id")
            for name, kind in _parcel_columns()
        ),
        sa.Column("geom", GpkgGeometry, nullable=False),
        sa.UniqueConstraint("parcel_id", "recorded_from", name="uq_parcel_version_from"),
    )
    op.create_index("ix_parcel_version_from", "parcel_version", ["recorded_from"])
    op.create_index("ix_parcel_version_to", "parcel_version", ["recorded_to"])
    op.create_table(
        "stage_event",
        sa.Column("event_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.Column("parcel_id", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("occurred_on", sa.Date, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("area_m2", sa.Double),
        *(sa.Column(c, sa.Text) for c in ("doc_no", "who", "note")),
        sa.Column("reverses", sa.Integer),
        sa.UniqueConstraint("reverses", name="uq_stage_event_reverses"),
    )
    op.create_index("ix_stage_event_parcel", "stage_event", ["parcel_id", "occurred_on"])
    op.create_index("ix_stage_event_change", "stage_event", ["change_no"])


def _documents() -> None:
    op.create_table(
        "lineage",
        sa.Column("parent_id", sa.Text, primary_key=True),
        sa.Column("child_id", sa.Text, primary_key=True),
        sa.Column("change_no", sa.Integer, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "reference_layer",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("change_no", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "issue",
        sa.Column("issue_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.Column("file", sa.Text),
        sa.Column("layer", sa.Text),
        sa.Column("row", sa.Integer),
        *(sa.Column(c, sa.Text) for c in ("field", "kind", "severity", "value", "message")),
    )
    op.create_index("ix_issue_change", "issue", ["change_no"])
    op.create_table(
        "register_meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("change_no", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", sa.Text, nullable=False),
    )


def _views() -> tuple[str, str]:
    columns = ", ".join(f'v."{name}"' for name, _ in _parcel_columns())
    rank = " ".join(f"WHEN '{stage}' THEN {place}" for place, stage in enumerate(STAGES))
    latest = (
        "SELECT CAST(e.{column} AS {type}) FROM stage_event e WHERE e.parcel_id = v.parcel_id "
        "AND +e.reverses IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM stage_event r WHERE r.reverses = e.event_id) "
        f"ORDER BY e.occurred_on DESC, CASE e.stage {rank} END DESC, e.event_id DESC LIMIT 1"
    )
    parcels = (
        f"CREATE VIEW parcels AS SELECT v.version_id AS OGC_FID, {columns}, "
        f"({latest.format(column='stage', type='TEXT')}) AS stage, "
        f"({latest.format(column='occurred_on', type='TEXT')}) AS stage_on, "
        "v.geom FROM parcel_version v WHERE v.recorded_to IS NULL"
    )
    events = (
        "CREATE VIEW events AS SELECT e.event_id AS OGC_FID, e.parcel_id, e.stage, e.occurred_on, "
        "e.recorded_at, e.area_m2, e.doc_no, e.who, e.note, e.reverses FROM stage_event e"
    )
    return parcels, events


def _geopackage() -> None:
    for statement in (
        "PRAGMA application_id = 1196444487",
        "PRAGMA user_version = 10300",
        "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, "
        "organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, "
        "definition TEXT NOT NULL, description TEXT)",
        "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,"
        " identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL "
        "DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, "
        "max_x DOUBLE, max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id "
        "FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))",
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, "
        "geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, "
        "m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), "
        "CONSTRAINT uk_gc_table_name UNIQUE (table_name), CONSTRAINT fk_gc_tn "
        "FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name), CONSTRAINT fk_gc_srs "
        "FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))",
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
        "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
        "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
        "update_time DATETIME)",
        *_views(),
    ):
        op.execute(statement)
    _rows()


def _rows() -> None:
    bind = op.get_bind()
    systems = (
        ("CGCS2000", 4490, "EPSG", 4490, CGCS2000),
        ("WGS 84", 4326, "EPSG", 4326, WGS84),
        ("Undefined Cartesian", -1, "NONE", -1, "undefined"),
        ("Undefined geographic", 0, "NONE", 0, "undefined"),
    )
    for system in systems:
        bind.exec_driver_sql(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", system
        )
    never = "1970-01-01T00:00:00.000Z"
    for name, kind, system_id in (
        ("parcels", "features", 4490),
        ("events", "attributes", 0),
        ("layer_styles", "attributes", 0),
    ):
        bind.exec_driver_sql(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, srs_id) "
            "VALUES (?, ?, ?, ?, ?)",
            (name, kind, name, never, system_id),
        )
    bind.exec_driver_sql(
        "INSERT INTO gpkg_geometry_columns VALUES ('parcels', 'geom', 'MULTIPOLYGON', 4490, 0, 0)"
    )
