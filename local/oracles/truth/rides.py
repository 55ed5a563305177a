"""A month's file, row by row: each is a ride of the month, or is rejected for a reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from sys import intern

from archive import Archive, SourceError
from clock import duration, is_skipped
from fields import Header, is_header, number, wall_clock
from outlines import Place

#: Longest ride.
LONGEST = timedelta(hours=24)

#: Latitudes and longitudes between which all nine counties of the Bay Area lie.
BAY_AREA = ((36.8, 38.9), (-123.7, -121.2))

#: Columns of few texts, which very many rides share.
_SHARED = (
    *("rideable_type", "start_station_name", "start_station_id", "end_station_name", "end_station_id"),
    "member_casual",
)


@dataclass(slots=True)
class Ride:
    """A ride as published; times are San Francisco's wall clock, None is unknown."""

    #: unique_row_id as hex digits
    key: str
    raw: str
    ride_id: str | None
    started_at: datetime
    ended_at: datetime
    took: timedelta
    #: whether it is taken to have ended when the clock showed that time for the second time
    is_second: bool
    #: of start and end, whether they name a place or not
    coordinates: tuple[float | None, float | None, float | None, float | None]
    rideable_type: str | None
    start_station_name: str | None
    start_station_id: str | None
    end_station_name: str | None
    end_station_id: str | None
    member_casual: str | None

    @property
    def name(self) -> str:
        """How it is printed."""
        return self.ride_id or self.key

    @property
    def seconds(self) -> int:
        """Whole seconds that it took."""
        return self.took // timedelta(seconds=1)

    @property
    def start(self) -> Place | None:
        """Where it began, when the coordinates name a place."""
        return _place(*self.coordinates[:2])

    @property
    def end(self) -> Place | None:
        """Where it ended, when the coordinates name a place."""
        return _place(*self.coordinates[2:])

    def order(self) -> tuple[datetime, datetime, str]:
        """Of rows of one ride, the first in this order is loaded."""
        return self.started_at, self.ended_at, self.raw


def _place(lat: float | None, lng: float | None) -> Place | None:
    """Coordinates of which one is missing or 0 name no place."""
    return (lat, lng) if lat and lng else None


@dataclass(slots=True)
class Month:
    """What becomes of the rows of a month's file."""

    #: by key
    rides: dict[str, Ride] = field(default_factory=dict)
    #: how many rows have a reason and a text
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)


def read(archive: Archive, month: date) -> Month:
    """month: its first day. SourceError for a file of neither schema."""
    found = Month()
    headers = [line for line in archive.lines() if is_header(line)]
    if len(headers) != 1:
        raise SourceError(f"{archive.key} must have one row with the columns' names; it has {len(headers)}")
    header = Header(headers[0], archive.key)
    for raw in archive.lines():
        if raw == headers[0]:
            continue
        ride = _ride(header, month, raw)
        if isinstance(ride, str):
            found.rejected[ride, raw] += 1
            continue
        other = found.rides.setdefault(ride.key, ride)
        if other is not ride:
            first, second = sorted((other, ride), key=Ride.order)
            found.rides[ride.key] = first
            found.rejected["duplicate", second.raw] += 1
    return found


def _ride(header: Header, month: date, raw: str) -> Ride | str:
    """The ride of a row, or the first reason that applies why it is none."""
    fields = header.fields(raw)
    key = None if fields is None else header.key(fields)
    if key is None:
        return "malformed"
    row = header.values(fields)
    started_at, ended_at = wall_clock(row["started_at"]), wall_clock(row["ended_at"])
    # a file holds rides of its month and of the months beside it
    if not started_at or not ended_at or not _months_on(month, -1) <= started_at.date() < _months_on(month, 2):
        return "bad timestamp"
    if is_skipped(started_at) or is_skipped(ended_at):
        return "bad timestamp"
    took, is_second = duration(started_at, ended_at)
    if took is None:
        return "end before start"
    if took > LONGEST:
        return "over 24 h"
    coordinates = (number(row["start_lat"]), number(row["start_lng"]), number(row["end_lat"]), number(row["end_lng"]))
    places = [place for place in (_place(*coordinates[:2]), _place(*coordinates[2:])) if place]
    if not places:
        return "no coordinates"
    if not all(low <= value <= high for place in places for value, (low, high) in zip(place, BAY_AREA, strict=True)):
        return "outside the Bay Area"
    shared = {column: row[column] and intern(row[column]) for column in _SHARED}
    return Ride(key, raw, row["ride_id"], started_at, ended_at, took, is_second, coordinates, **shared)


def _months_on(month: date, number: int) -> date:
    index = month.year * 12 + month.month - 1 + number
    return date(index // 12, index % 12 + 1, 1)
