"""What jobs.get tells about a job's configuration.

Stock: keeps the statement and the destination alone, so that labels, default dataset and the rest are lost.
BigQuery: the configuration as it was sent, with the destination filled in.
"""

from __future__ import annotations

from typing import Annotated, Any

from bqemulator.api.dependencies import AppContext, get_caller, get_context
from bqemulator.api.routes import jobs as routes
from bqemulator.row_access.identity import CallerIdentity
from fastapi import Depends, Request
from wrapper import app


@app.router.post("/projects/{project_id}/jobs", response_model=None)
async def insert(
    project_id: str,
    request: Request,
    ctx: Annotated[AppContext, Depends(get_context)],
    caller: Annotated[CallerIdentity, Depends(get_caller)],
) -> dict[str, Any]:
    """jobs.insert: stock's, then the whole configuration is stored with the job."""
    response = await routes.insert_job(project_id, request, ctx, caller)
    job = ctx.catalog.get_job(project_id, response["jobReference"]["jobId"])
    if job is not None and response.get("configuration"):
        ctx.catalog.upsert_job(job.model_copy(update={"configuration": response["configuration"]}))
    return response


def install() -> None:
    """The route registers itself on import."""
