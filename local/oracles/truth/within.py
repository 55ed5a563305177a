"""Computes in which counties places lie, for tests of the emulator's geography.

Reads `{"outlines": {name: WKT}, "places": [[latitude, longitude], ...]}` on standard input and writes, for each place,
`{"within": [names], "next": metres to the next place}`.
"""

from __future__ import annotations

import json
import sys

import spherely
from derived import RADIUS
from outlines import Outline


def main() -> None:
    """Answers one request."""
    request = json.load(sys.stdin)
    outlines = {name: Outline(wkt) for name, wkt in request["outlines"].items()}
    places = [(lat, lng) for lat, lng in request["places"]]
    within = {name: outline.holds(places) for name, outline in outlines.items()}
    answer = []
    for index, (lat, lng) in enumerate(places):
        point = spherely.create_point(lng, lat)
        next_lat, next_lng = places[(index + 1) % len(places)]
        answer.append(
            {
                "within": sorted(name for name in outlines if within[name][index]),
                "next": float(spherely.distance(point, spherely.create_point(next_lng, next_lat), radius=RADIUS)),
            }
        )
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
