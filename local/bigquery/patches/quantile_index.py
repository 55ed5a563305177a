"""One element of APPROX_QUANTILES.

Stock: APPROX_QUANTILES(x, 100)[OFFSET(50)] is the 51st percentile: one is added to the index twice.
BigQuery: the median.
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import engine, statements


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """APPROX_QUANTILES(x, n)[OFFSET(i)] or [ORDINAL(i)] as a call of the macro, which hides the index."""
    if not isinstance(node, exp.Bracket) or not isinstance(node.this, exp.ApproxQuantiles):
        return None
    first = exp.Literal.number(node.args.get("offset") or 0)
    return exp.Anonymous(this="patched_element", expressions=[node.this.copy(), node.expressions[0].copy(), first])


def install() -> None:
    """Registers the macro and the rewriter."""
    engine.on_start.append(
        lambda duck: duck.execute(
            "CREATE OR REPLACE MACRO patched_element(elements, index, first) AS "
            "list_extract(elements, index - first + 1)"
        )
    )
    statements.rewriters.append(rewrite)
