"""MERGE whose ON has conditions on the target alone, such as bounds that prune partitions, or is FALSE.

Stock: right, but DuckDB then compares every target row with every source row: 8 s for 200,000 by 25,000 rows, 0.1 s
with this patch.
BigQuery: joins by the equality and prunes by the bounds; FALSE, as dbt's insert_overwrite has it, is a delete and an
insert: https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#merge_statement
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import statements


def tables_of(node: exp.Expression) -> set[str]:
    """The tables that a condition's columns name; an unqualified column counts as the table ''."""
    return {column.table for column in node.find_all(exp.Column)}


def rewrite_false(node: exp.Expression) -> exp.Expression | None:
    """FALSE as an equality that no row fulfils and whose sides name a column each: DuckDB joins by it."""
    merge = node.parent
    if not isinstance(node, exp.Boolean) or node.this or not isinstance(merge, exp.Merge) or node.arg_key != "on":
        return None
    inserts = [when.args["then"].expression for when in merge.args["whens"].expressions if when.find(exp.Insert)]
    inserted = next((value for values in inserts for value in values.find_all(exp.Column)), None)
    if inserted is None:
        return None
    no_row = exp.LT(this=exp.column("rowid", table=merge.this.alias_or_name), expression=exp.Literal.number(0))
    source = exp.column(inserted.this.copy(), table=merge.args["using"].alias_or_name)
    one, two, three = map(exp.Literal.number, (1, 2, 3))
    never = exp.If(this=no_row, true=one, false=exp.null())
    other = exp.If(this=exp.Is(this=source, expression=exp.null()), true=two, false=three)
    return exp.EQ(this=never, expression=other)


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """`t.key = s.key and bounds(t)` as the equality `if(bounds(t), t.key, null) = s.key`: it matches the same rows."""
    merge = node.parent
    if not isinstance(node, exp.And) or not isinstance(merge, exp.Merge) or merge.args.get("on") is not node:
        return None
    target = {merge.this.alias_or_name}
    parts = list(node.flatten())
    bounds = [part for part in parts if tables_of(part) == target]
    others = [part for part in parts if tables_of(part) != target]
    equalities = [part for part in others if isinstance(part, exp.EQ)]
    equality = next((part for part in equalities if target in map(tables_of, (part.this, part.expression))), None)
    if not bounds or equality is None:
        return None
    key, value = equality.this, equality.expression
    if tables_of(key) != target:
        key, value = value, key
    bounded = exp.If(this=exp.and_(*[part.copy() for part in bounds]), true=key.copy(), false=exp.null())
    rest = [part.copy() for part in others if part is not equality]
    return exp.and_(exp.EQ(this=bounded, expression=value.copy()), *rest)


def install() -> None:
    """Registers the rewriters."""
    statements.rewriters.extend([rewrite, rewrite_false])
