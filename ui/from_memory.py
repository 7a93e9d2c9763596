"""Give the browser's own files from memory: a page asks for a hundred of them while it opens.

Looking each up on disk, in a thread of its own, takes milliseconds that the page's first run needs.
The files do not change while the server runs.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PLACES = ("/static/", "/assets/", "/component/")
MOST_BYTES = 64 * 2**20
"""Files kept in all; Streamlit's and ours together have a tenth of it."""
_PASS = ("range", "if-none-match", "if-modified-since")


@dataclass(frozen=True)
class Kept:
    """One answer as it was sent."""

    start: Message
    body: bytes


class FromMemory:
    """ASGI middleware that keeps whole files of `PLACES` and gives them again."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: dict[str, Kept] = {}
        self.room = MOST_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory where the file is there; else pass on, and keep what comes back."""
        if not _asks_for_a_file(scope):
            await self.app(scope, receive, send)
            return
        found = self.kept.get(scope["path"])
        if found is not None:
            await send(found.start)
            await send({"type": "http.response.body", "body": found.body})
            return
        start: Message | None = None
        body = b""

        async def keeping(message: Message) -> None:
            nonlocal start, body
            await send(message)
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if not message.get("more_body") and start is not None:
                self._keep(scope["path"], start, body)

        await self.app(scope, receive, keeping)

    def _keep(self, path: str, start: Message, body: bytes) -> None:
        headers = Headers(raw=start["headers"])
        whole = headers.get("content-length") == str(len(body))
        plain = "content-encoding" not in headers
        if start["status"] == 200 and whole and plain and len(body) <= self.room:
            self.room -= len(body)
            self.kept[path] = Kept(start, body)


def _asks_for_a_file(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    return scope["path"].startswith(PLACES) and not any(name in headers for name in _PASS)
