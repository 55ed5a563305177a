"""GEOGRAPHY in schemas.

Stock: with DuckDB 1.5 a geography column of a result or a table is reported as BYTES (its values are WKT all the same).
BigQuery: type GEOGRAPHY.
"""

from __future__ import annotations

import pyarrow
from bqemulator.catalog import ddl_sync
from bqemulator.catalog.models import TableFieldSchema
from bqemulator.jobs import executor


def is_geography(field: pyarrow.Field) -> bool:
    """Whether DuckDB marked the column, or the elements of the list, as a geometry."""
    kind = field.type
    inner = kind.value_field if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind) else field
    return (inner.metadata or {}).get(b"ARROW:extension:name") == b"geoarrow.wkb"


def install() -> None:
    """Wraps stock's two functions that name a column's type."""
    stock_result = executor._resolve_bq_type
    stock_table = ddl_sync._arrow_field_to_table_field

    def of_result(field: pyarrow.Field, inner_type: pyarrow.DataType) -> str:
        return "GEOGRAPHY" if is_geography(field) else stock_result(field, inner_type)

    def of_table(field: pyarrow.Field, mode_override: str | None = None) -> TableFieldSchema:
        described = stock_table(field, mode_override)
        return described.model_copy(update={"type": "GEOGRAPHY"}) if is_geography(field) else described

    executor._resolve_bq_type = of_result
    ddl_sync._arrow_field_to_table_field = of_table
