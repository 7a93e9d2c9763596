"""The meeting packet, taken away from the page: all files at once, or one of them."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable

import streamlit as st

from reports.packet.kinds import KINDS, since
from reports.packet.source import read_packet
from reports.packet.steady import STAMP
from reports.packet.write import SUFFIXES, PacketFile, packet_files
from ui.components.lazy_popover import lazy_popover
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import day

MIMES = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "png": "image/png",
}


def packet_download(desk: Desk, *, key: str = "packet") -> None:
    """Draw the button that offers the packet of a meeting on the reader's two dates.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    key : str
        Tells the widgets of two places apart.
    """
    opened = lazy_popover(t("packet.title"), key, icon=":material/co_present:")
    if not opened.open:
        return
    with opened:
        kind = st.segmented_control(
            t("packet.kind"),
            KINDS,
            default="monthly",
            format_func=lambda name: t(f"packet.{name}"),
            key=f"{key}.kind",
            required=True,
        )
        st.caption(t("packet.help", since=day(since(kind, desk.state_on)), on=day(desk.state_on)))
        name = f"{t('packet.file')}_{t(f'packet.{kind}')}_{desk.state_on:%Y%m%d}"
        files = made(desk, kind)
        st.download_button(
            t("packet.all"),
            data=lambda: together(files()),
            file_name=f"{name}.zip",
            mime="application/zip",
            type="primary",
            key=f"{key}.all",
            on_click="ignore",
            width="stretch",
        )
        for suffix in SUFFIXES:
            st.download_button(
                t(f"packet.{suffix}"),
                data=one_of(files, suffix),
                file_name=f"{name}.{suffix}",
                mime=MIMES[suffix],
                key=f"{key}.{suffix}",
                on_click="ignore",
                width="stretch",
            )


def made(desk: Desk, kind: str) -> Callable[[], tuple[PacketFile, ...]]:
    """Return what makes the files when the first of them is asked for, and keeps them."""
    lang = language()

    def make() -> tuple[PacketFile, ...]:
        facts = read_packet(
            desk.register,
            kind=kind,
            on=desk.state_on,
            known_on=desk.known_on,
            rules=desk.rules,
            lang=lang,
        )
        return packet_files(facts, review_no=os.environ.get("MUTU_MAP_APPROVAL", ""))

    return lambda: desk.kept(("packet", kind, lang), make)


def one_of(files: Callable[[], tuple[PacketFile, ...]], suffix: str) -> Callable[[], bytes]:
    """Return what gives one file of a packet when it is asked for."""
    return lambda: next(file.content for file in files() if file.name.endswith(f".{suffix}"))


def together(files: tuple[PacketFile, ...]) -> bytes:
    """Return all files of a packet as one archive; the same files give the same bytes."""
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in files:
            entry = zipfile.ZipInfo(file.name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(entry, file.content)
    return told.getvalue()
