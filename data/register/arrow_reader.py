"""Reads one statement of a GeoPackage by GDAL and writes it to standard output as an Arrow stream.

A program of its own, started by ``data.register.reading``: GDAL brings its own SQLite, and two
SQLites in one process do not see each other's locks. Closing the file, GDAL would take itself for
the last reader and delete the write-ahead log under the register's open connections.
"""

from __future__ import annotations

import sys

import pyarrow as pa
import pyogrio


def main() -> int:
    """Read the file named first by the statement on standard input."""
    statement = sys.stdin.buffer.read().decode("utf-8")
    try:
        _, table = pyogrio.read_arrow(sys.argv[1], sql=statement)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        return 1
    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
        stream.write_table(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
