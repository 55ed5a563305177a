"""FLOAT64 as text.

Stock: CAST(1.0 AS STRING) is '1.0', CAST(1e15 AS STRING) is '1000000000000000.0'.
BigQuery: 15 significant digits when they read back as the same number, else 17; no trailing '.0': '1', '1e+15'.
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import engine, statements

_MACRO = """
CREATE OR REPLACE MACRO mend_float_text(x) AS CASE
    WHEN x IS NULL THEN NULL
    WHEN isnan(x) THEN 'nan'
    WHEN x = 0 THEN '0'
    WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x)
    ELSE printf('%.17g', x)
END
"""

# the type is known to DuckDB alone, which removes the branch that can't be
_CHOICE = """
CREATE OR REPLACE MACRO mend_text(x, other) AS CASE
    WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN mend_float_text(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE))
    ELSE other
END
"""


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """CAST and SAFE_CAST to STRING of all that may be a FLOAT64."""
    if not isinstance(node, exp.Cast) or node.to.this != exp.DataType.Type.TEXT or node.args.get("format"):
        return None
    value = node.this
    if isinstance(value, exp.Null) or (isinstance(value, exp.Literal) and value.is_string):
        return None
    if isinstance(node.parent, exp.Anonymous) and node.parent.name == "mend_text":
        return None
    return exp.Anonymous(this="mend_text", expressions=[value.copy(), node.copy()])


def install() -> None:
    """Registers the macros and the rewriter."""

    def macros(duck: engine.Engine) -> None:
        duck.execute(_MACRO)
        duck.execute(_CHOICE)

    engine.on_start.append(macros)
    statements.rewriters.append(rewrite)
