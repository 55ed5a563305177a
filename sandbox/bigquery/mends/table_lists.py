"""`dataset.__TABLES__` and INFORMATION_SCHEMA.COLUMN_FIELD_PATHS, which `dbt docs generate` reads.

Stock: knows neither.
BigQuery: a row for each table with its number of rows, and one for each column. Sizes are 0 here; fields of a STRUCT
have no rows of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bqemulator.catalog.models import TableMeta
from bqemulator.sql.rewriter.information_schema import _render_data_type, expand_information_schema
from sqlglot import exp
from wrapper import statements
from wrapper.engine import Engine

from mends import table_changes

_KINDS = {"TABLE": 1, "VIEW": 2, "EXTERNAL": 3}


def literal(value: str | int | None) -> str:
    """A value in BigQuery's SQL."""
    if value is None:
        return "CAST(NULL AS STRING)"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def query_of(columns: str, rows: Iterable[tuple[str | int | None, ...]], empty: tuple[str | int, ...]) -> str:
    """A query that gives these rows; `empty` has a value of each column's type."""
    made = [f"({', '.join(map(literal, row))})" for row in rows]
    without = "" if made else " WHERE FALSE"
    return f"(SELECT * FROM (VALUES {', '.join(made or [str(tuple(empty))])}) AS listed({columns}){without})"


def tables(found: tuple[TableMeta, ...], duck: Engine) -> str:
    """`__TABLES__` without its times."""
    rows = (
        (t.project_id, t.dataset_id, t.table_id, table_changes.rows_of(t, duck), 0, _KINDS.get(t.table_type, 1))
        for t in found
    )
    return query_of("project_id, dataset_id, table_id, row_count, size_bytes, type", rows, ("", "", "", 0, 0, 0))


def field_paths(found: tuple[TableMeta, ...], duck: Engine) -> str:
    """COLUMN_FIELD_PATHS."""
    rows = (
        (t.project_id, t.dataset_id, t.table_id, f.name, f.name, _render_data_type(f), f.description)
        for t in found
        for f in t.schema_.fields
    )
    columns = "table_catalog, table_schema, table_name, column_name, field_path, data_type, description"
    return query_of(columns, rows, ("",) * 7)


_VIEWS: dict[str, Callable[[tuple[TableMeta, ...], Engine], str]] = {
    r"__TABLES__": tables,
    r"INFORMATION_SCHEMA`?\.`?COLUMN_FIELD_PATHS": field_paths,
}


def as_selects(sql: str) -> str:
    """VALUES as a union of SELECTs: sqlglot writes the former as UNNEST of structs, which lose the columns' names."""
    tree = statements.parsed(sql)
    for values in list(tree.find_all(exp.Values)) if tree is not None else []:
        listed = values.parent
        names = [column.name for column in listed.args["alias"].columns]
        selects = [
            exp.select(*(exp.alias_(cell.copy(), name) for name, cell in zip(names, row.expressions, strict=True)))
            for row in values.expressions
        ]
        rows = exp.union(*selects, distinct=False) if len(selects) > 1 else selects[0]
        listed.replace(rows.subquery(listed.alias))
    return tree.sql("bigquery") if tree is not None else sql


def list_tables(statement: statements.Statement) -> None:
    """Puts rows in the place of the views' names; of stock's views too, which it misses in what other mends wrote."""
    if not any(re.search(name, statement.sql) for name in _VIEWS):
        return
    for name, rows_of in _VIEWS.items():

        def rows(match: re.Match[str], rows_of: Callable[[tuple[TableMeta, ...], Engine], str] = rows_of) -> str:
            project = match["project"] or statement.project
            return rows_of(statement.ctx.catalog.list_tables(project, match["dataset"]), statement.ctx.engine)

        place = rf"(?:`?(?P<project>[\w-]+)`?\.)?`?(?P<dataset>\w+)`?\.`?{name}`?"
        statement.sql = re.sub(place, rows, statement.sql)
    expanded = expand_information_schema(statement.sql, statement.project, statement.ctx.catalog)
    statement.sql = as_selects(expanded)


def install() -> None:
    """Runs before each statement."""
    statements.before.append(list_tables)
