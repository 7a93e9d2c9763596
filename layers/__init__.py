"""What is drawn: tiles, folium layers, styles, legends."""
