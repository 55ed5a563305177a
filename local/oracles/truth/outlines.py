"""Outlines on the sphere: what lies within a polygon with geodesic edges, as in BigQuery's GEOGRAPHY."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import numpy
import spherely
from numpy.typing import NDArray

#: Latitude and longitude in degrees.
Place = tuple[float, float]

_RING = re.compile(r"\(([^()]+)\)")


class Outline:
    """A polygon or several, by S2, on which BigQuery builds; one that S2 refuses, by the even-odd rule."""

    def __init__(self, wkt: str) -> None:
        """wkt: longitude first. A ring bounds the smaller of two areas."""
        #: why S2 refuses the outline; so does ST_GEOGFROMTEXT, unless make_valid is set
        self.fault: str | None = None
        try:
            self._geography = spherely.from_wkt(wkt)
            spherely.prepare(self._geography)
        except RuntimeError as error:
            self.fault = str(error)
            self._edges = _edges(wkt)

    def holds(self, places: Sequence[Place]) -> NDArray[numpy.bool_]:
        """Whether each place lies within."""
        lats, lngs = numpy.array(places).T
        if self.fault is None:
            return spherely.within(spherely.points(lngs, lats), self._geography)
        return self._odd(numpy.radians(lats), numpy.radians(lngs))

    def _odd(self, lats: NDArray[numpy.float64], lngs: NDArray[numpy.float64]) -> NDArray[numpy.bool_]:
        """Whether the way from each place to the pole, in radians, crosses an odd number of edges."""
        odd = numpy.zeros(len(lats), dtype=bool)
        slopes = numpy.tan(lats)
        for (from_lng, from_lat), (to_lng, to_lat) in self._edges:
            if from_lng == to_lng:
                continue
            passes = (lngs < from_lng) != (lngs < to_lng)
            # latitude of a great circle through two points, at a longitude between them
            rise = numpy.tan(from_lat) * numpy.sin(to_lng - lngs) + numpy.tan(to_lat) * numpy.sin(lngs - from_lng)
            odd ^= passes & (rise / numpy.sin(to_lng - from_lng) > slopes)
        return odd


def _edges(wkt: str) -> NDArray[numpy.float64]:
    """All edges of all rings: from and to, each longitude and latitude in radians."""
    edges = []
    for ring in _RING.findall(wkt):
        points = numpy.radians([[float(number) for number in point.split()] for point in ring.split(",")])
        edges += list(itertools.pairwise(points))
    return numpy.array(edges)
