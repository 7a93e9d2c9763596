"""Geometry, coordinate systems, files and rasters. Knows nothing of parcels or policy."""
