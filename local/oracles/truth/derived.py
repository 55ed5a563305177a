"""Values derived from a ride."""

from __future__ import annotations

import math

from outlines import Place
from rides import Ride

#: Metres: the sphere of BigQuery's ST_DISTANCE, S2's mean radius of the earth.
RADIUS = 6371010.0

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIMES_OF_DAY = ("night", "morning", "afternoon", "evening")


def weekday(ride: Ride) -> str:
    """Name of the day of its start."""
    return WEEKDAYS[ride.started_at.weekday()]


def time_of_day(ride: Ride) -> str:
    """Quarter of the day of its start."""
    return TIMES_OF_DAY[ride.started_at.hour // 6]


def end_time_of_day(ride: Ride) -> str:
    """Quarter of the day of its end."""
    return TIMES_OF_DAY[ride.ended_at.hour // 6]


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


def facts(ride: Ride) -> dict[str, object]:
    """Columns of facts_baywheels_trips that a ride alone decides."""
    started_at = ride.started_at
    return {
        "started_on": started_at.date(),
        "month": started_at.date().replace(day=1),
        "duration_seconds": ride.seconds,
        "dst_ambiguous": ride.is_second,
        "start_hour": started_at.hour,
        "start_weekday": weekday(ride),
        "time_of_day": time_of_day(ride),
        "end_time_of_day": end_time_of_day(ride),
    }
