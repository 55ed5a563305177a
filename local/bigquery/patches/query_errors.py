"""Errors of queries.

Stock: POST /queries answers HTTP 200 with `errors` for a statement that failed, so that a client's query() does not
throw; messages carry DuckDB's prefixes and paths of this machine.
BigQuery: an HTTP error (400, 404, 409, …) with the error body; ERROR('text') says just the text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bqemulator.domain.errors import DomainError, InvalidQueryError, NotFoundError
from bqemulator.jobs import error_mapper, executor
from fastapi.responses import JSONResponse
from wrapper import engine

#: HTTP status and canonical status by the error's reason.
_STATUS = {
    "notFound": (404, "NOT_FOUND"),
    "duplicate": (409, "ALREADY_EXISTS"),
    "accessDenied": (403, "PERMISSION_DENIED"),
    "stopped": (499, "CANCELLED"),
}
_RAISED = re.compile(r"^(?:Query execution failed: )?Invalid Input Error: (?P<text>.*)$", re.DOTALL)
_NO_FILE = re.compile(r'No files found that match the pattern "(?P<path>[^"]+)"')
_UNREADABLE = re.compile(r"executing the UDF: UnreadableCsv: (?P<text>.*?)\n\nAt:", re.DOTALL)
_CSV = re.compile(r"CSV Error on Line: (?P<line>\d+)")

_storage_root = Path("/nowhere")


def error_body(error: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """HTTP status and body for a job's errorResult."""
    code, status = _STATUS.get(error["reason"], (400, "INVALID_ARGUMENT"))
    detail = {"domain": "global", "locationType": "parameter", "location": "q", **error}
    return code, {"error": {"code": code, "message": error["message"], "errors": [detail], "status": status}}


def answer(response: dict[str, Any]) -> JSONResponse:
    """An answer of jobs.query, its failure as an HTTP error."""
    if not response.get("errors"):
        return JSONResponse(response)
    code, body = error_body(response["errors"][0])
    return JSONResponse(status_code=code, content=body)


def message_of(text: str) -> DomainError | None:
    """BigQuery's error for a message of DuckDB that stock passes on unchanged; None for other messages."""
    missing = _NO_FILE.search(text)
    if missing:
        return NotFoundError(f"Not found: URI {as_uri(missing['path'])}")
    unreadable = _UNREADABLE.search(text)
    if unreadable:
        return InvalidQueryError(f"Error while reading table, error message: {unreadable['text']}")
    line = _CSV.search(text)
    if line:
        reason = " ".join(as_uri(text[line.end() :].split("Possible fixes")[0]).split())
        return InvalidQueryError(f"Error while reading table, error message: CSV line {line['line']}: {reason}")
    raised = _RAISED.match(text)
    return InvalidQueryError(raised["text"], location="query") if raised else None


def as_uri(text: str) -> str:
    """Puts gs:// where the storage root's folder stands."""
    return re.sub(re.escape(f"{_storage_root}") + "/", "gs://", text)


def install() -> None:
    """Wraps stock's translation of errors."""
    stock_translate = error_mapper.translate_runtime_error

    def translate(exc: BaseException, *, duckdb_sql: str | None = None) -> DomainError:
        if isinstance(exc, (InvalidQueryError, NotFoundError)):
            return stock_translate(exc, duckdb_sql=duckdb_sql) if exc.message.startswith("Invalid ") else exc
        known = stock_translate(exc, duckdb_sql=duckdb_sql)
        return (message_of(str(exc)) if known.message.startswith("Query execution failed") else None) or known

    def remember_root(duck: engine.Engine) -> None:
        global _storage_root
        _storage_root = duck.storage_root

    engine.on_start.append(remember_root)
    error_mapper.translate_runtime_error = translate
    executor.translate_runtime_error = translate
