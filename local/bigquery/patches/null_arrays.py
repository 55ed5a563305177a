"""Arrays that are NULL.

Stock: keeps NULL in a table's array column; ARRAY_CONCAT leaves NULL out.
BigQuery: a table's array is never NULL, an empty one takes its place; ARRAY_CONCAT with NULL is NULL.
"""

from __future__ import annotations

from bqemulator.storage.sql_identifiers import quoted_table_ref
from sqlglot import exp
from wrapper import engine, statements


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """ARRAY_CONCAT as DuckDB's operator, by way of a macro: as BigQuery's `||` it would be taken for one of texts."""
    if not isinstance(node, exp.ArrayConcat) or not node.expressions:
        return None
    joined = node.this.copy()
    for each in node.expressions:
        joined = exp.Anonymous(this="mend_array_concat", expressions=[joined, each.copy()])
    return joined


def fill(statement: statements.Statement) -> None:
    """Puts empty arrays in the place of NULL after a change or CREATE TABLE AS."""
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
    """Registers the macro and the rewriter; runs after each statement."""
    engine.on_start.append(lambda duck: duck.execute("CREATE OR REPLACE MACRO mend_array_concat(a, b) AS a || b"))
    statements.rewriters.append(rewrite)
    statements.after.append(fill)
