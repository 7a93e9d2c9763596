"""The packet on the page: offered for the meeting chosen, made only when it is asked for."""

import io
import zipfile
from datetime import date

from ui.components.packet_download import made, one_of, together
from ui.desk import open_desk


def test_the_page_offers_the_packet(home):
    page = home.run()
    assert not page.exception
    assert "packet.open" in page.session_state


def test_the_files_are_made_once_and_packed_together(county):
    desk = open_desk(county, today=date(2026, 10, 31))
    files = made(desk, "monthly")
    assert files() is files()
    packed = together(files())
    assert packed == together(files())
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        assert bundle.read("packet_monthly_2026-10-31.html") == one_of(files, "html")()
        assert len(bundle.namelist()) == 5
