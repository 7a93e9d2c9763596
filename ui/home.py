"""The frame of every page: state from the URL, navigation in groups, one error box."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from gis.errors import UserError
from ui import state
from ui.components import failures
from ui.components.address import not_understood
from ui.components.header import language_switch
from ui.components.welcome import welcome
from ui.text import t

HERE = Path(__file__).parent
SIDEBAR_PX = 200

# The icon is a local picture: a Material icon as favicon would be fetched from another host.
st.set_page_config(
    page_title="亩图 Mutu",
    page_icon=str(HERE / "icon.svg"),
    layout="wide",
    initial_sidebar_state=SIDEBAR_PX,
)
state.start()
st.html(HERE / "style.css")
st.logo(HERE / "logo.svg", size="large", icon_image=HERE / "icon.svg")

PAGES = {
    t("nav.look"): (
        ("overview", t("nav.overview"), ":material/trending_up:"),
        ("map", t("nav.map"), ":material/map:"),
        ("plot-ratio", t("nav.plot_ratio"), ":material/apartment:"),
    ),
    t("nav.manage"): (
        ("parcels", t("nav.parcels"), ":material/table_rows:"),
        ("screening", t("nav.screening"), ":material/fact_check:"),
        ("progress", t("nav.progress"), ":material/show_chart:"),
        ("targets", t("nav.targets"), ":material/flag:"),
    ),
    t("nav.plan"): (
        ("blocks", t("nav.blocks"), ":material/dashboard:"),
        ("siting", t("nav.siting"), ":material/add_location:"),
    ),
    t("nav.meet"): (("meeting", t("nav.meeting"), ":material/groups:"),),
    t("nav.data"): (
        ("intake", t("nav.intake"), ":material/move_to_inbox:"),
        ("settings", t("nav.settings"), ":material/tune:"),
    ),
}


def script(name: str) -> Path:
    """Return the script of the page at an address."""
    return HERE / "pages" / f"{name.replace('-', '_')}.py"


def entrance() -> None:
    """Lead from the bare address to the overview, which has an address of its own."""
    st.switch_page(HERE / "pages" / "overview.py", query_params=state.url())


page = st.navigation(
    {
        "": [st.Page(entrance, title=t("nav.overview"), default=True, visibility="hidden")],
        **{
            group: [
                st.Page(
                    script(name),
                    title=title,
                    icon=icon,
                    url_path=name,
                )
                for name, title, icon in pages
                if script(name).exists()
            ]
            for group, pages in PAGES.items()
        },
    }
)

with failures.shown():
    try:
        desk = state.desk()
        empty = desk.version == 0 or desk.parcels.empty
    except UserError as refusal:
        language_switch()
        welcome(refusal)
        st.stop()
    if empty and page.url_path != "intake":  # the way in is open before there is anything to see
        language_switch()
        welcome(None)
        st.stop()
    not_understood(state.faults())
    page.run()
