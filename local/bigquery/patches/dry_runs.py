"""Dry runs.

Stock: runs every statement that it doesn't know to change something: scripts, EXECUTE IMMEDIATE, row access policies.
Runs queries to their end. Knows no type of UNION ALL and of a query in parentheses.
BigQuery: runs nothing, and says the type of each statement.
"""

from __future__ import annotations

from typing import Any

from bqemulator.api.routes import jobs as routes
from bqemulator.jobs import executor
from sqlglot import exp
from wrapper.statements import parsed


def type_of(sql: str, stock_type: str) -> str:
    """The statement's type; empty for a text that isn't SQL, which stock refuses without running it."""
    script = executor._parse_script_or_raise(sql)
    if len(script.statements) > 1:
        return "SCRIPT"
    if stock_type:
        return stock_type
    if not isinstance(script.statements[0], executor.SqlStmt):
        return "SCRIPT"
    tree = parsed(sql)
    if isinstance(tree, exp.Query):
        return "SELECT"
    if isinstance(tree, exp.Command):
        return str(tree.this).upper()
    return tree.key.upper() if tree else ""


class NotRun:
    """The types of the statements that a dry run doesn't run: all but queries, whose columns it names."""

    def __contains__(self, statement_type: str) -> bool:
        return statement_type not in ("SELECT", "")


def install() -> None:
    """Replaces what stock's dry run decides by, and the query that it runs for the names of the columns."""
    stock_classify, stock_respond = routes.classify_statement_type, routes._dry_run_response

    async def respond(*, bq_sql: str, **named: Any) -> dict[str, Any]:
        tree = parsed(bq_sql)
        sql = tree.limit(0).sql("bigquery") if isinstance(tree, exp.Query) else bq_sql
        return await stock_respond(bq_sql=sql, **named)

    types: Any = NotRun()
    routes.classify_statement_type = lambda sql: type_of(sql, stock_classify(sql))
    routes._DESTRUCTIVE_STATEMENT_TYPES = types
    routes._dry_run_response = respond
