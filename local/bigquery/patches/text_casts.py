"""STRING to DATETIME and to FLOAT64.

Stock: takes '2024-11-03 24:00:00' for the next day, cuts what stands behind six digits of a fraction, takes times with
blanks around them, with a zone or without seconds, and reads '1_000' as 1000.
BigQuery: SAFE_CAST gives NULL for them, CAST an error.
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import engine, statements

#: What BigQuery reads, as far as DuckDB reads it, too; sqlglot calls DATETIME so.
_ACCEPTED = {
    exp.DataType.Type.TIMESTAMP: r"^\d{1,4}-\d{1,2}-\d{1,2}([ Tt]([01]?\d|2[0-3]):\d{1,2}:\d{1,2}(\.\d{0,6})?)?$",
    exp.DataType.Type.DOUBLE: "^[^_]*$",
}

# the type is known to DuckDB alone, which removes the branch that can't be
_IS_REFUSED = "typeof(x) = 'VARCHAR' AND NOT coalesce(regexp_matches(CAST(x AS VARCHAR), pattern), true)"
_MACROS = [
    f"CREATE OR REPLACE MACRO patched_safe_cast(x, pattern, other) AS CASE WHEN {_IS_REFUSED} THEN NULL ELSE other END",
    "CREATE OR REPLACE MACRO patched_cast(x, pattern, other) AS "
    f"CASE WHEN {_IS_REFUSED} THEN error('Invalid value: ' || CAST(x AS VARCHAR)) ELSE other END",
]


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """CAST and SAFE_CAST of all that may be a STRING to DATETIME and FLOAT64."""
    if not isinstance(node, exp.Cast) or node.args.get("format"):
        return None
    pattern = _ACCEPTED.get(node.to.this)
    macro = "patched_safe_cast" if isinstance(node, exp.TryCast) else "patched_cast"
    if pattern is None or (isinstance(node.parent, exp.Anonymous) and node.parent.name == macro):
        return None
    return exp.Anonymous(this=macro, expressions=[node.this.copy(), exp.Literal.string(pattern), node.copy()])


def install() -> None:
    """Registers the macros and the rewriter."""

    def macros(duck: engine.Engine) -> None:
        for macro in _MACROS:
            duck.execute(macro)

    engine.on_start.append(macros)
    statements.rewriters.append(rewrite)
