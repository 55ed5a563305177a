"""Statements of scripts: ASSERT, RAISE, RETURN, EXECUTE IMMEDIATE, SET of several variables; two system variables.

Stock: doesn't know ASSERT, @@error.message and @@row_count; RAISE and RETURN outside of a block end in "An internal
error occurred"; RAISE in a handler loses the message; a table that EXECUTE IMMEDIATE creates is missing in the catalog;
SET (a, b) = (SELECT AS STRUCT …) counts one value.
BigQuery: ASSERT fails with "Assertion failed: " and its description when the condition isn't true, NULL included; RAISE
fails with its message, or with the caught one; RETURN ends the script.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.jobs import executor
from bqemulator.scripting.ast import ExecuteImmediateStmt, RaiseStmt
from bqemulator.scripting.exceptions import ReturnSignal, ScriptRaise
from bqemulator.scripting.interpreter import ScriptInterpreter
from sqlglot import exp
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType
from wrapper import statements

_ASSERT = re.compile(r"\s*(?:(?:--|#)[^\n]*\n\s*|/\*.*?\*/\s*)*ASSERT\b", re.IGNORECASE | re.DOTALL)
# a text, a quoted name or a comment is skipped as a whole
_VARIABLE = re.compile(
    r"'''.*?'''|\"\"\".*?\"\"\"|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|#[^\n]*|/\*.*?\*/"
    r"|@@(?P<name>error\.message|row_count)\b",
    re.IGNORECASE | re.DOTALL,
)
_UNNAMED = "Assertion failed"


def as_select(sql: str) -> str:
    """A query that fails like the ASSERT; any other statement as it is."""
    match = _ASSERT.match(sql)
    if match is None:
        return sql
    text = sql[match.end() :].rstrip().rstrip(";")
    try:
        tokens = BigQuery().tokenize(text)
    except SqlglotError:
        return sql
    message = _UNNAMED
    if len(tokens) > 2 and tokens[-2].token_type == TokenType.ALIAS and tokens[-1].token_type == TokenType.STRING:
        message = f"{_UNNAMED}: {tokens[-1].text}"
        text = text[: tokens[-2].start]
    error = exp.Anonymous(this="ERROR", expressions=[exp.Literal.string(message)]).sql("bigquery")
    return f"SELECT IF(\n{text}\n, TRUE, {error}) AS asserted"


def with_variables(script: ScriptInterpreter, sql: str) -> str:
    """The statement with values in place of the system variables."""

    def value_of(match: re.Match[str]) -> str:
        name = (match["name"] or "").lower()
        if name == "row_count":
            return str(getattr(script, "row_count", "CAST(NULL AS INT64)"))
        return "__error_message__" if name else match[0]

    return _VARIABLE.sub(value_of, sql) if "@@" in sql else sql


def keep_row_count(script: ScriptInterpreter, sql: str, result: pyarrow.Table) -> None:
    """Notes how many rows a change touched."""
    if result.column_names == ["Count"] and executor._is_dml(statements.parsed(sql)):
        script.row_count = result.column(0)[0].as_py()  # type: ignore[attr-defined]


async def raise_error(script: ScriptInterpreter, statement: RaiseStmt) -> None:
    """RAISE USING MESSAGE, and RAISE alone, which hands on the caught error."""
    expression = statement.message_expr
    caught = script._frames.all_visible().get("__error_message__")
    if expression is None and caught is None:
        raise InvalidQueryError("Cannot re-raise an exception outside of an exception handler")
    message = await script._eval_expr_scalar(expression) if expression is not None else caught.value  # type: ignore[union-attr]
    if message is None:
        raise InvalidQueryError("RAISE: the message must not be NULL")
    raise ScriptRaise(InvalidQueryError(str(message)), message_override=str(message))


def register_assert() -> None:
    """Gives ASSERT its type and no result, as a statement of its own."""
    stock_classify = executor.classify_statement_type

    def classify(sql: str) -> str:
        return "ASSERT" if _ASSERT.match(sql) else stock_classify(sql)

    executor.classify_statement_type = classify
    executor._EMPTY_RESULT_DDL_STATEMENTS |= {"ASSERT"}

    def rewrite(statement: statements.Statement) -> None:
        statement.sql = as_select(statement.sql)

    statements.before.insert(0, rewrite)


def install() -> None:
    """Wraps stock's functions."""
    register_assert()
    stock_query = ScriptInterpreter._run_query
    stock_row = ScriptInterpreter._eval_expr_row
    stock_execute = ScriptInterpreter._exec_execute_immediate
    stock_script = executor._run_script

    async def run_query(script: ScriptInterpreter, sql: str) -> pyarrow.Table:
        result = await stock_query(script, with_variables(script, as_select(sql)))
        keep_row_count(script, sql, result)
        return result

    async def row(script: ScriptInterpreter, expression: str) -> list[Any]:
        values = await stock_row(script, expression)
        return list(values[0].values()) if len(values) == 1 and isinstance(values[0], dict) else values

    async def execute(script: ScriptInterpreter, statement: ExecuteImmediateStmt) -> None:
        if statement.using_exprs or statement.into_names:
            await stock_execute(script, statement)
            return
        sql = await script._eval_expr_scalar(statement.sql_expr)
        if not isinstance(sql, str):
            raise InvalidQueryError("EXECUTE IMMEDIATE requires a STRING expression")
        await script._exec_sql(sql.strip().rstrip(";"))

    async def run_script(interpreter: ScriptInterpreter, source: str, ctx: Any) -> pyarrow.Table:
        try:
            return await stock_script(interpreter, source, ctx)
        except ScriptRaise as raised:
            raise raised.error from raised
        except ReturnSignal:
            return interpreter._final_table if interpreter._final_table is not None else pyarrow.table({})

    ScriptInterpreter._run_query = run_query
    ScriptInterpreter._eval_expr_row = row
    ScriptInterpreter._exec_execute_immediate = execute
    ScriptInterpreter._exec_raise = raise_error
    executor._run_script = run_script
