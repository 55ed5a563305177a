"""Compares the tables with the published files, from which it computes anew what they must hold.

It shares no code with the pipeline. Exit code 0: all is equal; 1: differences, each in one line; 2: nothing
was proved, because it could not compare.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from datetime import date

from expected import Expected, digest, expect, facts, kilometres
from outlines import Place
from places import PLACE_DECIMALS, Counties
from report import Report
from rounding import is_rounded_to, roundings
from source import SourceError, Trips, counties
from warehouse import Row, Warehouse

#: Decimals of distance_km.
DISTANCE_DECIMALS = 3

#: Kilometres by which two correct computations of a distance may differ, when one must choose how to round it.
DISTANCE_NOISE = 1e-9

#: Kilometres by which ST_DISTANCE may differ from the great circle.
DISTANCE_TOLERANCE = 1e-6


def compare_trips(report: Report, expected: Expected, warehouse: Warehouse, table: str) -> None:
    """Every month holds the rides of its file, each once. What differs is read ride by ride."""
    parts: dict[tuple[date, str], list[str]] = defaultdict(list)
    for month, ids in expected.rides.items():
        report.compared(f"trips of {month:%Y-%m} in {table}", len(ids))
        for ride_id in ids:
            parts[month, digest(ride_id)[:2]].append(ride_id)
    wanted = {part: (len(ids), digest(",".join(sorted(ids)))) for part, ids in parts.items()}
    found = warehouse.digests(table)
    differing = {part[0] for part in wanted.keys() | found.keys() if wanted.get(part) != found.get(part)}
    for month in sorted(differing, key=str):
        kind = f"trips of {month:%Y-%m} in {table}" if month else f"trips without a month in {table}"
        rows, rides = warehouse.rides(table, month), Counter(expected.rides.get(month, []))
        for ride_id in sorted(rows.keys() | rides.keys(), key=str):
            if rows[ride_id] != rides[ride_id]:
                report.difference(kind, f"ride {ride_id}", f"{rides[ride_id]} rows", f"{rows[ride_id]} rows")


def note_outlines(report: Report, outlines: Counties) -> None:
    """Tells the outlines that only `make_valid` lets pass."""
    for county, fault in outlines.faults().items():
        if fault:
            report.note(f"The outline of {county} is no valid polygon and is taken by the even-odd rule: {fault}")


def compare_stations(
    report: Report, expected: Expected, warehouse: Warehouse, station_counties: dict[str, set[str | None]]
) -> None:
    """Every station is there once, at its place and in its county."""
    found = warehouse.stations()
    for station, number in Counter(row["station_id"] for row in found).items():
        if number > 1:
            report.difference("stations in dim_stations", f"station {station}", "1 row", f"{number} rows")
    rows = {row["station_id"]: row for row in found}
    for station in sorted(rows.keys() | station_counties.keys(), key=str):
        if station not in station_counties or station not in rows:
            told = ["a row", "none"] if station in station_counties else ["none", "a row"]
            report.difference("stations in dim_stations", f"station {station}", *told)
            continue
        report.compared("stations in dim_stations")
        row, several = rows[station], station_counties[station]
        places = expected.stations.by_id[station].places()
        place = None if row["lat"] is None or row["lng"] is None else (row["lat"], row["lng"])
        report.compared("places of stations")
        if not (any(_same_place(place, one) for one in places) if place and places else place is None and not places):
            report.difference("places of stations", f"station {station}", places[0] if places else None, place)
        name = min(several, key=str)
        kind = f"stations of {name}" if name else "stations of no county"
        report.compared(kind)
        if row["county"] not in several:
            report.difference(kind, f"station {station}", name, row["county"])


def _same_place(found: Place, place: Place) -> bool:
    return all(is_rounded_to(a, b, PLACE_DECIMALS) for a, b in zip(found, place, strict=True))


class Distances:
    """Compares distances, and keeps the largest deviation of those that are not rounded."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._rounded = f"distance_km, {DISTANCE_DECIMALS} decimals"
        self._unrounded = f"st_distance, within {DISTANCE_TOLERANCE:g} km"
        self._largest = 0.0
        self._edges = 0

    def compare(self, ride_id: str, wanted: float | None, row: Row) -> None:
        """wanted: kilometres, None when a place is unknown."""
        rounded, unrounded = row["distance_km"], row["unrounded"]
        self._report.compared(self._rounded)
        self._report.compared(self._unrounded)
        choices = [] if wanted is None else roundings(wanted, DISTANCE_DECIMALS, DISTANCE_NOISE)
        self._edges += len(choices) > 1
        if rounded is None or wanted is None:
            same = rounded is wanted
        else:
            same = any(is_rounded_to(rounded, choice, DISTANCE_DECIMALS) for choice in choices)
        if not same:
            told = " or ".join(f"{choice:.{DISTANCE_DECIMALS}f}" for choice in choices) or None
            self._report.difference(self._rounded, f"ride {ride_id}", told, rounded)
        if unrounded is None or wanted is None:
            same = unrounded is wanted
        else:
            self._largest = max(self._largest, abs(unrounded - wanted))
            same = abs(unrounded - wanted) <= DISTANCE_TOLERANCE
        if not same:
            self._report.difference(self._unrounded, f"ride {ride_id}", wanted, unrounded)

    def close(self) -> None:
        """Tells what no single comparison does."""
        self._report.note(
            f"Largest deviation of st_distance: {self._largest:.1e} km. Distances on the edge between two roundings, of"
            f" which either is right: {self._edges:,}"
        )


