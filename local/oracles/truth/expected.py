"""The expected content of the tables: the rides of the loaded months, a sample of them, and derived values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from archive import Archives
from marts import Months
from places import Stations
from rides import Ride, read


@dataclass(slots=True)
class Expected:
    """What the loaded files hold; by month is by its first day."""

    #: keys of the rides of each month
    rides: dict[date, list[str]] = field(default_factory=dict)
    #: of each month: how many rejected rows have a reason and a text
    rejected: dict[date, Counter[tuple[str, str]]] = field(default_factory=dict)
    #: of each month: columns of its row in baywheels_loads
    loads: dict[date, dict[str, object]] = field(default_factory=dict)
    months: Months = field(default_factory=Months)
    stations: Stations = field(default_factory=Stations)
    #: the rides with the smallest keys, by key
    sample: dict[str, Ride] = field(default_factory=dict)

    @property
    def sampled_to(self) -> str:
        """Largest key of the sample."""
        return max(self.sample)


def expect(archives: Archives, months: Iterable[date], sample: int) -> Expected:
    """Reads the months. A ride in two files belongs to the newer month, with that file's values (ADR 3)."""
    expected = Expected()
    owned: set[str] = set()
    for month in sorted(months, reverse=True):
        _add(expected, archives, month, owned)
        expected.sample = {key: expected.sample[key] for key in sorted(expected.sample)[:sample]}
    return expected


def _add(expected: Expected, archives: Archives, month: date, owned: set[str]) -> None:
    """Takes a month in. owned: keys of the rides of newer months, to which this one's are added."""
    archive = archives.of(month)
    found = read(archive, month)
    expected.rejected[month] = found.rejected
    expected.loads[month] = {
        "object_name": archive.key,
        "size_bytes": archive.size,
        "etag": archive.etag,
        "rows_in_file": len(found.rides) + found.rejected.total(),
        "rows_loaded": len(found.rides),
        "rows_rejected": found.rejected.total(),
    }
    rides = {key: ride for key, ride in found.rides.items() if key not in owned}
    owned.update(rides)
    expected.rides[month] = list(rides)
    for ride in rides.values():
        expected.stations.add(ride)
        expected.months.add(ride)
    expected.sample |= rides
