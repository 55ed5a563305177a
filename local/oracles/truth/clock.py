"""The clock of San Francisco: how long a ride took by the wall-clock times that are published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

CLOCK = ZoneInfo("America/Los_Angeles")


def _instant(wall: datetime, fold: int = 0) -> datetime:
    """The instant at which the clock showed this; in the hour that it shows twice, the first of both."""
    return wall.replace(tzinfo=CLOCK, fold=fold).astimezone(UTC)


def is_skipped(wall: datetime) -> bool:
    """Whether the clock never showed this: it leaves out an hour in spring. Year 9999 has no instant in every zone."""
    return wall.year < 9999 and _instant(wall).astimezone(CLOCK).replace(tzinfo=None) != wall


def duration(started_at: datetime, ended_at: datetime) -> tuple[timedelta | None, bool]:
    """How long a ride took, and whether it ended when the clock showed that time for the second time.

    The latter is assumed when the first time would lie before the start, and the second one does not. None when the end
    lies before the start all the same. A ride of more than two days is measured by the wall clock.
    """
    apart = ended_at - started_at
    if abs(apart) > timedelta(days=2):
        return (apart if apart > timedelta(0) else None), False
    start = _instant(started_at)
    first, second = _instant(ended_at), _instant(ended_at, fold=1)
    # a time that the clock skips has two readings as well, the second one of them earlier
    is_second = first < start <= second
    took = (second if is_second else first) - start
    return (took if took >= timedelta(0) else None), is_second
