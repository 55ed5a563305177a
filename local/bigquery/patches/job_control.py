"""Jobs that run: asking for them, waiting for them, cancelling them.

Stock: jobs.insert answers at the job's end, and the job is unknown until then; jobs.cancel does nothing; a job
without a client keeps the engine busy.
BigQuery: jobs.insert answers at once, state RUNNING; jobs.getQueryResults waits; jobs.cancel stops the job, reason
`stopped`. Here jobs.insert waits for HOLD seconds first, so that short jobs need one request, and jobs.query waits for
the job's end. See wrapper/running.py for jobs without a client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from bqemulator.api.dependencies import AppContext, get_caller, get_context
from bqemulator.api.routes import jobs as routes
from bqemulator.domain.errors import AlreadyExistsError, DomainError
from bqemulator.row_access.identity import CallerIdentity
from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse
from wrapper import app, jobs, running

from patches import query_errors

#: Seconds for which jobs.insert waits for the job's end.
HOLD = 10.0
_LONGEST_WAIT = 60.0

_working: set[asyncio.Task[Any]] = set()
_Ctx = Annotated[AppContext, Depends(get_context)]
_Caller = Annotated[CallerIdentity, Depends(get_caller)]


def start(ctx: AppContext, sender: running.Client, work: Callable[[], Awaitable[Any]]) -> asyncio.Task[Any]:
    """Begins what a request asks for; it goes on when the request ends."""
    sender.ends_job = True

    async def run() -> Any:
        try:
            with ctx.engine.session():
                return await work()
        finally:
            if sender.job is not None:
                jobs.end(sender.job)

    task = asyncio.create_task(run())
    _working.add(task)
    task.add_done_callback(_working.discard)
    return task


async def wait(task: asyncio.Task[Any], sender: running.Client, seconds: float | None) -> bool:
    """Whether the work is done before time is over and while its client is there."""
    # the job's number is known when the work has begun
    while sender.job is None and not task.done():
        await asyncio.wait({task}, timeout=0.02)
    if sender.job is not None and not task.done():
        await sender.job.wait(sender, seconds)
        if sender.job.ended.is_set():
            await asyncio.wait({task})
    return task.done()


def described(project_id: str, job: running.Running, configuration: dict[str, Any]) -> dict[str, Any]:
    """A running job as jobs.get gives it."""
    milliseconds = str(int(job.started * 1000))
    return {
        "kind": "bigquery#job",
        "id": f"{project_id}:US.{job.job_id}",
        "jobReference": {"projectId": project_id, "jobId": job.job_id, "location": "US"},
        "configuration": configuration,
        "status": {"state": "RUNNING"},
        "statistics": {"creationTime": milliseconds, "startTime": milliseconds},
    }


def sender_of_request() -> running.Client:
    """Who sent the present request."""
    return running.client.get() or running.Client()


@app.router.post("/projects/{project_id}/jobs", response_model=None)
async def insert(project_id: str, request: Request, ctx: _Ctx, caller: _Caller) -> dict[str, Any]:
    """jobs.insert."""
    body = await request.json()
    configuration = body.get("configuration", {})
    job_id = body.get("jobReference", {}).get("jobId")
    if job_id in running.jobs:
        raise AlreadyExistsError(f"Already Exists: Job {project_id}:US.{job_id}")
    sender = sender_of_request()

    async def work() -> dict[str, Any]:
        try:
            return await routes.insert_job(project_id, request, ctx, caller)
        except DomainError as error:
            keep_failure(project_id, sender.job, configuration, error, ctx)
            raise

    task = start(ctx, sender, work)
    if await wait(task, sender, HOLD) or sender.job is None:
        return await task
    sender.job.configuration = configuration
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return described(project_id, sender.job, configuration)


def keep_failure(
    project_id: str, job: running.Running | None, configuration: dict[str, Any], error: DomainError, ctx: AppContext
) -> None:
    """Stores a job that stock answers with an HTTP error alone."""
    if job is not None:
        result = {"reason": error.bq_reason, "message": error.message}
        kind = next((name.upper() for name in ("query", "load", "extract", "copy") if name in configuration), "QUERY")
        meta: Any = routes._failed_job_meta(project_id, job.job_id, kind, configuration, result, ctx.clock.now())
        ctx.catalog.upsert_job(meta)


@app.router.post("/projects/{project_id}/queries", response_model=None)
async def query(project_id: str, request: Request, ctx: _Ctx, caller: _Caller) -> dict[str, Any] | JSONResponse:
    """jobs.query, with its failures as HTTP errors."""
    await request.json()
    sender = sender_of_request()
    task = start(ctx, sender, lambda: routes.query(project_id, request, ctx, caller))
    if not await wait(task, sender, None):
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return {}
    return query_errors.answer(await task)


@app.router.get("/projects/{project_id}/queries/{job_id}", response_model=None)
async def results(
    project_id: str,
    job_id: str,
    ctx: _Ctx,
    max_results: int = Query(default=10000, alias="maxResults"),
    start_index: int = Query(default=0, alias="startIndex"),
    page_token: str | None = Query(default=None, alias="pageToken"),
    timeout_ms: int = Query(default=10000, alias="timeoutMs"),
) -> dict[str, Any] | JSONResponse:
    """jobs.getQueryResults: waits for the job's end."""
    job = running.jobs.get(job_id)
    if job is not None and not await job.wait(sender_of_request(), min(timeout_ms / 1000, _LONGEST_WAIT)):
        reference = {"projectId": project_id, "jobId": job_id, "location": "US"}
        return {"kind": "bigquery#getQueryResultsResponse", "jobReference": reference, "jobComplete": False}
    meta = ctx.catalog.get_job(project_id, job_id)
    if meta is not None and meta.error_result:
        code, body = query_errors.error_body(meta.error_result)
        return JSONResponse(status_code=code, content=body)
    return await asyncio.to_thread(page, project_id, job_id, ctx, max_results, start_index, page_token)


def page(*arguments: Any) -> JSONResponse:
    """A page of a result; as a response, because FastAPI looks at each value of anything else."""
    return JSONResponse(routes.get_query_results(*arguments))


@app.router.get("/projects/{project_id}/jobs/{job_id}", response_model=None)
def get(project_id: str, job_id: str, ctx: _Ctx) -> dict[str, Any]:
    """jobs.get."""
    job = running.jobs.get(job_id)
    if job is None:
        return routes.get_job(project_id, job_id, ctx)
    job.asked_for()
    return described(project_id, job, job.configuration)


@app.router.post("/projects/{project_id}/jobs/{job_id}/cancel", response_model=None)
def cancel(project_id: str, job_id: str, ctx: _Ctx) -> dict[str, Any]:
    """jobs.cancel."""
    job = running.jobs.get(job_id)
    if job is None:
        return routes.cancel_job(project_id, job_id, ctx)
    job.cancel(running.BY_USER)
    return {"kind": "bigquery#jobCancelResponse", "job": described(project_id, job, job.configuration)}


def install() -> None:
    """The routes register themselves on import."""
