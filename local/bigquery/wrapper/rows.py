"""Rows of results as the REST API writes them, column by column where a column is texts or whole numbers.

The emulator looks at the type of every single value: 10,000 rows of four columns take it 0.2 s.
"""

from __future__ import annotations

import sys
from typing import Any

import pyarrow
from bqemulator.storage import arrow_bridge

_stock = arrow_bridge.arrow_table_to_bq_rows


def simple(field: pyarrow.Field) -> bool:
    """Whether the column holds texts or whole numbers and nothing that is only stored as such."""
    kind = (field.metadata or {}).get(b"bqemu.duckdb_type")
    return (kind == b"VARCHAR" and pyarrow.types.is_string(field.type)) or (
        kind == b"BIGINT" and pyarrow.types.is_int64(field.type)
    )


def column(values: pyarrow.ChunkedArray, field: pyarrow.Field) -> list[Any]:
    """The column's values on the wire."""
    if not simple(field):
        return [arrow_bridge._format_bq_value(value, field.type, field=field) for value in values.to_pylist()]
    return (values.cast(pyarrow.string()) if pyarrow.types.is_int64(field.type) else values).to_pylist()


def rows_of(table: pyarrow.Table, offset: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
    """Stock's function of the same arguments."""
    if table.num_rows == 0 or table.num_columns == 0:
        return []
    part = table.slice(offset, limit)
    columns = [column(part.column(i), part.schema.field(i)) for i in range(part.num_columns)]
    return [{"f": [{"v": value} for value in row]} for row in zip(*columns, strict=True)]


def install() -> None:
    """Replaces stock's function wherever it was imported."""
    for module in list(sys.modules.values()):
        if getattr(module, "arrow_table_to_bq_rows", None) is _stock:
            module.arrow_table_to_bq_rows = rows_of  # type: ignore[attr-defined]
