"""Row counts after changes, and no copies of tables.

Stock: numRows keeps the number of rows at creation; each DML statement copies the whole table for time travel, kept for
seven days. BigQuery: numRows is the present number. Here it is counted when asked for, and FOR SYSTEM_TIME AS OF is an
error instead of a copy. External tables show their configuration; a view or an external table can be deleted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from bqemulator import server as stock_server
from bqemulator.api.dependencies import AppContext, get_context
from bqemulator.api.routes import tables as routes
from bqemulator.catalog.models import SnapshotMeta, TableMeta
from bqemulator.domain.errors import ResourceRef, UnsupportedFeatureError, resource_not_found
from bqemulator.domain.events import TableDataChanged
from bqemulator.storage.sql_identifiers import quoted_table_ref
from bqemulator.versioning.snapshots import SnapshotManager
from fastapi import Depends, Response
from wrapper import app
from wrapper.engine import Engine

from patches import external_store


class NoSnapshots(SnapshotManager):
    """Notes changes of tables without copying them."""

    def record_change(self, project_id: str, dataset_id: str, table_id: str) -> SnapshotMeta | None:
        """Updates the table's modification time and notifies materialized views."""
        table = self._catalog.get_table(project_id, dataset_id, table_id)
        if table is not None:
            self._catalog.update_table(table.model_copy(update={"last_modified_time": self._clock.now()}))
        self._events.publish(TableDataChanged(project_id, dataset_id, table_id))
        return None

    def resolve_time_travel(
        self, project_id: str, dataset_id: str, table_id: str, target: datetime
    ) -> SnapshotMeta | None:
        """Refuses: answering with the present rows would be wrong."""
        raise UnsupportedFeatureError(
            f"FOR SYSTEM_TIME AS OF is not emulated (table {project_id}.{dataset_id}.{table_id}): read the present rows"
        )


def rows_of(table: TableMeta, engine: Engine) -> int:
    """The present number of rows; 0 for views and external tables, as in BigQuery."""
    if table.table_type in ("VIEW", "EXTERNAL"):
        return 0
    reference = quoted_table_ref(table.project_id, table.dataset_id, table.table_id)
    counted = engine.execute(f"SELECT count(*) FROM {reference}").fetchone()
    return int(counted[0]) if counted else 0


@app.router.get("/projects/{project_id}/datasets/{dataset_id}/tables/{table_id}")
def get_table(
    project_id: str, dataset_id: str, table_id: str, ctx: Annotated[AppContext, Depends(get_context)]
) -> dict[str, Any]:
    """tables.get with the present number of rows."""
    table = ctx.catalog.get_table(project_id, dataset_id, table_id)
    if table is None:
        raise resource_not_found(ResourceRef("table", project_id, dataset_id, table_id))
    described = routes._table_to_rest(table) | {"numRows": str(rows_of(table, ctx.engine))}
    if table.table_type == "EXTERNAL":
        configuration = external_store.configuration_of(ctx.engine, (project_id, dataset_id, table_id))
        described["externalDataConfiguration"] = configuration
    if table.view_query:
        described["view"] = {"query": table.view_query, "useLegacySql": False}
    return described


@app.router.delete("/projects/{project_id}/datasets/{dataset_id}/tables/{table_id}", response_model=None)
async def delete_table(
    project_id: str, dataset_id: str, table_id: str, ctx: Annotated[AppContext, Depends(get_context)]
) -> Response:
    """tables.delete, for views and external tables too: DuckDB refuses DROP TABLE of those."""
    table = ctx.catalog.get_table(project_id, dataset_id, table_id)
    if table is not None and table.table_type in ("VIEW", "EXTERNAL"):
        async with ctx.engine.write_lock():
            ctx.engine.execute(f"DROP VIEW IF EXISTS {quoted_table_ref(project_id, dataset_id, table_id)}")
            external_store.forget(ctx.engine, (project_id, dataset_id, table_id))
    return await routes.delete_table(project_id, dataset_id, table_id, ctx)


def install() -> None:
    """Replaces the snapshot manager; the routes register themselves on import."""
    stock_server.SnapshotManager = NoSnapshots
