"""Stations and counties: where a station is, and which county a place lies in."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy
from outlines import Outline, Place
from rides import Ride
from rounding import roundings

#: Decimals of a station's place, in degrees: a metre (int_station_months).
PLACE_DECIMALS = 5

#: Degrees by which two correct means of the same coordinates may differ, however they are summed up.
PLACE_NOISE = 1e-9


class Counties:
    """Finds the counties of places."""

    def __init__(self, outlines: dict[str, str]) -> None:
        """outlines: well-known text by name, longitude first."""
        # the first by name, where outlines overlap
        self._outlines = {name: Outline(outlines[name]) for name in sorted(outlines)}
        self._known: dict[Place, str | None] = {}

    def faults(self) -> dict[str, str | None]:
        """What is wrong with each county's outline, None when it is a valid polygon."""
        return {name: outline.fault for name, outline in self._outlines.items()}

    def learn(self, places: Iterable[Place]) -> None:
        """Looks places up, many at once."""
        unknown = sorted(set(places) - self._known.keys())
        if not unknown:
            return
        found: dict[Place, str | None] = dict.fromkeys(unknown)
        for name, outline in reversed(self._outlines.items()):
            found |= {unknown[index]: name for index in numpy.flatnonzero(outline.holds(unknown))}
        self._known |= found

    def of(self, place: Place) -> str | None:
        """The county that a place lies in; None outside all."""
        if place not in self._known:
            self.learn([place])
        return self._known[place]


def _numbers() -> array[float]:
    return array("d")


@dataclass(slots=True)
class Station:
    """Values of a station from its rides."""

    #: the latest month of rides' starts, by its first day, in which a ride has the station's location
    month: date | None = None
    lats: array[float] = field(default_factory=_numbers)
    lngs: array[float] = field(default_factory=_numbers)
    aliases: set[str] = field(default_factory=set)
    #: the latest month in which it is named, when it was last named then, and how; of several names the greatest
    named: tuple[date, datetime, str] | None = None
    first_seen_at: datetime = datetime.max
    last_seen_at: datetime = datetime.min

    def visit(self, month: date, seen_at: datetime, name: str | None, place: Place | None) -> None:
        """Takes in that a ride that started in this month began or ended here."""
        self.first_seen_at = min(self.first_seen_at, seen_at)
        self.last_seen_at = max(self.last_seen_at, seen_at)
        if name is not None:
            self.aliases.add(name)
            self.named = max(self.named or (month, seen_at, name), (month, seen_at, name))
        if place is None or (self.month is not None and month < self.month):
            return
        if month != self.month:
            self.month, self.lats, self.lngs = month, _numbers(), _numbers()
        self.lats.append(place[0])
        self.lngs.append(place[1])

    @property
    def name(self) -> str | None:
        """Its latest name."""
        return self.named[2] if self.named else None

    def places(self) -> list[Place]:
        """Where it is: the mean of the latest month. None are unknown, several on a rounding edge."""
        if self.month is None:
            return []
        means = (math.fsum(values) / len(values) for values in (self.lats, self.lngs))
        lats, lngs = (roundings(mean, PLACE_DECIMALS, PLACE_NOISE) for mean in means)
        return [(lat, lng) for lat in lats for lng in lngs]


class Stations:
    """Every station at which a ride began or ended, by id."""

    def __init__(self) -> None:
        self.by_id: dict[str, Station] = {}

    def add(self, ride: Ride) -> None:
        """Takes a ride's ends in; both count for the month in which the ride started."""
        month = ride.started_at.date().replace(day=1)
        for station, seen_at, name, place in (
            (ride.start_station_id, ride.started_at, ride.start_station_name, ride.start),
            (ride.end_station_id, ride.ended_at, ride.end_station_name, ride.end),
        ):
            if station is not None:
                self.by_id.setdefault(station, Station()).visit(month, seen_at, name, place)

    def counties(self, counties: Counties) -> dict[str, set[str | None]]:
        """The county of each station: of its place, None outside all or without a place."""
        places = {station: found.places() for station, found in self.by_id.items()}
        counties.learn(place for several in places.values() for place in several)
        return {station: {counties.of(place) for place in several} or {None} for station, several in places.items()}
