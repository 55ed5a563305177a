"""A wall clock's time in the hour that comes twice.

Stock: TIMESTAMP('2024-11-03 01:30:00', 'America/Los_Angeles') is the later of both instants, 09:30 UTC.
BigQuery: the earlier one, 08:30 UTC. (ZetaSQL's reference implementation says so.)
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import engine, statements

# clocks go back by one hour wherever bicycles are rented here
_MACRO = """
CREATE OR REPLACE MACRO patched_instant(local, zone) AS CASE
    WHEN ((CAST(local AS TIMESTAMP) AT TIME ZONE zone) - INTERVAL 1 HOUR) AT TIME ZONE zone = CAST(local AS TIMESTAMP)
    THEN (CAST(local AS TIMESTAMP) AT TIME ZONE zone) - INTERVAL 1 HOUR
    ELSE CAST(local AS TIMESTAMP) AT TIME ZONE zone
END
"""


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """TIMESTAMP(local, zone) as a call of the macro."""
    if not isinstance(node, exp.Timestamp) or node.args.get("zone") is None:
        return None
    return exp.Anonymous(this="patched_instant", expressions=[node.this.copy(), node.args["zone"].copy()])


def install() -> None:
    """Registers the macro and the rewriter."""
    engine.on_start.append(lambda duck: duck.execute(_MACRO))
    statements.rewriters.append(rewrite)
