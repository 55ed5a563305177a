"""Arrays that are NULL.

Stock: keeps NULL in a table's array column.
BigQuery: a table's array is never NULL; an empty one is stored instead.
"""

from __future__ import annotations

from bqemulator.storage.sql_identifiers import quoted_table_ref
from sqlglot import exp
from wrapper import statements


def fill(statement: statements.Statement) -> None:
    """Replaces NULL by empty arrays after a change or CREATE TABLE AS."""
    tree = statement.tree
    if not isinstance(tree, (exp.Insert, exp.Update, exp.Merge)) and not (
        isinstance(tree, exp.Create) and tree.expression is not None and (tree.kind or "").upper() == "TABLE"
    ):
        return
    target = statements.target_of(tree.this, statement.project)
    table = statement.ctx.catalog.get_table(*target) if target else None
    if table is None or statement.skipped:
        return
    for field in table.schema_.fields:
        if field.mode == "REPEATED":
            name = exp.to_identifier(field.name, quoted=True).sql("duckdb")
            reference = quoted_table_ref(*target)  # type: ignore[misc]
            statement.ctx.engine.execute(f"UPDATE {reference} SET {name} = [] WHERE {name} IS NULL")


def install() -> None:
    """Runs after each statement."""
    statements.after.append(fill)
