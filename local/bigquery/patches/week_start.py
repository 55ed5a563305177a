"""Weeks that begin on a named day, and ISO weeks.

Stock: drops the day of WEEK(MONDAY) or sends it to DuckDB, which knows no such unit; ISOWEEK fails or is a Sunday week.
BigQuery: *_TRUNC(x, WEEK(day)) is the last such day at or before x; WEEK is WEEK(SUNDAY), ISOWEEK is WEEK(MONDAY).
"""

from __future__ import annotations

from sqlglot import exp
from wrapper import engine, statements

_DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


def first_day(unit: exp.Expression | None) -> int | None:
    """Days from Monday to the first day of the week that a unit names; None when it is no week."""
    if isinstance(unit, exp.WeekStart):
        name = unit.this.name.upper()
        return _DAYS.index(name) if name in _DAYS else None
    name = unit.name.upper() if unit is not None else ""
    return {"WEEK": _DAYS.index("SUNDAY"), "ISOWEEK": _DAYS.index("MONDAY")}.get(name)


def rewrite(node: exp.Expression) -> exp.Expression | None:
    """DATE_TRUNC, DATETIME_TRUNC and TIMESTAMP_TRUNC (without a zone) to a week."""
    if not isinstance(node, (exp.DateTrunc, exp.DatetimeTrunc, exp.TimestampTrunc)) or node.args.get("zone"):
        return None
    day = first_day(node.args.get("unit"))
    if day is None:
        return None
    return exp.Anonymous(this="mend_week", expressions=[node.this.copy(), exp.Literal.number(day)])


def install() -> None:
    """Registers the macro, which keeps the argument's type, and the rewriter."""
    engine.on_start.append(
        lambda duck: duck.execute(
            "CREATE OR REPLACE MACRO mend_week(moment, first_day) AS "
            "cast_to_type(date_trunc('week', moment - to_days(first_day)) + to_days(first_day), moment)"
        )
    )
    statements.rewriters.append(rewrite)
