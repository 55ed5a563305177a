"""The configuration that jobs.get returns.

Stock: keeps the statement and the destination alone, so that labels, default dataset and the rest are lost.
BigQuery: the configuration as it was sent, with the destination filled in.
"""

from __future__ import annotations

from typing import Any

from bqemulator.api.routes import jobs as routes
from bqemulator.catalog.models import JobMeta


def install() -> None:
    """Completes a job of stock's before it's stored."""
    stock_handle = routes._handle_query_job

    async def handle(project_id: str, job_id: str, config: dict[str, Any], **named: Any) -> JobMeta | dict[str, Any]:
        result = await stock_handle(project_id, job_id, config, **named)
        if isinstance(result, dict):
            return result
        routes._merge_executor_config(config, result.configuration)
        return result.model_copy(update={"configuration": config})

    routes._handle_query_job = handle
