"""Speed and size of the map, against the targets and against ``folium.GeoJson``."""
