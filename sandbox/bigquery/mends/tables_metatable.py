"""The old meta-table `dataset.__TABLES__`, which dbt reads to write its documentation.

Stock: 404. BigQuery: a row for each table and view: rows, bytes, times in milliseconds, type 1 (table), 2 (view), 3 (external).
"""

from __future__ import annotations

from bqemulator.catalog.models import TableMeta
from sqlglot import exp

from mends.table_changes import rows_of
from wrapper import statements

_KIND = {"VIEW": 2, "MATERIALIZED_VIEW": 2, "EXTERNAL": 3}


def row(table: TableMeta, statement: statements.Statement) -> str:
    """A SELECT of one table's row, in BigQuery's dialect."""
    created, changed = (int(t.timestamp() * 1000) for t in (table.creation_time, table.last_modified_time))
    return (
        f"select '{table.project_id}' as project_id, '{table.dataset_id}' as dataset_id, '{table.table_id}' as table_id, "
        f"{created} as creation_time, {changed} as last_modified_time, {rows_of(table, statement.ctx.engine)} as row_count, "
        f"{table.num_bytes} as size_bytes, {_KIND.get(table.table_type, 1)} as type"
    )


def rewrite(node: exp.Expression, statement: statements.Statement) -> exp.Expression | None:
    """The meta-table as a subquery over the catalog's present state."""
    if not isinstance(node, exp.Table) or node.name.upper() != "__TABLES__" or not node.db:
        return None
    tables = statement.ctx.catalog.list_tables(node.catalog or statement.project, node.db)
    empty = (
        "select '' as project_id, '' as dataset_id, '' as table_id, 0 as creation_time, 0 as last_modified_time, "
        "0 as row_count, 0 as size_bytes, 0 as type from unnest([0]) where false"
    )
    query = " union all ".join([row(table, statement) for table in tables] or [empty])
    tree = statements.parsed(f"select * from ({query})")
    subquery = exp.Subquery(this=tree.find(exp.Subquery).this if tree else None)  # type: ignore[union-attr]
    subquery.set("alias", exp.TableAlias(this=exp.to_identifier(node.alias_or_name)))
    return subquery


def install() -> None:
    """Registers the rewriter."""
    statements.rewriters.append(rewrite)
