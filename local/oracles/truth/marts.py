"""The trips of calendar months: what the marts count and average."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy
from derived import WEEKDAYS, end_time_of_day, kilometres, time_of_day, weekday
from numpy.typing import NDArray
from outlines import Place
from rides import Ride

#: Where a trip began or ended: a station's id; a place when it names none; None when neither is known.
Where = str | Place | None

#: Metres of an unknown distance.
UNKNOWN = -1

_DIMENSIONS: dict[str, Callable[[Ride], str]] = {
    "all": lambda ride: "all",
    "rideable_type": lambda ride: ride.rideable_type or "unknown",
    "member_casual": lambda ride: ride.member_casual or "unknown",
    "time_of_day": time_of_day,
    "weekday": weekday,
}


@dataclass(slots=True)
class Figures:
    """Of some trips; None when no trip has a distance."""

    trips: int
    average_duration_minutes: float
    median_duration_minutes: float
    average_distance_km: float | None
    median_distance_km: float | None


class Month:
    """The trips that began in a month, each as a number in every column."""

    def __init__(self) -> None:
        self._seconds = array("I")
        self._metres = array("i")
        self._columns = {name: array("I") for name in (*_DIMENSIONS, "start", "end")}
        self._numbers: dict[Where, int] = {}
        #: trips by weekday, counted from 0, hour of the start and kind of rider
        self.hours: Counter[tuple[int, int, str]] = Counter()
        #: by station and quarter of the day
        self.starts_at: Counter[tuple[str, str]] = Counter()
        self.ends_at: Counter[tuple[str, str]] = Counter()

    def add(self, ride: Ride) -> None:
        """Takes a trip in."""
        self._seconds.append(ride.seconds)
        distance = kilometres(ride.start, ride.end)
        self._metres.append(UNKNOWN if distance is None else math.floor(distance * 1000 + 0.5))
        for dimension, value in _DIMENSIONS.items():
            self._append(dimension, value(ride))
        self._append("start", ride.start_station_id or ride.start)
        self._append("end", ride.end_station_id or ride.end)
        self.hours[ride.started_at.weekday(), ride.started_at.hour, ride.member_casual or "unknown"] += 1
        if ride.start_station_id:
            self.starts_at[ride.start_station_id, time_of_day(ride)] += 1
        if ride.end_station_id:
            self.ends_at[ride.end_station_id, end_time_of_day(ride)] += 1

    def _append(self, column: str, value: Where) -> None:
        self._columns[column].append(self._numbers.setdefault(value, len(self._numbers)))

    def _column(self, name: str) -> NDArray[numpy.uint32]:
        return numpy.frombuffer(self._columns[name], dtype=numpy.uint32)

    def starts(self) -> set[Where]:
        """Where trips began."""
        values = list(self._numbers)
        return {values[number] for number in numpy.unique(self._column("start"))}

    def figures(self, county: Callable[[Where], str]) -> dict[tuple[str, str], Figures]:
        """By dimension and value. county: what the dimension start_county calls the place of a start."""
        values = list(self._numbers)
        found: dict[tuple[str, str], Figures] = {}
        for dimension in _DIMENSIONS:
            column = self._column(dimension)
            for number in numpy.unique(column):
                found[dimension, values[number]] = self._figures(column == number)
        starts = self._column("start")
        counties: dict[str, list[int]] = defaultdict(list)
        for number in numpy.unique(starts):
            counties[county(values[number])].append(number)
        for name, numbers in counties.items():
            found["start_county", name] = self._figures(numpy.isin(starts, numbers))
        return found

    def _figures(self, which: NDArray[numpy.bool_]) -> Figures:
        seconds = numpy.frombuffer(self._seconds, dtype=numpy.uint32)[which]
        metres = numpy.frombuffer(self._metres, dtype=numpy.int32)[which]
        known = metres[metres != UNKNOWN]
        return Figures(
            len(seconds),
            int(seconds.sum(dtype=numpy.int64)) / len(seconds) / 60,
            float(numpy.median(seconds)) / 60,
            int(known.sum(dtype=numpy.int64)) / len(known) / 1000 if len(known) else None,
            float(numpy.median(known)) / 1000 if len(known) else None,
        )

    def hours_of_weekdays(self) -> dict[tuple[int, int, str], tuple[str, int]]:
        """Name of the weekday and trips, by its number from 1 for Monday, hour and kind of rider."""
        return {(day + 1, hour, rider): (WEEKDAYS[day], trips) for (day, hour, rider), trips in self.hours.items()}

    def lengths(self) -> dict[tuple[str, float], tuple[float | None, int]]:
        """End of the step (None: it is open) and trips, by measure and begin of the step."""
        found: Counter[tuple[str, float]] = Counter()
        for seconds in self._seconds:
            found["duration_minutes", min(seconds // 300 * 5.0, 60.0)] += 1
        for metres in self._metres:
            if metres != UNKNOWN:
                found["distance_km", min(metres // 500 / 2, 10.0)] += 1
        widths, opened = {"duration_minutes": 5.0, "distance_km": 0.5}, {"duration_minutes": 60.0, "distance_km": 10.0}
        return {
            (measure, begin): (None if begin == opened[measure] else begin + widths[measure], trips)
            for (measure, begin), trips in found.items()
        }

    def visits(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Starts and ends at each station in each quarter of the day."""
        return {
            place: (self.starts_at[place], self.ends_at[place]) for place in self.starts_at.keys() | self.ends_at.keys()
        }

    def routes(self, first: int) -> dict[tuple[str, str], tuple[int, float]]:
        """Trips and median minutes between two stations, of the `first` most popular ones in their order."""
        values = list(self._numbers)
        pairs = Counter(zip(self._columns["start"], self._columns["end"], strict=True))
        named = {(values[start], values[end]): (start, end) for start, end in pairs}
        routes = [pair for pair in named if all(isinstance(where, str) for where in pair)]
        routes.sort(key=lambda pair: (-pairs[named[pair]], pair))
        starts, ends = self._column("start"), self._column("end")
        found: dict[tuple[str, str], tuple[int, float]] = {}
        for pair in routes[:first]:
            start, end = named[pair]
            figures = self._figures((starts == start) & (ends == end))
            found[pair] = figures.trips, figures.median_duration_minutes
        return found


class Months:
    """All months, by their first days."""

    def __init__(self) -> None:
        self.by_month: dict[date, Month] = {}

    def add(self, ride: Ride) -> None:
        """Takes a trip in."""
        self.by_month.setdefault(ride.started_at.date().replace(day=1), Month()).add(ride)
