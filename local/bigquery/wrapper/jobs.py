"""Runs jobs one after the other in a worker thread, so that the server answers meanwhile.

Stock runs each job on the thread of the event loop: while a statement works, no other request is answered, not even the
readiness probe, and SIGTERM is not seen. Stock also keeps the result of every job in memory for good, and can't cancel.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bqemulator.api.dependencies import AppContext
from bqemulator.api.routes import jobs as routes
from bqemulator.api.routes import upload
from bqemulator.jobs import executor

from wrapper import running

#: Results of finished jobs that stay readable, in bytes and in number; the oldest go first, the newest always stays.
RESULT_BYTES = 128 * 1024 * 1024
RESULT_COUNT = 1000

_one_at_a_time = threading.Lock()
#: Jobs wait for their turn in threads of their own.
_workers = ThreadPoolExecutor(max_workers=128, thread_name_prefix="job")
_BETWEEN_LOOKS = 0.1


#: Bytes of the results that are kept.
_sizes: dict[str, int] = {}


def forget_old_results() -> None:
    """Drops the oldest results beyond RESULT_BYTES and RESULT_COUNT."""
    results = executor.JOB_RESULTS
    for job_id in results.keys() - _sizes.keys():
        _sizes[job_id] = results[job_id].nbytes
    for job_id in _sizes.keys() - results.keys():
        del _sizes[job_id]
    total = sum(_sizes.values())
    for job_id in list(results)[:-1]:
        if total <= RESULT_BYTES and len(results) <= RESULT_COUNT:
            return
        total -= _sizes.pop(job_id)
        results.pop(job_id, None)
        executor.JOB_SCHEMAS.pop(job_id, None)


def in_worker(job: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The same job function, run in a worker thread with an event loop and a database session of its own."""

    async def run(*arguments: Any, **named: Any) -> Any:
        ctx: AppContext = next(value for value in (*arguments, *named.values()) if isinstance(value, AppContext))
        this = running.Running(arguments[1])
        sender = running.client.get()
        if sender is not None and sender.job is None:
            sender.job = this
        running.jobs[this.job_id] = this

        def work() -> Any:
            running.present.set(this)
            with turn(this), ctx.engine.session():
                try:
                    return asyncio.run(job(*arguments, **named))
                finally:
                    forget_old_results()

        context = contextvars.copy_context()
        try:
            return await asyncio.get_running_loop().run_in_executor(_workers, context.run, work)
        finally:
            if sender is None or sender.job is not this or not sender.ends_job:
                end(this)

    return run


@contextlib.contextmanager
def turn(job: running.Running) -> Iterator[None]:
    """Waits until no other job runs; raises Stopped when the job is cancelled meanwhile."""
    while not _one_at_a_time.acquire(timeout=_BETWEEN_LOOKS):
        job.check()
    try:
        job.check()
        yield
    finally:
        _one_at_a_time.release()


def end(job: running.Running) -> None:
    """Takes the job from those that run; its end must be in the catalog."""
    running.jobs.pop(job.job_id, None)
    job.ended.set()


def install() -> None:
    """Moves the four kinds of jobs into worker threads."""
    for name in ("execute_query_job", "execute_load_job", "execute_extract_job", "execute_copy_job"):
        wrapped = in_worker(getattr(executor, name))
        for module in (routes, upload):
            if hasattr(module, name):
                setattr(module, name, wrapped)
