"""What the tables must say: the rides of the loaded months, a sample of them, and what is derived from a ride."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from outlines import Place
from places import Stations
from source import Ride, Trips

#: Metres: the sphere of BigQuery's ST_DISTANCE, S2's mean radius of the earth.
RADIUS = 6371010.0

CLOCK = ZoneInfo("America/Los_Angeles")

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIMES_OF_DAY = ("night", "morning", "afternoon", "evening")


def digest(text: str) -> str:
    """MD5 as hex digits: BigQuery's to_hex(md5(text))."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Expected:
    """What the loaded files hold."""

    #: ids of the rides of each month, by its first day
    rides: dict[date, list[str]] = field(default_factory=dict)
    stations: Stations = field(default_factory=Stations)
    #: the rides whose ids have the smallest digests
    sample: dict[str, Ride] = field(default_factory=dict)
    #: largest digest of the sample
    sampled_to: str = "f" * 32

    @property
    def total(self) -> int:
        """Rides of all months."""
        return sum(len(ids) for ids in self.rides.values())


def expect(trips: Trips, months: Iterable[date], sample: int) -> Expected:
    """Reads the months. A ride in two files belongs to the newer month, with that file's values (ADR 3)."""
    expected = Expected()
    owned: set[str] = set()
    digests: dict[str, Ride] = {}
    for month in sorted(months, reverse=True):
        rides = {ride_id: ride for ride_id, ride in trips.rides(month).items() if ride_id not in owned}
        owned |= rides.keys()
        expected.rides[month] = list(rides)
        for ride_id, ride in rides.items():
            expected.stations.add(ride)
            digests[digest(ride_id)] = ride
        if len(digests) > sample:
            digests = {key: digests[key] for key in sorted(digests)[:sample]}
    if expected.total > sample:
        expected.sampled_to = max(digests)
    expected.sample = {ride.ride_id: ride for ride in digests.values()}
    return expected


def kilometres(start: Place | None, end: Place | None) -> float | None:
    """Great circle between two places, None when one is unknown. Exact for near and far ones (Vincenty)."""
    if start is None or end is None:
        return None
    from_lat, to_lat = math.radians(start[0]), math.radians(end[0])
    turn = math.radians(end[1] - start[1])
    across = math.cos(to_lat) * math.sin(turn)
    along = math.cos(from_lat) * math.sin(to_lat) - math.sin(from_lat) * math.cos(to_lat) * math.cos(turn)
    inward = math.sin(from_lat) * math.sin(to_lat) + math.cos(from_lat) * math.cos(to_lat) * math.cos(turn)
    return RADIUS * math.atan2(math.hypot(across, along), inward) / 1000


def _instant(wall: datetime, fold: int = 0) -> datetime:
    """The instant at which the clock showed this; in the hour that it shows twice, the first of both."""
    return wall.replace(tzinfo=CLOCK, fold=fold).astimezone(UTC)


def duration(ride: Ride) -> tuple[int | None, bool]:
    """Whole seconds of a ride, and whether it ended when the clock showed that time for the second time.

    The latter is assumed when the first time would lie before the start, and the second one does not. None seconds when
    the end lies before the start all the same.
    """
    start = _instant(ride.started_at)
    first, second = _instant(ride.ended_at), _instant(ride.ended_at, fold=1)
    # a time that the clock skips has two readings as well, the second one of them earlier
    is_second = first < start <= second
    took = (second if is_second else first) - start
    return (took // timedelta(seconds=1) if took >= timedelta(0) else None), is_second


def facts(ride: Ride) -> dict[str, object]:
    """Columns of facts_baywheels_trips that a ride alone decides."""
    seconds, is_second = duration(ride)
    started_at = ride.started_at
    return {
        "started_on": started_at.date(),
        "duration_seconds": seconds,
        "dst_ambiguous": is_second,
        "start_hour": started_at.hour,
        "start_weekday": WEEKDAYS[started_at.weekday()],
        "time_of_day": TIMES_OF_DAY[started_at.hour // 6],
    }
