"""`dataset.__TABLES__` and INFORMATION_SCHEMA, which dbt reads.

Stock: knows neither `__TABLES__` nor COLUMN_FIELD_PATHS; writes all rows of a view into the statement, which it then
parses some twenty times: 12 s for the columns of 40 tables. A column of nothing but NULL is INT64.
BigQuery: a row for each table with its number of rows, and one for each column. Sizes are 0 here; fields of a STRUCT
have no rows of their own. Rows go into a temporary table, in views still into the statement.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

import sqlglot
from bqemulator.catalog.models import TableMeta
from bqemulator.sql.rewriter import information_schema
from sqlglot import exp
from wrapper import engine, statements
from wrapper.engine import Engine

from patches import table_changes

_KINDS = {"TABLE": 1, "VIEW": 2, "EXTERNAL": 3}
_ROWS = re.compile(r"\(SELECT \* FROM \(VALUES (?P<rows>.*)\) AS v\([\w, ]*\)\)", re.DOTALL)
#: Stock's functions that write a view's rows, by what follows in the name; each has one without rows.
_STOCK = ("tables", "columns", "table_options", "views", "partitions", "schemata", "rap")

_numbers = itertools.count()
#: The session's engine, unless rows must go into the statement.
_engine: ContextVar[Engine | None] = ContextVar("engine", default=None)


@functools.cache
def in_duckdb(query: str) -> str:
    """A query of literals in DuckDB's SQL."""
    return sqlglot.transpile(query, read="bigquery", write="duckdb")[0]


def kept(duck: Engine, empty: str, rows: str) -> str:
    """Puts rows, in DuckDB's SQL, into a temporary table with the columns of a query without rows; a query of them."""
    name = f"patched_listed_{next(_numbers)}"
    duck.execute(f"CREATE TEMP TABLE {name} AS {in_duckdb(empty)}")
    duck.execute(f"INSERT INTO {name} VALUES {rows}")
    return f"(SELECT * FROM {name})"


def literal(value: str | int | None) -> str:
    """A value in BigQuery's SQL."""
    if value is None:
        return "CAST(NULL AS STRING)"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def in_duckdb_literal(value: str | int | None) -> str:
    """A value in DuckDB's SQL."""
    return "NULL" if value is None else str(value) if isinstance(value, int) else engine.quoted(value)


def query_of(columns: str, rows: Iterable[tuple[str | int | None, ...]], empty: tuple[str | int, ...]) -> str:
    """A query that gives these rows; `empty` has a value of each column's type."""
    names = columns.split(", ")
    duck = _engine.get()
    found = list(rows)
    if duck is not None:
        typed = ", ".join(f"{literal(value)} AS {name}" for value, name in zip(empty, names, strict=True))
        none = f"(SELECT {typed} LIMIT 0)"
        lines = ", ".join(f"({', '.join(map(in_duckdb_literal, row))})" for row in found)
        return kept(duck, none, lines) if found else none
    made = [f"({', '.join(map(literal, row))})" for row in found]
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
        (t.project_id, t.dataset_id, t.table_id, f.name, f.name, information_schema._render_data_type(f), f.description)
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
    """Replaces the views' names by rows; stock's views too, which it misses in rewritten statements."""
    in_view = isinstance(statement.tree, exp.Create) and (statement.tree.kind or "").upper() == "VIEW"
    _engine.set(None if in_view else statement.ctx.engine)
    if not any(re.search(name, statement.sql) for name in _VIEWS):
        return
    for name, rows_of in _VIEWS.items():

        def rows(match: re.Match[str], rows_of: Callable[[tuple[TableMeta, ...], Engine], str] = rows_of) -> str:
            project = match["project"] or statement.project
            return rows_of(statement.ctx.catalog.list_tables(project, match["dataset"]), statement.ctx.engine)

        place = rf"(?:`?(?P<project>[\w-]+)`?\.)?`?(?P<dataset>\w+)`?\.`?{name}`?"
        statement.sql = re.sub(place, rows, statement.sql)
    expanded = information_schema.expand_information_schema(statement.sql, statement.project, statement.ctx.catalog)
    statement.sql = as_selects(expanded) if "(VALUES " in expanded else expanded


def keep_rows(view: str) -> None:
    """Wraps stock's function that writes the rows of a view."""
    stock_rows = getattr(information_schema, f"_{view}_as_values")
    without = getattr(information_schema, f"_empty_{view}_values_subquery")

    def rows(*arguments: Any) -> str:
        text = stock_rows(*arguments)
        match = _ROWS.fullmatch(text)
        duck = _engine.get()
        return kept(duck, without(), match["rows"]) if duck is not None and match is not None else text

    setattr(information_schema, f"_{view}_as_values", rows)


def install() -> None:
    """Runs before each statement."""
    for view in _STOCK:
        keep_rows(view)
    statements.before.append(list_tables)
