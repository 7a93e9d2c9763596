"""Tell the page where its server is, so that ``/map`` opens at once, and answer unknown pages.

Streamlit's browser code, opened on ``/map``, first looks for a server below ``/map/`` and only then
at the root; the failed looks are errors in the browser's console and cost time. It skips them when
``window.__streamlit.BACKEND_BASE_URL`` names the server.

Streamlit gives that page for every path it does not know; under ``/map/x/y`` its parts are then
looked for in the wrong place and nothing appears. Such a path is answered by a sentence.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = b"<script>window.__streamlit={BACKEND_BASE_URL:location.origin+'/'};</script>"
_AFTER = b"<head>"
_PARTS = (
    "Autocomplete", "Button", "Cancel.esm", "Checkbox", "ComponentInstance", "ErrorOutline.esm",
    "Html", "IFrameUtil", "Input", "InputInstructions", "TextField", "TextInput", "WidgetLabel",
    "WidgetLabelHelpIcon", "WidgetLabelHelpIconInline", "checkboxIndicatorStyles", "inputUtils",
    "purify.es", "requiredField", "styled-components", "urls", "useBasicWidgetState",
    "useDebouncedCallback", "useField", "useFormReset", "useFormValidation", "useSlot",
    "useTextField", "useUpdateUiValue", "withCalculatedWidth",
)  # fmt: skip
"""Parts of Streamlit's browser code that every page asks for, late and one after another."""
_ELSEWHERE = ("/component/", "/assets/", "/app/static/", "/_stcore/")
PAGES = frozenset({"", "index.html"}) | frozenset(
    page.stem.replace("_", "-") for page in (Path(__file__).parent / "pages").glob("[a-z]*.py")
)
"""The paths that have a page; the empty one leads on to the overview."""

_UNKNOWN = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>亩图 Mutu</title>
</head><body style="font-family:sans-serif;margin:4rem auto;max-width:40rem;line-height:1.8">
<h1 style="font-size:1.3rem">没有这个页面</h1>
<p>没有名为 {path} 的页面，请核对网址，或<a href="/">回到首页</a>。</p>
<p lang="en">There is no page {path}. Check the address, or <a href="/">start afresh</a>.</p>
</body></html>"""


def _early() -> bytes:
    """Return the links that let the browser fetch those parts while it starts."""
    place = Path(streamlit.__file__).parent / "static" / "static" / "js"
    names = sorted(
        file.name for file in place.glob("*.js") if file.name.rsplit(".", 2)[0] in _PARTS
    )
    links = (f'<link rel="modulepreload" crossorigin href="/static/js/{name}">' for name in names)
    return "".join(links).encode()


def _asks_for_a_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["path"].startswith(_ELSEWHERE):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


class RootedPages:
    """ASGI middleware round Streamlit's HTML page: its server's address, or that there is none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.head = _SCRIPT + _early()

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
            whole = body.replace(_AFTER, _AFTER + self.head, 1)
            if start["status"] == 200 and scope["path"].strip("/") not in PAGES:
                start["status"] = 404
                whole = _UNKNOWN.format(path=escape(scope["path"][:200])).encode()
            headers = MutableHeaders(raw=start["headers"])
            headers["content-length"] = str(len(whole))
            for name in ("etag", "last-modified", "accept-ranges"):  # they name the page before
                del headers[name]
            await send(start)
            await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, rooted)
