"""Array elements at a position that a column holds.

Stock: shifts OFFSET and SAFE_OFFSET to DuckDB's positions, which count from 1, only for a number that is written out.
BigQuery: counts from 0 in every case.
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import statements


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """OFFSET and SAFE_OFFSET of what isn't a literal: sqlglot shifts what it knows to be a number."""
    if not isinstance(node, exp.Bracket) or node.args.get("offset") != 0 or len(node.expressions) != 1:
        return None
    position = node.expressions[0]
    if isinstance(position, (exp.Literal, exp.Cast)):
        return None
    shifted = node.copy()
    shifted.set("expressions", [exp.cast(position.copy(), "BIGINT")])
    return shifted


def install() -> None:
    """Registers the rewriter."""
    statements.rewriters.append(rewrite)
