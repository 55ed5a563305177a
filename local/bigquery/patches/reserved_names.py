"""Columns with names that mean something to DuckDB alone, such as `at`.

Stock: hands them on without quotes, a syntax error.
BigQuery: has fewer reserved words.
"""

from __future__ import annotations

import duckdb
from sqlglot.dialects.duckdb import DuckDB


def install() -> None:
    """Makes sqlglot quote each word that DuckDB reserves."""
    words = duckdb.sql(
        "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    ).fetchall()
    DuckDB.Generator.RESERVED_KEYWORDS = {*DuckDB.Generator.RESERVED_KEYWORDS, *(word for (word,) in words)}
