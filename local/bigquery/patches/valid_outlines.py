"""Outlines that cross or touch themselves.

Stock: ST_GEOGFROMTEXT takes them as they are, whatever `make_valid` says.
BigQuery: refuses them, or repairs them with `make_valid => true`.
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import engine, statements

_MACROS = [
    "CREATE OR REPLACE MACRO patched_valid(shape) AS "
    "CASE WHEN shape IS NULL OR ST_IsValid(shape) THEN shape ELSE error('ST_GeogFromText failed: Invalid polygon') END",
    # a repair leaves lines where a ring has no width: an outline has none
    "CREATE OR REPLACE MACRO patched_made_valid(shape) AS CASE WHEN shape IS NULL OR ST_IsValid(shape) THEN shape "
    "WHEN ST_GeometryType(shape) IN ('POLYGON', 'MULTIPOLYGON') THEN ST_CollectionExtract(ST_MakeValid(shape), 3) "
    "ELSE ST_MakeValid(shape) END",
]


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """ST_GEOGFROMTEXT(text) and ST_GEOGFROMTEXT(text, make_valid => ...) as arguments of the macros."""
    if not isinstance(node, exp.Anonymous) or node.name.upper() != "ST_GEOGFROMTEXT" or not node.expressions:
        return None
    if isinstance(node.parent, exp.Anonymous) and node.parent.name in ("patched_valid", "patched_made_valid"):
        return None
    text, *options = node.expressions
    made_valid = any(
        isinstance(option, exp.Kwarg) and option.this.name.lower() == "make_valid" and option.expression.this is True
        for option in options
    )
    shape = exp.Anonymous(this="ST_GEOGFROMTEXT", expressions=[text.copy()])
    return exp.Anonymous(this="patched_made_valid" if made_valid else "patched_valid", expressions=[shape])


def install() -> None:
    """Registers the macros and the rewriter."""

    def macros(duck: engine.Engine) -> None:
        for macro in _MACROS:
            duck.execute(macro)

    engine.on_start.append(macros)
    statements.rewriters.append(rewrite)