def compare_facts(
    report: Report,
    expected: Expected,
    warehouse: Warehouse,
    outlines: Counties,
    station_counties: dict[str, set[str | None]],
) -> None:
    """The columns of the sampled trips. A trip that is missing or too many is told by compare_trips."""
    rides = expected.sample.values()
    outlines.learn(place for ride in rides for place in (ride.start, ride.end) if place)
    distances = Distances(report)

    def county(station: str | None, place: Place | None) -> set[str | None]:
        """Of the station, or of the place itself when there is none."""
        if station is not None:
            return station_counties[station]
        return {outlines.of(place) if place else None}

    columns = [*facts(next(iter(rides))), "start_county", "end_county", "distance_km"]
    for row in warehouse.facts(columns, expected.sampled_to):
        ride = expected.sample.get(row["ride_id"])
        if ride is None:
            continue
        wanted = {column: {value} for column, value in facts(ride).items()}
        wanted["start_county"] = county(ride.start_station, ride.start)
        wanted["end_county"] = county(ride.end_station, ride.end)
        for column, values in wanted.items():
            report.compared(column)
            if row[column] not in values:
                report.difference(column, f"ride {ride.ride_id}", min(values, key=str), row[column])
        distances.compare(ride.ride_id, kilometres(ride.start, ride.end), row)
    distances.close()


def compare(arguments: argparse.Namespace) -> int:
    """Compares everything; the exit code."""
    report = Report()
    url = None if arguments.bigquery == "none" else arguments.bigquery
    warehouse = Warehouse(arguments.project, arguments.dataset, url)
    months = warehouse.loaded_months()
    if not months:
        raise SourceError("baywheels_loads names no month: nothing is loaded that could be compared")
    outlines = Counties(counties(arguments.counties))
    expected = expect(Trips(arguments.trips), months, arguments.sample)
    if not expected.sample:
        raise SourceError("the files of the loaded months hold no ride")
    station_counties = expected.stations.counties(outlines)
    for table in ("baywheels_tripdata", "facts_baywheels_trips"):
        compare_trips(report, expected, warehouse, table)
    note_outlines(report, outlines)
    compare_stations(report, expected, warehouse, station_counties)
    compare_facts(report, expected, warehouse, outlines, station_counties)
    return report.close()


def main() -> int:
    """Reads the command line; the exit code."""
    parser = argparse.ArgumentParser(description="Compares the tables with the published files.")
    parser.add_argument("--project", required=True)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--bigquery", required=True, help="root of an emulator, or none: Google's own")
    parser.add_argument("--trips", required=True, help="address of the bucket of months, or a folder with its files")
    parser.add_argument("--counties", required=True, help="address or path of the counties' CSV")
    parser.add_argument("--sample", type=int, default=20_000, help="trips that are compared column by column")
    try:
        return compare(parser.parse_args())
    # whatever it is: 1 would say that there are differences
    except Exception as error:
        reason = str(error) if isinstance(error, SourceError) else f"{type(error).__name__}: {error}"
        print(f"The tables could not be compared with the published files: {reason}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
