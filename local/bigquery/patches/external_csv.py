"""Translates the options of an external CSV table into DuckDB's read_csv."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bqemulator.domain.errors import InvalidQueryError, NotFoundError
from sqlglot import exp
from wrapper.engine import Engine, quoted

from patches import csv_files

#: Column types that a CSV can hold, with DuckDB's name.
_TYPES = {
    "STRING": "VARCHAR",
    "INT64": "BIGINT",
    "FLOAT64": "DOUBLE",
    "BOOL": "BOOLEAN",
    "NUMERIC": "DECIMAL(38, 9)",
    "DATE": "DATE",
    "TIME": "TIME",
    "DATETIME": "TIMESTAMP",
    "TIMESTAMP": "TIMESTAMPTZ",
}
_REST_NAMES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}

#: Options with their defaults; any other is refused rather than ignored.
_DEFAULTS: dict[str, Any] = {
    "format": None,
    "uris": None,
    "skip_leading_rows": 0,
    "allow_jagged_rows": False,
    "allow_quoted_newlines": False,
    "ignore_unknown_values": False,
    "field_delimiter": ",",
    "quote": '"',
    "null_marker": "",
    "encoding": "UTF-8",
    "max_bad_records": 0,
    "preserve_ascii_control_characters": False,
    "description": None,
    # kept by patches/table_expiration.py
    "expiration_timestamp": None,
}


@dataclass
class Source:
    """How to read an external table."""

    #: DuckDB's SELECT over the files
    select: str
    #: names with REST type names
    columns: list[tuple[str, str]]
    options: dict[str, Any]
    #: externalDataConfiguration of the REST API
    configuration: dict[str, Any]


def options_of(tree: exp.Create) -> dict[str, Any]:
    """The statement's OPTIONS over the defaults; InvalidQueryError for one that is unknown or not emulated."""
    found = dict(_DEFAULTS)
    for item in tree.args["properties"].expressions:
        if isinstance(item, exp.FileFormatProperty):
            found["format"] = item.name
        elif isinstance(item, exp.Property) and not isinstance(item, exp.ExternalProperty) and item.args.get("value"):
            key, value = item.name.lower(), item.args["value"]
            if key not in _DEFAULTS:
                raise InvalidQueryError(f"CREATE EXTERNAL TABLE: option '{key}' is not emulated; leave it out")
            if key != "expiration_timestamp":
                found[key] = literal(key, value)
    if str(found["format"]).upper() != "CSV":
        raise InvalidQueryError(f"CREATE EXTERNAL TABLE: format '{found['format']}' is not emulated; use CSV")
    if not found["uris"]:
        raise InvalidQueryError("CREATE EXTERNAL TABLE: option 'uris' must name at least one gs:// address")
    if found["max_bad_records"] != 0:
        raise InvalidQueryError("CREATE EXTERNAL TABLE: option 'max_bad_records' is emulated as 0 alone")
    if str(found["encoding"]).upper() not in ("UTF-8", "UTF8"):
        raise InvalidQueryError(f"CREATE EXTERNAL TABLE: encoding '{found['encoding']}' is not emulated; use UTF-8")
    return found


def literal(key: str, value: exp.Expression) -> Any:
    """The Python value of an option."""
    if isinstance(value, exp.Array):
        return [literal(key, item) for item in value.expressions]
    if isinstance(value, exp.Boolean):
        return bool(value.this)
    if isinstance(value, exp.Literal):
        # sqlglot leaves \\x01 as it is written
        if key == "field_delimiter":
            return value.name.encode().decode("unicode_escape")
        return value.name if value.is_string else int(value.name)
    raise InvalidQueryError(f"CREATE EXTERNAL TABLE: option '{key}' must be a literal, not {value.sql('bigquery')}")


def object_path(uri: str) -> str:
    """bucket/object of a gs:// address; InvalidQueryError for any other."""
    path = uri.removeprefix("gs://")
    if path == uri or "/" not in path or ".." in path.split("/"):
        raise InvalidQueryError(f"CREATE EXTERNAL TABLE: '{uri}' isn't a gs://bucket/object address")
    return path


