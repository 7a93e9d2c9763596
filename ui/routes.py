"""Which address is answered by what; the answers themselves load with the first question.

Importing geometry and tables takes seconds, so the server listens first and warms up beside it.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from layers.assets import FOLDERS

ANSWERS = "ui.answers"


def _answer(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        answers = await run_in_threadpool(importlib.import_module, ANSWERS)
        response: Response = await getattr(answers, name)(request)
        return response

    return answer


async def health(_: Request) -> Response:
    """Answer that the server is up."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@asynccontextmanager
async def warming(_: Any) -> AsyncIterator[None]:
    """Load what the first page needs while the server already listens."""
    threading.Thread(target=importlib.import_module, args=(ANSWERS,), daemon=True).start()
    yield


def routes() -> list[BaseRoute]:
    """Return every route of the application beside Streamlit's own."""
    packed = [Route(f"/{name}", _answer(name)) for name in ("codes", "mask", "overlay")]
    return [
        Route("/health", health),
        Route("/tiles/{name}", _answer("tile")),
        Mount(
            "/state",
            routes=packed,
            middleware=[Middleware(GZipMiddleware, minimum_size=1024, compresslevel=4)],
        ),
        Route("/label/{n:int}", _answer("label")),
        Route("/relief/{kind}", _answer("relief")),
        Route("/assets/together/{lang}.js", _answer("scripts")),
        *(
            Mount(f"/assets/{name}", StaticFiles(directory=folder), name=name)
            for name, folder in FOLDERS.items()
        ),
    ]
