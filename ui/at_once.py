"""Let small answers leave at once instead of waiting 40 ms for the browser's acknowledgement.

asyncio switches Nagle's algorithm off only for sockets that name their protocol; Streamlit binds
its own socket without naming it. Headers and body then leave apart, and on a connection that is
kept the body waits for the browser's delayed acknowledgement: 45 ms for every script, tile and
label.
"""

from __future__ import annotations

import socket
from asyncio import base_events


def answer_at_once() -> None:
    """Switch Nagle's algorithm off on every TCP connection that asyncio serves from now on."""
    base_events._set_nodelay = _set_nodelay  # type: ignore[attr-defined]


def _set_nodelay(connection: socket.socket) -> None:
    over_tcp = connection.family in (socket.AF_INET, socket.AF_INET6)
    if over_tcp and connection.type == socket.SOCK_STREAM:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
