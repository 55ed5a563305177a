"""ARRAY_TO_STRING of an array that holds nothing but NULL.

Stock: NULL.
BigQuery: an empty text, as for an empty array.
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import engine, statements

_MACRO = """
CREATE OR REPLACE MACRO patched_array_text(elements, separator) AS CASE
    WHEN elements IS NOT NULL AND separator IS NOT NULL THEN coalesce(array_to_string(elements, separator), '')
END
"""


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """ARRAY_TO_STRING(array, separator) as a call of the macro; with a text for NULL stock is right."""
    if not isinstance(node, exp.ArrayToString) or node.args.get("null") is not None:
        return None
    return exp.Anonymous(this="patched_array_text", expressions=[node.this.copy(), node.expression.copy()])


def install() -> None:
    """Registers the macro and the rewriter."""
    engine.on_start.append(lambda duck: duck.execute(_MACRO))
    statements.rewriters.append(rewrite)