def source_of(tree: exp.Create, engine: Engine) -> Source:
    """Reads the statement; NotFoundError for an address without a file."""
    options = options_of(tree)
    paths = [object_path(uri) for uri in options["uris"]]
    for uri, path in zip(options["uris"], paths, strict=True):
        if not any(engine.storage_root.glob(csv_files.pattern_of(path))):
            raise NotFoundError(f"Not found: URI {uri}")
    if not isinstance(tree.this, exp.Schema):
        raise InvalidQueryError("CREATE EXTERNAL TABLE: name the columns; finding them in the files is not emulated")
    columns = [(column.name, bigquery_type(column)) for column in tree.this.expressions]
    select = ", ".join(f'CAST("{name}" AS {_TYPES[kind]}) AS "{name}"' for name, kind in columns)
    rest = [(name, _REST_NAMES.get(kind, kind)) for name, kind in columns]
    return Source(f"SELECT {select} FROM {reader(paths, options, columns)}", rest, options, configuration(options))


def bigquery_type(column: exp.ColumnDef) -> str:
    """BigQuery's name of a declared column's type; InvalidQueryError when a CSV can't hold it."""
    name = column.args["kind"].sql("bigquery").upper() if column.args.get("kind") else ""
    if name not in _TYPES:
        raise InvalidQueryError(
            f"CREATE EXTERNAL TABLE: column '{column.name}': type {name} is not emulated in CSV files"
        )
    return name


def files(paths: list[str], options: dict[str, Any]) -> str:
    """What patches/csv_files.py needs to know, as an argument of its functions."""
    return quoted(
        json.dumps(
            {
                "paths": paths,
                "quote": options["quote"],
                "delimiter": options["field_delimiter"],
                "controls": options["preserve_ascii_control_characters"],
            }
        )
    )


def reader(paths: list[str], options: dict[str, Any], columns: list[tuple[str, str]]) -> str:
    """The read_csv call for given columns."""
    jagged, newlines = options["allow_jagged_rows"], options["allow_quoted_newlines"]
    source = files(paths, options)
    arguments = [
        "auto_detect = false",
        "header = false",
        f"skip = {options['skip_leading_rows']}",
        f"delim = {quoted(options['field_delimiter'])}",
        f"quote = {quoted(options['quote'])}",
        f"escape = {quoted(options['quote'])}",
        # an empty text in quotes is a text, without quotes it is NULL
        f"nullstr = {quoted(options['null_marker'])}",
        "allow_quoted_nulls = false",
        f"null_padding = {str(jagged).lower()}",
        f"strict_mode = {str(not options['ignore_unknown_values']).lower()}",
        # DuckDB refuses quoted newlines in its parallel scan when short rows are padded
        f"parallel = {str(not (jagged and newlines)).lower()}",
        f"max_line_size = patched_csv_line({source})",
        f"buffer_size = patched_csv_buffer({source})",
        "columns = {" + ", ".join(f"{quoted(name)}: {quoted(_TYPES[kind])}" for name, kind in columns) + "}",
    ]
    return f"read_csv(patched_csv_files({source}), {', '.join(arguments)})"


def configuration(options: dict[str, Any]) -> dict[str, Any]:
    """The options as the REST API shows them."""
    return {
        "sourceUris": options["uris"],
        "sourceFormat": "CSV",
        "maxBadRecords": options["max_bad_records"],
        "ignoreUnknownValues": options["ignore_unknown_values"],
        "csvOptions": {
            "fieldDelimiter": options["field_delimiter"],
            "skipLeadingRows": str(options["skip_leading_rows"]),
            "quote": options["quote"],
            "allowQuotedNewlines": options["allow_quoted_newlines"],
            "allowJaggedRows": options["allow_jagged_rows"],
            "preserveAsciiControlCharacters": options["preserve_ascii_control_characters"],
            "encoding": options["encoding"],
        },
    }
