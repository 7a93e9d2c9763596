"""Tell the page where its server is, so that a link to ``/map`` opens without failing probes.

Streamlit's browser code, opened on ``/map``, first looks for a server below ``/map/`` and only then
at the root; the failed looks are errors in the browser's console and cost time. It skips them when
``window.__streamlit.BACKEND_BASE_URL`` names the server.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = b"<script>window.__streamlit={BACKEND_BASE_URL:location.origin+'/'};</script>"
_AFTER = b"<head>"


def _asks_for_a_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["path"].startswith("/component/"):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


class RootedPages:
    """ASGI middleware that adds the server's address to Streamlit's HTML page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on unchanged but the HTML of a page."""
        if not _asks_for_a_page(scope):
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        scope = scope | {"headers": plain}
        start: Message | None = None
        body = b""

        async def rooted(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                kind = MutableHeaders(raw=message["headers"]).get("content-type", "")
                if kind.startswith("text/html"):
                    start = message
                    return
            if start is None:
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            whole = body.replace(_AFTER, _AFTER + _SCRIPT, 1)
            headers = MutableHeaders(raw=start["headers"])
            headers["content-length"] = str(len(whole))
            for name in ("etag", "last-modified", "accept-ranges"):  # they name the page before
                del headers[name]
            await send(start)
            await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, rooted)
