"""External tables over CSV files in Cloud Storage.

Stock: accepts CREATE EXTERNAL TABLE, drops its options and makes an empty table.
BigQuery: each query reads the files as they are then. Here the table is a DuckDB view over the emulated bucket's files.
A file that is missing is reported at creation too, where BigQuery waits for the first query when columns are given.
"""

from __future__ import annotations

from bqemulator.catalog.etag import generate_etag
from bqemulator.catalog.models import TableFieldSchema, TableMeta, TableSchema
from bqemulator.domain.errors import InvalidQueryError, NotFoundError
from bqemulator.jobs import executor
from bqemulator.storage.sql_identifiers import quoted_table_ref
from sqlglot import exp
from wrapper import engine, statements

from patches import csv_files, external_csv, external_store


def is_external(tree: exp.Expression | None) -> bool:
    """Whether the statement is CREATE EXTERNAL TABLE."""
    return isinstance(tree, exp.Create) and tree.find(exp.ExternalProperty) is not None


def create(statement: statements.Statement) -> None:
    """Writes DuckDB's CREATE VIEW for CREATE EXTERNAL TABLE."""
    tree = statement.tree
    csv_files.creating.set(is_external(tree))
    if not isinstance(tree, exp.Create) or not is_external(tree):
        return
    target = statements.target_of(tree.this, statement.project)
    if target is None:
        raise InvalidQueryError("CREATE EXTERNAL TABLE: name the dataset of the table: dataset.table")
    ctx = statement.ctx
    if ctx.catalog.get_dataset(*target[:2]) is None:
        raise NotFoundError(f"Not found: Dataset {target[0]}:{target[1]} was not found in location US")
    if not tree.args.get("replace"):
        raise InvalidQueryError("CREATE EXTERNAL TABLE is only emulated with OR REPLACE")
    source = external_csv.source_of(tree, ctx.engine)
    present = ctx.catalog.get_table(*target)
    if present is not None:
        kind = "VIEW" if present.table_type in ("VIEW", "EXTERNAL") else "TABLE"
        # in the transaction of the statement that takes its place
        engine.run_before_next(f"DROP {kind} IF EXISTS {quoted_table_ref(*target)}")
    statement.duckdb = f"CREATE VIEW {quoted_table_ref(*target)} AS {source.select}"


def dropped(statement: statements.Statement) -> None:
    """DROP TABLE of an external table, which DuckDB needs dropped as a view."""
    tree = statement.tree
    if not isinstance(tree, exp.Drop) or (tree.args.get("kind") or "").upper() != "TABLE":
        return
    target = statements.target_of(tree.this, statement.project)
    present = statement.ctx.catalog.get_table(*target) if target else None
    if target is not None and present is not None and present.table_type == "EXTERNAL":
        statement.duckdb = f"DROP VIEW {quoted_table_ref(*target)}"


def register(statement: statements.Statement) -> None:
    """Keeps the catalog and the stored options in step with what was created, replaced or dropped."""
    ctx, tree = statement.ctx, statement.tree
    if not isinstance(tree, (exp.Create, exp.Drop)):
        return
    target = statements.target_of(tree.this, statement.project)
    if target is None:
        return
    if not is_external(tree):
        external_store.forget(ctx.engine, target)
        return
    source = external_csv.source_of(tree, ctx.engine)
    now = ctx.clock.now()
    table = TableMeta(
        project_id=target[0],
        dataset_id=target[1],
        table_id=target[2],
        table_type="EXTERNAL",
        schema=TableSchema(fields=tuple(TableFieldSchema(name=name, type="STRING") for name in source.columns)),
        description=source.options.get("description"),
        creation_time=now,
        last_modified_time=now,
        etag=generate_etag(*target, str(now)),
    )
    if ctx.catalog.get_table(*target) is None:
        ctx.catalog.create_table(table)
    else:
        ctx.catalog.update_table(table)
    external_store.keep(ctx.engine, target, source.configuration)


def install() -> None:
    """Hooks creation and removal; stock's own registration is skipped for external tables."""
    statements.before.extend([create, dropped])
    statements.after.append(register)
    statements.skip_registration.append(is_external)
    engine.on_start.extend([csv_files.register, external_store.create])
    stock_classify = executor._classify_create

    def classify(tree: exp.Create) -> str:
        return "CREATE_EXTERNAL_TABLE" if is_external(tree) else stock_classify(tree)

    executor._classify_create = classify
    executor._EMPTY_RESULT_DDL_STATEMENTS |= {"CREATE_EXTERNAL_TABLE"}
