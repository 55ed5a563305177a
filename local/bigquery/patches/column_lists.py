"""CREATE TABLE with a list of columns and a query, which dbt writes for a model with a contract.

Stock: DuckDB does not parse it.
BigQuery: the table has the listed types; a column that is NOT NULL refuses a row without a value, then and later.
Here the query's columns are taken by their names, which dbt writes, not by their places.
"""

from __future__ import annotations

from bqemulator.storage.sql_identifiers import quoted_table_ref
from sqlglot import exp
from wrapper import statements


def listed(tree: exp.Expression | None) -> list[exp.ColumnDef]:
    """The columns of a CREATE TABLE that has a query as well; empty for every other statement."""
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema) or tree.expression is None:
        return []
    return [column for column in tree.this.expressions if isinstance(column, exp.ColumnDef)]


def is_required(column: exp.ColumnDef) -> bool:
    """Whether the column is NOT NULL."""
    return any(isinstance(each.kind, exp.NotNullColumnConstraint) for each in column.constraints)


def value_of(column: exp.ColumnDef) -> exp.Expression:
    """The query's column in the listed type; an error for a missing value."""
    value: exp.Expression = exp.cast(exp.column(column.name), column.kind.copy())
    if is_required(column):
        refusal = exp.Literal.string(f"Required field {column.name} cannot be null")
        value = exp.func("coalesce", value, exp.Anonymous(this="error", expressions=[refusal]))
    return exp.alias_(value, column.name)


def take_list(statement: statements.Statement) -> None:
    """Moves the list into the query."""
    columns = listed(statement.tree)
    if not columns:
        return
    tree = statement.tree.copy()  # type: ignore[union-attr]
    query = tree.expression
    query = query.this if isinstance(query, exp.Subquery) else query
    tree.set("expression", exp.select(*map(value_of, columns)).from_(query.subquery("listed")))
    tree.set("this", tree.this.this)
    statement.sql = tree.sql("bigquery")


def require_values(statement: statements.Statement) -> None:
    """Keeps NOT NULL in the table and shows it in its schema."""
    required = {column.name for column in listed(statement.tree) if is_required(column)}
    target = statements.target_of(statement.tree.this, statement.project) if required else None  # type: ignore[union-attr]
    table = statement.ctx.catalog.get_table(*target) if target else None
    if table is None or statement.skipped:
        return
    for name in sorted(required):
        reference = quoted_table_ref(*target)  # type: ignore[misc]
        statement.ctx.engine.execute(f'ALTER TABLE {reference} ALTER COLUMN "{name}" SET NOT NULL')
    fields = tuple(
        field.model_copy(update={"mode": "REQUIRED"}) if field.name in required else field
        for field in table.schema_.fields
    )
    schema = table.schema_.model_copy(update={"fields": fields})
    statement.ctx.catalog.update_table(table.model_copy(update={"schema_": schema}))


def install() -> None:
    """Runs before and after each CREATE TABLE."""
    statements.before.append(take_list)
    statements.after.append(require_values)
