"""TIMESTAMP_DIFF counts whole intervals.

Stock: counts the boundaries between both instants (as DATETIME_DIFF rightly does): from 00.9 s to 02.1 s are 2 seconds.
BigQuery: counts the whole intervals that fit, towards zero: 1 second.
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import engine, statements


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """TIMESTAMP_DIFF(later, earlier, unit) as a call of the macro."""
    if not isinstance(node, exp.TimestampDiff) or not isinstance(node.args.get("unit"), exp.Var):
        return None
    unit = exp.Literal.string(node.args["unit"].name.lower())
    return exp.Anonymous(this="patched_timestamp_diff", expressions=[unit, node.expression.copy(), node.this.copy()])


def install() -> None:
    """Registers the macro and the rewriter."""
    engine.on_start.append(
        lambda duck: duck.execute(
            "CREATE OR REPLACE MACRO patched_timestamp_diff(unit, earlier, later) AS "
            "date_sub(unit, CAST(earlier AS TIMESTAMPTZ), CAST(later AS TIMESTAMPTZ))"
        )
    )
    statements.rewriters.append(rewrite)
