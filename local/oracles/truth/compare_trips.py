"""Compares a sample of trips column by column: as loaded, and what the facts derive from them."""

from __future__ import annotations

from derived import facts, kilometres
from expected import Expected
from fields import COLUMNS
from outlines import Place
from places import Counties
from report import Report
from rides import Ride
from rounding import is_rounded_to, roundings
from warehouse import Row, Warehouse

#: Decimals of distance_km.
DISTANCE_DECIMALS = 3

#: Kilometres by which two correct computations of a distance may differ, when one must choose how to round it.
DISTANCE_NOISE = 1e-9

#: Kilometres by which ST_DISTANCE may differ from the great circle.
DISTANCE_TOLERANCE = 1e-6

#: What the facts' distances are rounded from.
UNROUNDED = "st_distance(st_geogpoint(start_lng, start_lat), st_geogpoint(end_lng, end_lat)) / 1000 as unrounded"


def compare_loaded(report: Report, expected: Expected, warehouse: Warehouse) -> None:
    """The published columns. compare_trips reports missing and surplus trips, here as for the facts."""
    for row in warehouse.trips("baywheels_tripdata", COLUMNS, expected.sampled_to):
        ride = expected.sample.get(row["key"])
        if ride is None:
            continue
        for column, value in _loaded(ride).items():
            kind = f"{column} in baywheels_tripdata"
            report.compared(kind)
            if row[column] != value:
                report.difference(kind, f"ride {ride.name}", value, row[column])


def _loaded(ride: Ride) -> dict[str, object]:
    """Columns of a ride in the main table."""
    coordinates = dict(zip(("start_lat", "start_lng", "end_lat", "end_lng"), ride.coordinates, strict=True))
    return {column: coordinates[column] if column in coordinates else getattr(ride, column) for column in COLUMNS}


class Distances:
    """Compares distances, and keeps the largest deviation of those that are not rounded."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._rounded = f"distance_km, {DISTANCE_DECIMALS} decimals"
        self._unrounded = f"st_distance, within {DISTANCE_TOLERANCE:g} km"
        self._largest = 0.0
        self._edges = 0

    def compare(self, ride: str, wanted: float | None, row: Row) -> None:
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
            expected = " or ".join(f"{choice:.{DISTANCE_DECIMALS}f}" for choice in choices) or None
            self._report.difference(self._rounded, f"ride {ride}", expected, rounded)
        if unrounded is None or wanted is None:
            same = unrounded is wanted
        else:
            self._largest = max(self._largest, abs(unrounded - wanted))
            same = abs(unrounded - wanted) <= DISTANCE_TOLERANCE
        if not same:
            self._report.difference(self._unrounded, f"ride {ride}", wanted, unrounded)

    def close(self) -> None:
        """Reports what no single comparison shows."""
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
    """The derived columns."""
    rides = expected.sample.values()
    outlines.learn(place for ride in rides for place in (ride.start, ride.end) if place)
    distances = Distances(report)

    def county(station: str | None, place: Place | None) -> set[str | None]:
        """Of the station, or of the place itself when there is none."""
        if station is not None:
            return station_counties[station]
        return {outlines.of(place) if place else None}

    columns = [*facts(next(iter(rides))), "start_county", "end_county", "distance_km", UNROUNDED]
    for row in warehouse.trips("facts_baywheels_trips", columns, expected.sampled_to):
        ride = expected.sample.get(row["key"])
        if ride is None:
            continue
        wanted = {column: {value} for column, value in facts(ride).items()}
        wanted["start_county"] = county(ride.start_station_id, ride.start)
        wanted["end_county"] = county(ride.end_station_id, ride.end)
        for column, values in wanted.items():
            report.compared(column)
            if row[column] not in values:
                report.difference(column, f"ride {ride.name}", min(values, key=str), row[column])
        distances.compare(ride.name, kilometres(ride.start, ride.end), row)
    distances.close()
