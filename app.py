"""The server: Streamlit's pages and, beside them, tiles, colours and the browser's libraries.

``run.py`` starts it by ``streamlit run app.py``, and so does ``python app.py``.
"""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from layers.assets import require_assets
from ui.at_once import answer_at_once
from ui.from_memory import FromMemory
from ui.rooted import RootedPages
from ui.routes import routes, warming

# A folder "pages" beside the entry script would be taken for pages of the old kind until the first
# visit has run st.navigation: a link straight to /parcels would open that script without its frame.
PagesManager.uses_pages_directory = False
require_assets()
answer_at_once()
app = st.App(
    "ui/home.py",
    routes=routes(),
    lifespan=warming,
    middleware=[Middleware(RootedPages), Middleware(FromMemory)],
)

if __name__ == "__main__":
    from run import main

    raise SystemExit(main())
