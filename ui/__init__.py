"""Pages and components; the only room that imports Streamlit."""
