"""Pages of a query's result.

Stock: names an anonymous destination table for each query but answers 404 to tabledata.list of it, which Google's Java
client uses for all pages after the first; tables.get of it finds only jobs whose id is a UUID.
BigQuery: the destination table can be read like any other.
"""

from __future__ import annotations

from typing import Any

import pyarrow
from bqemulator.api.routes import tables
from bqemulator.domain.errors import ResourceRef, resource_not_found
from bqemulator.jobs import executor
from bqemulator.storage.arrow_bridge import arrow_table_to_bq_rows
from fastapi import Query
from fastapi.responses import JSONResponse
from wrapper import app

#: Rows a page holds when the client names no number.
_PAGE = 10000


def job_of(table_id: str) -> str | None:
    """The job whose result stock calls `table_id` (anon + the job's id without hyphens)."""
    flat = table_id.removeprefix("anon")
    return next((job_id for job_id in executor.JOB_RESULTS if job_id.replace("-", "") == flat), None)


def result_of(project_id: str, table_id: str) -> tuple[str, pyarrow.Table]:
    """A job's id and result; raises notFound when it is unknown or was dropped to free memory."""
    job_id = job_of(table_id)
    table = executor.JOB_RESULTS.get(job_id) if job_id else None
    if job_id is None or table is None:
        raise resource_not_found(ResourceRef("table", project_id, "_bqemu_anonymous", table_id))
    return job_id, table


@app.router.get("/projects/{project_id}/datasets/_bqemu_anonymous/tables/{table_id}/data", response_model=None)
def list_result(
    project_id: str,
    table_id: str,
    max_results: int = Query(default=_PAGE, alias="maxResults"),
    start_index: int = Query(default=0, alias="startIndex"),
    page_token: str | None = Query(default=None, alias="pageToken"),
    selected_fields: str | None = Query(default=None, alias="selectedFields"),
) -> JSONResponse:
    """tabledata.list of an anonymous result."""
    _, table = result_of(project_id, table_id)
    if selected_fields:
        table = table.select(selected_fields.split(","))
    offset = int(page_token) if page_token else start_index
    end = offset + max_results
    response: dict[str, Any] = {
        "kind": "bigquery#tableDataList",
        "totalRows": str(table.num_rows),
        "rows": arrow_table_to_bq_rows(table, offset=offset, limit=max_results),
    }
    if end < table.num_rows:
        response["pageToken"] = str(end)
    return JSONResponse(response)


@app.router.get("/projects/{project_id}/datasets/_bqemu_anonymous/tables/{table_id}")
def get_result(project_id: str, table_id: str) -> dict[str, Any]:
    """tables.get of an anonymous result."""
    job_id, table = result_of(project_id, table_id)
    described = tables._anonymous_result_table_to_rest(project_id, "_bqemu_anonymous", table_id)
    return described | {"numRows": str(table.num_rows), "schema": {"fields": executor.JOB_SCHEMAS.get(job_id, [])}}


def install() -> None:
    """The routes register themselves on import."""
