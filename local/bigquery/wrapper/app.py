"""Adds this wrapper's routes and the per-request session to the emulator's HTTP application."""

from __future__ import annotations

import asyncio
from typing import Any

from bqemulator import server as stock_server
from bqemulator.api.dependencies import AppContext
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wrapper import running

#: Patches add routes here; they win over the emulator's own for the same path.
router = APIRouter(prefix="/bigquery/v2")


class SessionMiddleware:
    """Runs each HTTP request on a database session of its own, and notices when its client closes the connection."""

    def __init__(self, app: ASGIApp, ctx: AppContext) -> None:
        self._app = app
        self._ctx = ctx

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; what isn't HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sender = running.Client()
        running.client.set(sender)
        messages: asyncio.Queue[Message] = asyncio.Queue()
        listener = asyncio.create_task(listen(receive, messages, sender))
        try:
            with self._ctx.engine.session():
                await self._app(scope, messages.get, send)
        finally:
            listener.cancel()


async def listen(receive: Receive, messages: asyncio.Queue[Message], sender: running.Client) -> None:
    """Passes on what the client sends until it disconnects."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            sender.gone.set()
        await messages.put(message)
        if message["type"] == "http.disconnect":
            return


def install() -> None:
    """Wraps the emulator's application factory."""
    stock_create = stock_server.create_app

    def create_app(ctx: AppContext) -> FastAPI:
        app = stock_create(ctx)
        theirs = list(app.router.routes)
        app.router.routes.clear()
        app.include_router(router)
        app.router.routes.extend(theirs)
        middleware: Any = SessionMiddleware
        app.add_middleware(middleware, ctx=ctx)
        return app

    stock_server.create_app = create_app
