"""The server: Streamlit's pages and, beside them, tiles, colours and the browser's libraries.

``python app.py`` and ``streamlit run app.py`` both start it.
"""

from __future__ import annotations

import streamlit as st

from layers.assets import require_assets
from ui.routes import routes

require_assets()
app = st.App("ui/home.py", routes=routes())
