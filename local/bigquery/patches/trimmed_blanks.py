"""TRIM, LTRIM and RTRIM without characters.

Stock: takes blanks off, and no other white space.
BigQuery: takes off all white space of Unicode, such as tabs, line ends and no-break spaces.
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import statements

# https://en.wikipedia.org/wiki/Unicode_character_property#Whitespace
_WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """A trim that names no characters gets those of white space."""
    if not isinstance(node, exp.Trim) or node.expression:
        return None
    named = node.copy()
    named.set("expression", exp.Literal.string(_WHITE_SPACE))
    return named


def install() -> None:
    """Registers the rewriter."""
    statements.rewriters.append(rewrite)
