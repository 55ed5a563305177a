"""Compares the stations: names, places, counties, and when each was seen."""

from __future__ import annotations

from collections import Counter

from outlines import Place
from places import PLACE_DECIMALS, Station
from report import Report
from rounding import is_rounded_to
from warehouse import Row


def compare_stations(
    report: Report, stations: dict[str, Station], counties: dict[str, set[str | None]], found: list[Row]
) -> None:
    """Every station exists once, with the values from its rides. counties: the acceptable ones by station."""
    kind = "stations in dim_stations"
    for station, number in Counter(row["station_id"] for row in found).items():
        if number > 1:
            report.difference(kind, f"station {station}", "1 row", f"{number} rows")
    rows = {row["station_id"]: row for row in found}
    for station in sorted(rows.keys() | stations.keys(), key=str):
        if station not in stations or station not in rows:
            rows = ["a row", "none"] if station in stations else ["none", "a row"]
            report.difference(kind, f"station {station}", *rows)
            continue
        report.compared(kind)
        _compare(report, station, stations[station], counties[station], rows[station])


def _compare(report: Report, station_id: str, station: Station, counties: set[str | None], row: Row) -> None:
    which, county = f"station {station_id}", min(counties, key=str)

    def compare(kind: str, is_right: bool, wanted: object, found: object) -> None:
        report.compared(kind)
        if not is_right:
            report.difference(kind, which, wanted, found)

    compare("names of stations", row["station_name"] == station.name, station.name, row["station_name"])
    aliases = sorted(station.aliases)
    compare("aliases of stations", row["aliases"] == aliases, aliases, row["aliases"])
    places = station.places()
    place = None if row["lat"] is None or row["lng"] is None else (row["lat"], row["lng"])
    is_right = any(_same_place(place, one) for one in places) if place and places else place is None and not places
    compare("places of stations", is_right, places[0] if places else None, place)
    kind = f"stations of {county}" if county else "stations of no county"
    compare(kind, row["county"] in counties, county, row["county"])
    is_outside = row["county"] is None
    compare("is_outside_counties", row["is_outside_counties"] is is_outside, is_outside, row["is_outside_counties"])
    for column in ("first_seen_at", "last_seen_at"):
        wanted = getattr(station, column)
        compare(f"{column} of stations", row[column] == wanted, wanted, row[column])


def _same_place(found: Place, place: Place) -> bool:
    return all(is_rounded_to(a, b, PLACE_DECIMALS) for a, b in zip(found, place, strict=True))
