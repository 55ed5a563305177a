"""Stations and counties: where a station is, and which county a place lies in."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy
from outlines import Outline, Place
from rounding import roundings
from source import Ride

#: Decimals of a station's place, in degrees: a metre (int_station_days).
PLACE_DECIMALS = 5

#: Degrees by which two correct means of the same coordinates may differ, however they are summed up.
PLACE_NOISE = 1e-10


class Counties:
    """Tells the county of places."""

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


@dataclass(slots=True)
class Station:
    """What the rides tell of a station."""

    #: day of the start of the latest rides that tell its place
    day: date | None = None
    lats: list[float] = field(default_factory=list)
    lngs: list[float] = field(default_factory=list)

    def visit(self, day: date, place: Place | None) -> None:
        """Takes in that a ride of this day began or ended here."""
        if place is None or (self.day is not None and day < self.day):
            return
        if day != self.day:
            self.day, self.lats, self.lngs = day, [], []
        self.lats.append(place[0])
        self.lngs.append(place[1])

    def places(self) -> list[Place]:
        """Where it is: the mean of the latest day. None are unknown, several on a rounding edge."""
        if self.day is None:
            return []
        means = (math.fsum(values) / len(values) for values in (self.lats, self.lngs))
        lats, lngs = (roundings(mean, PLACE_DECIMALS, PLACE_NOISE) for mean in means)
        return [(lat, lng) for lat in lats for lng in lngs]


class Stations:
    """Every station at which a ride began or ended, by id."""

    def __init__(self) -> None:
        self.by_id: dict[str, Station] = {}

    def add(self, ride: Ride) -> None:
        """Takes a ride's ends in; an end counts for the day on which the ride started."""
        day = ride.started_at.date()
        for station, place in ((ride.start_station, ride.start), (ride.end_station, ride.end)):
            if station is not None:
                self.by_id.setdefault(station, Station()).visit(day, place)

    def counties(self, counties: Counties) -> dict[str, set[str | None]]:
        """The county of each station: of its place, None outside all or without a place."""
        places = {station: told.places() for station, told in self.by_id.items()}
        counties.learn(place for several in places.values() for place in several)
        return {station: {counties.of(place) for place in several} or {None} for station, several in places.items()}
