"""Partitioning and clustering that DDL declares.

Stock: keeps PARTITION BY only when it is a bare column, always as DAY, and drops CLUSTER BY.
BigQuery: tables.get shows timePartitioning (DAY, HOUR, MONTH or YEAR and the column) and clustering. Partitioning by
ranges of numbers is not shown here either.
"""

from __future__ import annotations

from bqemulator.catalog.models import Clustering, TimePartitioning
from sqlglot import exp
from wrapper import statements


def time_partitioning(properties: exp.Properties) -> TimePartitioning | None:
    """What PARTITION BY says, when it is about time: a column, DATE(column) or *_TRUNC(column, unit)."""
    clause = properties.find(exp.PartitionedByProperty)
    by = clause.this if clause is not None else None
    if not isinstance(by, (exp.Identifier, exp.Date, exp.DateTrunc, exp.DatetimeTrunc, exp.TimestampTrunc)):
        return None
    name = (by if isinstance(by, exp.Identifier) else by.this).name
    kind = by.args["unit"].name.upper() if by.args.get("unit") else "DAY"
    if name.upper() in ("_PARTITIONDATE", "_PARTITIONTIME"):
        return TimePartitioning(type=kind)
    return TimePartitioning(type=kind, field=name)


def clustering(properties: exp.Properties) -> Clustering | None:
    """The columns of CLUSTER BY."""
    clause = properties.find(exp.ClusterProperty, exp.Cluster)
    return Clustering(fields=tuple(column.name for column in clause.expressions)) if clause is not None else None


def keep_layout(statement: statements.Statement) -> None:
    """Completes the catalog's entry after a CREATE TABLE."""
    tree = statement.tree
    if not isinstance(tree, exp.Create) or (tree.kind or "").upper() != "TABLE":
        return
    properties = tree.args.get("properties")
    target = statements.target_of(tree.this, statement.project)
    table = statement.ctx.catalog.get_table(*target) if target else None
    if table is None or properties is None or statement.skipped:
        return
    partitioning = time_partitioning(properties)
    if partitioning is not None and table.time_partitioning is not None:
        partitioning = partitioning.model_copy(
            update={
                "expiration_ms": table.time_partitioning.expiration_ms,
                "require_partition_filter": table.time_partitioning.require_partition_filter,
            }
        )
    update = {"time_partitioning": partitioning or table.time_partitioning, "clustering": clustering(properties)}
    complete = table.model_copy(update=update)
    if complete != table:
        statement.ctx.catalog.update_table(complete)


def install() -> None:
    """Runs after each CREATE TABLE."""
    statements.after.append(keep_layout)
