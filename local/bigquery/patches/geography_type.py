"""GEOGRAPHY in schemas and results.

Stock: with DuckDB 1.5 a geography column of a result or a table is reported as BYTES; its values are WKT with a space
before each bracket, written by a connection that all threads share and that fetches its extension from the network.
BigQuery: type GEOGRAPHY, `POINT(1 2)`.
"""

from __future__ import annotations

import functools
import re

import duckdb
import pyarrow
from bqemulator.catalog import ddl_sync
from bqemulator.catalog.models import TableFieldSchema
from bqemulator.jobs import executor
from bqemulator.storage import arrow_bridge
from wrapper import engine


def is_geography(field: pyarrow.Field) -> bool:
    """Whether DuckDB marked the column, or the elements of the list, as a geometry."""
    kind = field.type
    inner = kind.value_field if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind) else field
    return (inner.metadata or {}).get(b"ARROW:extension:name") == b"geoarrow.wkb"


@functools.cache
def converter() -> duckdb.DuckDBPyConnection:
    """An empty database that knows shapes; each use takes a cursor of its own."""
    connection = duckdb.connect()
    engine.load_spatial(connection)
    return connection


def text_of(shape: bytes) -> str:
    """WKT as BigQuery writes it, from WKB."""
    with converter().cursor() as cursor:
        row = cursor.execute("SELECT ST_AsText(ST_GeomFromWKB(?::BLOB))", [bytes(shape)]).fetchone()
    return re.sub(r"(?<=[A-Z]) (?=\()", "", row[0])  # type: ignore[index]


def install() -> None:
    """Wraps stock's two functions that name a column's type and replaces the one that writes its values."""
    stock_result = executor._resolve_bq_type
    stock_table = ddl_sync._arrow_field_to_table_field

    def of_result(field: pyarrow.Field, inner_type: pyarrow.DataType) -> str:
        return "GEOGRAPHY" if is_geography(field) else stock_result(field, inner_type)

    def of_table(field: pyarrow.Field, mode_override: str | None = None) -> TableFieldSchema:
        described = stock_table(field, mode_override)
        return described.model_copy(update={"type": "GEOGRAPHY"}) if is_geography(field) else described

    arrow_bridge.wkb_to_wkt = text_of
    executor._resolve_bq_type = of_result
    ddl_sync._arrow_field_to_table_field = of_table
