"""MERGE with several source rows for one target row.

Stock: updates the target row with any of them.
BigQuery: refuses: "UPDATE/MERGE must match at most one source row for each target row". Only source rows that fulfil
the condition of a WHEN MATCHED clause count.
"""

from __future__ import annotations

from typing import Any

import duckdb
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.jobs import error_mapper, executor
from bqemulator.sql.table_rewriter import rewrite_table_refs
from sqlglot import exp
from wrapper import statements


def matched_condition(merge: exp.Merge) -> exp.Expression | None:
    """The condition under which a matched source row changes the target; None when no clause can."""
    conditions: list[exp.Expression] = []
    for when in merge.args["whens"].expressions:
        if not when.args.get("matched"):
            continue
        if when.args.get("condition") is None:
            return exp.true()
        conditions.append(exp.paren(when.args["condition"].copy()))
    return exp.or_(*conditions) if conditions else None


def doubles_query(merge: exp.Merge) -> exp.Expression | None:
    """A BigQuery query (but for rowid) with a row when a target row has several source rows."""
    condition = matched_condition(merge)
    on = merge.args["on"]
    if condition is None or (isinstance(on, exp.Boolean) and not on.this):
        return None
    target = merge.this.copy()
    rowid = exp.column("rowid", table=target.alias_or_name)
    return (
        exp.select("1")
        .from_(target)
        .join(merge.args["using"].copy(), on=on.copy())
        .where(condition)
        .group_by(rowid)
        .having("count(*) > 1")
        .limit(1)
    )


def refuse_doubles(statement: statements.Statement) -> None:
    """Looks for doubles before the MERGE runs; jobs run one at a time, so nothing changes in between."""
    if not isinstance(statement.tree, exp.Merge):
        return
    query: Any = doubles_query(statement.tree)
    if query is None:
        return
    translated = executor._translator.translate(statements.rewritten(query.sql("bigquery")))
    query_of_doubles = rewrite_table_refs(translated.unwrap(), statement.project)
    try:
        doubles = statement.ctx.engine.fetch_arrow(query_of_doubles)
    except duckdb.Error as error:
        raise error_mapper.translate_runtime_error(error, duckdb_sql=query_of_doubles) from error
    if doubles.num_rows:
        raise InvalidQueryError("UPDATE/MERGE must match at most one source row for each target row")


def install() -> None:
    """Runs before each MERGE."""
    statements.before.append(refuse_doubles)
