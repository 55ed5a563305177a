"""When a table expires, as DDL says it.

Stock: drops the option expiration_timestamp.
BigQuery: deletes the table at that time, and shows it in INFORMATION_SCHEMA.TABLE_OPTIONS. Here it is shown; nothing is
deleted.
"""

from __future__ import annotations

from datetime import UTC

from sqlglot import exp
from wrapper import statements


def keep_expiration(statement: statements.Statement) -> None:
    """Completes the catalog's entry after a CREATE."""
    tree = statement.tree
    properties = tree.args.get("properties") if isinstance(tree, exp.Create) else None
    target = statements.target_of(tree.this, statement.project) if properties is not None else None  # type: ignore[union-attr]
    table = statement.ctx.catalog.get_table(*target) if target else None
    if table is None or statement.skipped:
        return
    options = {item.name.lower(): item.args.get("value") for item in properties.find_all(exp.Property)}  # type: ignore[union-attr]
    value = options.get("expiration_timestamp")
    if value is None:
        return
    at = statement.ctx.engine.execute(f"SELECT {value.sql('duckdb')}").fetchone()[0]
    update = {"expiration_time": at.astimezone(UTC)}
    statement.ctx.catalog.update_table(table.model_copy(update=update))


def install() -> None:
    """Runs after each CREATE."""
    statements.after.append(keep_expiration)
