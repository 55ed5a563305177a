"""Compares the marts: the trips of each calendar month, its stations and its routes, and what each file was like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import asdict
from datetime import date, timedelta

from clock import CLOCK
from expected import Expected
from marts import Month, Where
from places import Counties
from report import Report, text
from rounding import is_rounded_to, roundings
from warehouse import Row, Warehouse

#: Routes of a month in mart_routes_by_month.
ROUTES = 100

#: Decimals of columns that are rounded.
DECIMALS = {
    "average_duration_minutes": 2,
    "median_duration_minutes": 2,
    "average_distance_km": 3,
    "median_distance_km": 3,
    "share_percent": 3,
}

#: By how much two correct means or medians of the same numbers may differ, however they are summed up.
NOISE = 1e-8


def compare_marts(
    report: Report,
    expected: Expected,
    loads: list[Row],
    warehouse: Warehouse,
    outlines: Counties,
    station_counties: dict[str, set[str | None]],
) -> None:
    """Every month that has trips has its rows, and no others are there."""
    ordered = dict(sorted(expected.months.by_month.items()))
    outlines.learn(where for month in ordered.values() for where in month.starts() if isinstance(where, tuple))

    def county(where: Where) -> str:
        if where is None:
            return "unknown"
        found = min(station_counties[where], key=str) if isinstance(where, str) else outlines.of(where)
        return found or "outside"

    def trips(month: Month) -> dict[Hashable, Row]:
        return {place: asdict(figures) for place, figures in month.figures(county).items()}

    tables: dict[str, tuple[list[str], Callable[[Month], dict[Hashable, Row]]]] = {
        "mart_trips_by_month": (["dimension", "value"], trips),
        "mart_hours_by_month": (["weekday_number", "start_hour", "member_casual"], _hours),
        "mart_trip_lengths_by_month": (["measure", "step_from"], _lengths),
        "mart_stations_by_month": (["station_id", "time_of_day"], _stations),
        "mart_routes_by_month": (["start_station_id", "end_station_id"], _routes),
    }
    for table, (names, rows) in tables.items():
        wanted = {(day, *place): row for day, month in ordered.items() for place, row in rows(month).items()}
        _compare(report, table, names, wanted, warehouse.all(table))
    _compare(
        report, "mart_quality_by_month", ["outcome"], _quality(expected, loads), warehouse.all("mart_quality_by_month")
    )


def _quality(expected: Expected, loads: list[Row]) -> dict[Hashable, Row]:
    """Rows of each file by what became of them, and the days until it was published, by San Francisco's calendar."""
    published = {row["source_month"]: row["published_at"] for row in loads}
    rows: dict[Hashable, Row] = {}
    for month, load in expected.loads.items():
        outcomes = Counter(reason for reason, _ in expected.rejected[month].elements())
        outcomes["loaded"] = load["rows_loaded"]
        last_day = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        for outcome, number in outcomes.items():
            rows[month, outcome] = {
                "file_rows": number,
                "share_percent": number / load["rows_in_file"] * 100 if load["rows_in_file"] else None,
                "days_to_publication": (published[month].astimezone(CLOCK).date() - last_day).days,
            }
    return rows


def _hours(month: Month) -> dict[Hashable, Row]:
    return {place: {"weekday": day, "trips": trips} for place, (day, trips) in month.hours_of_weekdays().items()}


def _lengths(month: Month) -> dict[Hashable, Row]:
    return {place: {"step_before": end, "trips": trips} for place, (end, trips) in month.lengths().items()}


def _stations(month: Month) -> dict[Hashable, Row]:
    return {place: {"starts": starts, "ends": ends} for place, (starts, ends) in month.visits().items()}


def _routes(month: Month) -> dict[Hashable, Row]:
    return {
        pair: {"trips": trips, "median_duration_minutes": median, "popularity_rank": rank}
        for rank, (pair, (trips, median)) in enumerate(month.routes(ROUTES).items(), 1)
    }


def _compare(report: Report, table: str, names: list[str], wanted: dict[Hashable, Row], found: Iterable[Row]) -> None:
    rows: dict[Hashable, list[Row]] = {}
    for row in found:
        rows.setdefault((row["month"], *(row[name] for name in names)), []).append(row)
    report.compared(f"rows of {table}", len(wanted))
    for place in sorted(wanted.keys() | rows.keys(), key=lambda place: [str(part) for part in place]):
        which = _told(*place)
        number = len(rows.get(place, []))
        if number != (place in wanted):
            report.difference(f"rows of {table}", which, f"{int(place in wanted)} rows", f"{number} rows")
            continue
        for column, value in wanted[place].items():
            kind, got = f"{column} in {table}", rows[place][0][column]
            report.compared(kind)
            if not _is_right(got, value, DECIMALS.get(column)):
                report.difference(kind, which, _rounded(value, DECIMALS.get(column)), got)


def _told(month: date | None, *place: object) -> str:
    return " ".join([f"{month:%Y-%m}" if month else "no month", *map(text, place)])


def _is_right(found: object, value: float | None, decimals: int | None) -> bool:
    if decimals is None or found is None or value is None:
        return found == value
    return any(is_rounded_to(found, choice, decimals) for choice in roundings(value, decimals, NOISE))


def _rounded(value: float | None, decimals: int | None) -> object:
    if decimals is None or value is None:
        return value
    return " or ".join(map(str, roundings(value, decimals, NOISE)))
