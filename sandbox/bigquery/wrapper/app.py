"""Adds this wrapper's routes and the per-request session to the emulator's HTTP application."""

from __future__ import annotations

from typing import Any

from bqemulator import server as stock_server
from bqemulator.api.dependencies import AppContext
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

#: Mends add routes here; they win over the emulator's own for the same path.
router = APIRouter(prefix="/bigquery/v2")


class SessionMiddleware:
    """Runs each HTTP request on a database session of its own."""

    def __init__(self, app: ASGIApp, ctx: AppContext) -> None:
        self._app = app
        self._ctx = ctx

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; what isn't HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._ctx.engine.session():
            await self._app(scope, receive, send)


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
