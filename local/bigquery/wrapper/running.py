"""Jobs that run now: who waits for them, and how they are stopped.

A job whose client has gone is cancelled when no client asks for it for GRACE seconds after its request was dropped: one
machine shares this engine. BigQuery lets such a job run to its end. A job that jobs.insert has answered is only left
when a request for it is dropped, so that slow polling harms nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import duckdb
from bqemulator.domain.errors import InvalidQueryError

#: Seconds from a dropped request to the end of its job.
GRACE = 3.0
_BETWEEN_INTERRUPTS = 0.05

BY_USER = "Job execution was cancelled: User requested cancellation"
BY_ABSENCE = "Job execution was cancelled: its client closed the connection and nobody asked for the job since"


class Stopped(InvalidQueryError):
    """The job was cancelled."""

    bq_reason = "stopped"


class Client:
    """The sender of one HTTP request."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.job: Running | None = None
        #: whether the request's route ends the job, after it stored its end
        self.ends_job = False


class Running:
    """One job."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.started = time.time()
        #: as jobs.insert got it
        self.configuration: dict[str, Any] = {}
        self.ended = asyncio.Event()
        #: the job's database session, as soon as it has one
        self.session: duckdb.DuckDBPyConnection | None = None
        self._reason: str | None = None
        self._working = False
        self._lock = threading.Lock()
        self._waiting = 0
        self._left_at: float | None = None

    def cancel(self, reason: str) -> None:
        """Interrupts the statement that runs now; the job fails at it or before its next one."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
        threading.Thread(target=self._interrupt, name=f"cancel {self.job_id}", daemon=True).start()

    def _interrupt(self) -> None:
        # DuckDB forgets an interrupt that comes between two statements
        while not self.ended.is_set():
            with self._lock:
                if self._working and self.session is not None:
                    self.session.interrupt()
            time.sleep(_BETWEEN_INTERRUPTS)

    def check(self) -> None:
        """Raises Stopped when the job was cancelled."""
        if self._reason is not None:
            raise Stopped(self._reason)

    @contextlib.contextmanager
    def statement(self) -> Iterator[None]:
        """What runs inside can be interrupted."""
        self.check()
        with self._lock:
            self._working = True
        try:
            yield
        except duckdb.Error:
            self.check()
            raise
        finally:
            with self._lock:
                self._working = False

    async def wait(self, client: Client, seconds: float | None) -> bool:
        """Waits for the job's end on behalf of a request; False when time is over or the client has gone."""
        self._left_at = None
        self._waiting += 1
        either = [asyncio.ensure_future(self.ended.wait()), asyncio.ensure_future(client.gone.wait())]
        try:
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting -= 1
            for each in either:
                each.cancel()
        if client.gone.is_set() and not self.ended.is_set():
            self._leave()
        return self.ended.is_set()

    def asked_for(self) -> None:
        """Records that a client still wants the job."""
        self._left_at = None

    def _leave(self) -> None:
        self._left_at = time.monotonic()
        asyncio.get_running_loop().call_later(GRACE, self._cancel_if_left)

    def _cancel_if_left(self) -> None:
        left = self._left_at is not None and time.monotonic() - self._left_at >= GRACE
        if left and not self._waiting and not self.ended.is_set():
            self.cancel(BY_ABSENCE)


#: Jobs by their ids, until their end is in the catalog.
jobs: dict[str, Running] = {}

#: The job of the present worker thread.
present: ContextVar[Running | None] = ContextVar("present", default=None)

#: The sender of the present HTTP request.
client: ContextVar[Client | None] = ContextVar("client", default=None)
