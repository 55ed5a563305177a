"""The DuckDB engine with one session for each request.

Stock shares one DuckDB connection among all threads, so that a `SELECT 1` of the readiness probe can replace the result
of a query that another thread is about to fetch, and a temporary table of one job is seen by the next. Here each HTTP
request works on a cursor of its own. The spatial extension is loaded from its Python wheel: stock fetches it from the
network into the user's home.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import pyarrow
from bqemulator import server as stock_server
from bqemulator.storage.engine import DuckDBEngine

from wrapper import running

#: Called with the engine after the database was opened: macros and the like.
on_start: list[Callable[[Engine], None]] = []

_session: ContextVar[duckdb.DuckDBPyConnection | None] = ContextVar("session", default=None)
_before_next: ContextVar[list[str] | None] = ContextVar("before_next", default=None)


class Engine(DuckDBEngine):
    """Stock's engine, safe for several requests at once."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self._writer = threading.Lock()

    async def start(self) -> None:
        """Opens the database, then runs the functions of `on_start`. Does nothing when it is open."""
        if self._started:
            return
        await super().start()
        for prepare in on_start:
            prepare(self)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The session of the present request; outside of requests the main connection."""
        return _session.get() or super().connection

    @property
    def storage_root(self) -> Path:
        """The folder that represents gs://."""
        root = self._settings.gcs_local_root
        if root is None:
            raise RuntimeError("gcs_local_root is not set")
        return root

    @property
    def copies_folder(self) -> Path:
        """Where rewritten copies of CSV files lie; emptied at each start."""
        return Path(self._resolve_path()).parent / "csv-copies"

    @contextlib.contextmanager
    def session(self) -> Iterator[None]:
        """Gives what runs inside a connection of its own."""
        cursor = super().connection.cursor()
        token = _session.set(cursor)
        job = running.present.get()
        if job is not None:
            job.session = cursor
        try:
            yield
        finally:
            _session.reset(token)
            cursor.close()

    def execute(self, sql: str, parameters: list[object] | None = None) -> duckdb.DuckDBPyConnection:
        """Runs a statement, which a cancelled job doesn't begin and doesn't end."""
        with statement():
            return super().execute(sql, parameters)

    def fetch_arrow(self, sql: str, parameters: list[object] | None = None) -> pyarrow.Table:
        """Runs a statement, and in one transaction with it what `run_before_next` left."""
        with statement():
            return self._fetch_arrow(sql, parameters)

    def _fetch_arrow(self, sql: str, parameters: list[object] | None) -> pyarrow.Table:
        before = _before_next.get()
        if not before:
            return super().fetch_arrow(sql, parameters)
        _before_next.set(None)
        self.connection.begin()
        try:
            for statement in before:
                self.connection.execute(statement)
            result = super().fetch_arrow(sql, parameters)
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise
        return result

    @contextlib.asynccontextmanager
    async def write_lock(self) -> AsyncIterator[None]:
        """Stock's lock belongs to one event loop; jobs run in threads with loops of their own."""
        await asyncio.to_thread(self._writer.acquire)
        try:
            yield
        finally:
            self._writer.release()

    def _apply_session_pragmas(self) -> None:
        temporary = Path(self._resolve_path()).parent / "duckdb-temporary"
        for statement in (
            "SET GLOBAL TimeZone = 'UTC'",
            "SET GLOBAL autoinstall_known_extensions = false",
            "SET GLOBAL memory_limit = '1GB'",
            f"SET GLOBAL temp_directory = {quoted(str(temporary))}",
        ):
            self._connection.execute(statement)  # type: ignore[union-attr]

    def _load_spatial(self) -> None:
        load_spatial(self._connection)  # type: ignore[arg-type]


def statement() -> contextlib.AbstractContextManager[None]:
    """Around what a cancelled job must not go on with; nothing outside of jobs."""
    job = running.present.get()
    return job.statement() if job is not None else contextlib.nullcontext()


def run_before_next(statement: str) -> None:
    """Runs a DuckDB statement in the transaction of the statement that this request executes next."""
    _before_next.set([*(_before_next.get() or []), statement])


def quoted(text: str) -> str:
    """A DuckDB string literal."""
    return "'" + text.replace("'", "''") + "'"


def spatial_extension() -> Path:
    """The extension's file in its wheel; FileNotFoundError when the wheel has none for this version of DuckDB."""
    folder = Path(duckdb_extension_spatial.__file__).parent / "extensions" / f"v{duckdb.__version__}"
    file = next(iter(sorted(folder.rglob("spatial.duckdb_extension"))), None)
    if file is None:
        raise FileNotFoundError(
            f"no spatial.duckdb_extension under {folder}: install duckdb-extension-spatial=={duckdb.__version__}"
        )
    return file


def load_spatial(connection: duckdb.DuckDBPyConnection) -> None:
    """Loads the extension into a connection's database."""
    connection.execute(f"LOAD {quoted(str(spatial_extension()))}")


def install() -> None:
    """Makes the emulator use this engine."""
    stock_server.DuckDBEngine = Engine
