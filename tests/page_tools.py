"""Opening a page of the application in a test, as a link to it does."""

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash


def go(app: AppTest, page: str) -> AppTest:
    """Open a page by its own address, without the overview before it, and return the app.

    ``page`` is the name of the page's script. ``AppTest.switch_page`` knows the pages only after
    a first run, which draws the overview for nothing.
    """
    app._page_hash = calc_hash(page.replace("_", "-"))
    app.run()
    assert app._finished_page_script_hash == app._page_hash, f"there is no page {page}"
    return app
