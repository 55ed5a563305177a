"""Translates the options of an external CSV table into DuckDB's read_csv."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bqemulator.domain.errors import InvalidQueryError, NotFoundError
from sqlglot import exp
from wrapper.engine import Engine, quoted

from patches import csv_files

#: Options with their defaults; any other is refused rather than ignored.
_DEFAULTS: dict[str, Any] = {
    "format": None,
    "uris": None,
    "skip_leading_rows": 0,
    "allow_quoted_newlines": False,
    "ignore_unknown_values": False,
    "field_delimiter": ",",
    "quote": '"',
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
    #: names of the columns, which are of type STRING
    columns: list[str]
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
    columns = [text_column(column) for column in tree.this.expressions]
    return Source(f"SELECT * FROM {reader(paths, options, columns)}", columns, options, configuration(options))


def text_column(column: exp.ColumnDef) -> str:
    """The column's name; InvalidQueryError unless it is a STRING."""
    kind = column.args["kind"].sql("bigquery").upper() if column.args.get("kind") else ""
    if kind != "STRING":
        raise InvalidQueryError(
            f"CREATE EXTERNAL TABLE: column '{column.name}': type {kind} is not emulated; use STRING"
        )
    return column.name


def files(paths: list[str], options: dict[str, Any]) -> str:
    """What patches/csv_files.py needs to know, as an argument of its functions."""
    return quoted(
        json.dumps(
            {
                "paths": paths,
                "quote": options["quote"],
                "controls": options["preserve_ascii_control_characters"],
            }
        )
    )


def reader(paths: list[str], options: dict[str, Any], columns: list[str]) -> str:
    """The read_csv call for given columns."""
    source = files(paths, options)
    arguments = [
        "auto_detect = false",
        "header = false",
        f"skip = {options['skip_leading_rows']}",
        f"delim = {quoted(options['field_delimiter'])}",
        f"quote = {quoted(options['quote'])}",
        f"escape = {quoted(options['quote'])}",
        # an empty text in quotes is a text, without quotes it is NULL
        "nullstr = ''",
        "allow_quoted_nulls = false",
        f"strict_mode = {str(not options['ignore_unknown_values']).lower()}",
        f"max_line_size = patched_csv_line({source})",
        f"buffer_size = patched_csv_buffer({source})",
        "columns = {" + ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in columns) + "}",
    ]
    return f"read_csv(patched_csv_files({source}), {', '.join(arguments)})"


def configuration(options: dict[str, Any]) -> dict[str, Any]:
    """The options as the REST API shows them."""
    return {
        "sourceUris": options["uris"],
        "sourceFormat": "CSV",
        "ignoreUnknownValues": options["ignore_unknown_values"],
        "csvOptions": {
            "fieldDelimiter": options["field_delimiter"],
            "skipLeadingRows": str(options["skip_leading_rows"]),
            "quote": options["quote"],
            "allowQuotedNewlines": options["allow_quoted_newlines"],
            "preserveAsciiControlCharacters": options["preserve_ascii_control_characters"],
        },
    }
