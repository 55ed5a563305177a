"""Where patches change statements: before the emulator translates one, and after its catalog took notice.

The emulator's own extension point, `bqemulator.sql.rules.register`, sees the tree only after it became DuckDB's
dialect, where TIMESTAMP_DIFF and DATETIME_DIFF are the same call and WEEK(MONDAY) has lost its day. Both of its
execution paths (single statements and scripts) go through `rewrite_and_translate_statement` and the functions of
`catalog.ddl_sync`: those are wrapped. Nodes are rewritten after the emulator put the text of views in their place.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import sqlglot
from bqemulator.api.dependencies import AppContext
from bqemulator.jobs import executor
from bqemulator.scripting import interpreter
from bqemulator.sql import inner_query
from bqemulator.sql.translator import SQLTranslator
from sqlglot import exp


class Finished(str):
    """A statement in DuckDB's dialect with DuckDB's names of tables, in which stock would rename them again."""


@dataclass
class Statement:
    """One BigQuery statement on its way to DuckDB."""

    sql: str
    project: str
    ctx: AppContext
    tree: exp.Expression | None = None
    #: set by a patch that wrote DuckDB's statement itself, with DuckDB's table names; replaces stock's translation
    duckdb: str | None = None
    #: in `after`: whether IF NOT EXISTS found the table, so that nothing was created
    skipped: bool = False


#: Run before translation, in order. They may set `duckdb`; what they raise fails the job.
before: list[Callable[[Statement], None]] = []

#: Node rewriters of BigQuery's tree: return a new node, or None to leave the node as it is.
rewriters: list[Callable[[exp.Expression], exp.Expression | None]] = []

#: Statements whose result stock shall not register in the catalog; a patch does it in `after`.
skip_registration: list[Callable[[exp.Expression | None], bool]] = []

#: Run after stock registered the result of a CREATE or DROP in the catalog.
after: list[Callable[[Statement], None]] = []


def parsed(sql: str) -> exp.Expression | None:
    """The tree of a BigQuery statement, or None when sqlglot can't parse it (the emulator then reports the error)."""
    try:
        return sqlglot.parse_one(sql, read="bigquery")  # type: ignore[return-value]
    except sqlglot.errors.SqlglotError:
        return None


def target_of(table: exp.Expression | None, project: str) -> tuple[str, str, str] | None:
    """Project, dataset and table of a CREATE's, DROP's or MERGE's target; None when the dataset is not named."""
    if isinstance(table, exp.Schema):
        table = table.this
    if not isinstance(table, exp.Table) or not table.db:
        return None
    return (table.catalog or project, table.db, table.name)


def rewritten(sql: str) -> str:
    """The statement with every node that a rewriter replaces; the same text when there is none."""
    tree = parsed(sql)
    changed = False
    for node in reversed(list(tree.walk())) if tree is not None else []:
        replacement = next(filter(None, (rewrite(node) for rewrite in rewriters)), None)
        if replacement is not None:
            node.replace(replacement)
            changed = True
    return tree.sql("bigquery") if tree is not None and changed else sql


def is_registered(tree: exp.Create, project: str, ctx: AppContext) -> bool:
    """Whether the catalog knows the target. Stock overwrites its entry even when IF NOT EXISTS left the table alone."""
    target = target_of(tree.this, project)
    return target is not None and ctx.catalog.get_table(*target) is not None


def install() -> None:
    """Hooks both execution paths of the emulator."""
    stock_translate = executor.rewrite_and_translate_statement

    async def translate(
        bq_sql: str, *, project_id: str, ctx: AppContext, caller: Any, translator: SQLTranslator
    ) -> str:
        statement = Statement(sql=bq_sql, project=project_id, ctx=ctx, tree=parsed(bq_sql))
        for patch in before:
            patch(statement)
            if statement.duckdb is not None:
                return Finished(statement.duckdb)
        return await stock_translate(
            statement.sql, project_id=project_id, ctx=ctx, caller=caller, translator=translator
        )

    stock_expand = inner_query.rewrite_for_row_access

    def expand(bq_sql: str, **named: Any) -> str:
        return rewritten(stock_expand(bq_sql, **named))

    stock_rename = executor.rewrite_table_refs

    def rename(duckdb_sql: str, project_id: str) -> str:
        return duckdb_sql if isinstance(duckdb_sql, Finished) else stock_rename(duckdb_sql, project_id)

    skipped: ContextVar[bool] = ContextVar("skipped", default=False)
    stock_register = executor.sync_created_table

    def register(bq_sql: str, project_id: str, ctx: AppContext) -> None:
        tree = parsed(bq_sql)
        skipped.set(False)
        if any(skip(tree) for skip in skip_registration):
            return
        if isinstance(tree, exp.Create) and tree.args.get("exists") and is_registered(tree, project_id, ctx):
            skipped.set(True)
            return
        stock_register(bq_sql, project_id, ctx)

    stock_dropped = executor.sync_dropped_object

    # the last of the four catalog functions that both paths call after each statement
    def dropped(bq_sql: str, project_id: str, ctx: AppContext) -> None:
        stock_dropped(bq_sql, project_id, ctx)
        statement = Statement(sql=bq_sql, project=project_id, ctx=ctx, tree=parsed(bq_sql), skipped=skipped.get())
        for patch in after:
            patch(statement)

    inner_query.rewrite_for_row_access = expand
    for module in (executor, interpreter):
        module.rewrite_and_translate_statement = translate
        module.rewrite_table_refs = rename
        module.sync_created_table = register
        module.sync_dropped_object = dropped
