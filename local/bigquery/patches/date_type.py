"""DATE_TRUNC of a date.

Stock: a DATETIME.
BigQuery: a DATE, as its argument.
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import engine, statements

_UNITS = {"DAY", "MONTH", "QUARTER", "YEAR"}


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """DATE_TRUNC(x, unit) as a call of the macro."""
    unit = node.args.get("unit") if isinstance(node, exp.DateTrunc) else None
    if unit is None or unit.name.upper() not in _UNITS:
        return None
    return exp.Anonymous(
        this="patched_date_trunc", expressions=[exp.Literal.string(unit.name.lower()), node.this.copy()]
    )


def install() -> None:
    """Registers the macro, which keeps the argument's type, and the rewriter."""
    engine.on_start.append(
        lambda duck: duck.execute(
            "CREATE OR REPLACE MACRO patched_date_trunc(unit, moment) AS cast_to_type(date_trunc(unit, moment), moment)"
        )
    )
    statements.rewriters.append(rewrite)
