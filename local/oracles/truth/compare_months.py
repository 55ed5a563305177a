"""Compares what became of the rows of each month's file: its load, its trips, its rejected rows."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from datetime import date

from expected import Expected
from report import Report
from warehouse import Row, Warehouse


def compare_loads(report: Report, expected: Expected, found: list[Row]) -> None:
    """The table of loads has one row per month, with the served object and what became of its rows."""
    for month, number in Counter(row["source_month"] for row in found).items():
        if number > 1:
            report.difference("months in baywheels_loads", f"{month:%Y-%m}", "1 row", f"{number} rows")
    for row in sorted(found, key=lambda row: row["source_month"]):
        month = row["source_month"]
        report.compared("months in baywheels_loads")
        for column, wanted in expected.loads[month].items():
            value = row[column]
            if column == "etag" and value is not None:
                # as the header writes it, or bare
                value = value.strip('"')
            kind = f"{column} in baywheels_loads"
            report.compared(kind)
            if value != wanted:
                report.difference(kind, f"{month:%Y-%m}", wanted, value)


def compare_trips(report: Report, expected: Expected, warehouse: Warehouse, table: str) -> None:
    """Every month holds the rides of its file, each once. What differs is read ride by ride."""
    parts: dict[tuple[date, str], list[str]] = defaultdict(list)
    for month, keys in expected.rides.items():
        report.compared(f"trips of {month:%Y-%m} in {table}", len(keys))
        for key in keys:
            parts[month, key[:2]].append(key)
    wanted = {part: (len(keys), digest(",".join(sorted(keys)))) for part, keys in parts.items()}
    found = warehouse.digests(table)
    differing = {part[0] for part in wanted.keys() | found.keys() if wanted.get(part) != found.get(part)}
    for month in sorted(differing, key=str):
        kind = f"trips of {month:%Y-%m} in {table}" if month else f"trips without a month in {table}"
        rows, rides = warehouse.rides(table, month), Counter(expected.rides.get(month, []))
        for key in sorted(rows.keys() | rides.keys(), key=str):
            if rows[key] != rides[key]:
                report.difference(kind, f"ride {key}", f"{rides[key]} rows", f"{rows[key]} rows")


def compare_rejected(report: Report, expected: Expected, warehouse: Warehouse) -> None:
    """Every rejected row exists as often as in its file, with its reason and text."""
    found = Counter((row["source_month"], row["reason"], row["raw"]) for row in warehouse.rejected())
    wanted = Counter()
    for month, rows in expected.rejected.items():
        report.compared(f"rejected rows of {month:%Y-%m}", rows.total())
        wanted.update({(month, *row): number for row, number in rows.items()})
    for key in sorted(found.keys() | wanted.keys(), key=str):
        if found[key] != wanted[key]:
            month, reason, raw = key
            kind = f"rejected rows of {month:%Y-%m}" if month else "rejected rows without a month"
            report.difference(kind, f"{reason}, {raw!r}", f"{wanted[key]} rows", f"{found[key]} rows")


def digest(text: str) -> str:
    """MD5 as hex digits: BigQuery's to_hex(md5(text))."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
