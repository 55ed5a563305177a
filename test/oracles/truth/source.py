"""The raw published files: a month's rides and the counties' table, over HTTP or from a folder.

The bucket of trips is read by S3's ListObjects
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html); a folder holds the same files.
What makes a row a ride of its month is said in flows/05_gcp_load_data_scheduled.yaml.
"""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import requests
from outlines import Place

#: Seconds that a server may take to answer; a generated month is made when it is first asked for.
PATIENCE = 300

#: Columns of the present schema, in their order.
COLUMNS = [
    *("ride_id", "rideable_type", "started_at", "ended_at"),
    *("start_station_name", "start_station_id", "end_station_name", "end_station_id"),
    *("start_lat", "start_lng", "end_lat", "end_lng", "member_casual"),
]

_KEY = re.compile(r"(20\d\d)(0[1-9]|1[0-2])-[\w.-]*tripdata[\w.-]*\.zip", re.ASCII)
#: BigQuery's canonical form of a DATETIME, to microseconds.
_DATETIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[ Tt](\d\d?):(\d\d?):(\d\d?)(?:\.(\d{0,6}))?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

# an outline is far longer than the limit of csv
csv.field_size_limit(2**27)


class SourceError(Exception):
    """A published file is missing or is not what it must be."""


@dataclass(slots=True)
class Ride:
    """A ride as published; times are San Francisco's wall clock, None is unknown."""

    ride_id: str
    started_at: datetime
    ended_at: datetime
    start_station: str | None
    end_station: str | None
    #: as published, whether they name a place or not
    coordinates: tuple[float | None, float | None, float | None, float | None]

    @property
    def start(self) -> Place | None:
        """Where it began, when the coordinates name a place."""
        return _place(*self.coordinates[:2])

    @property
    def end(self) -> Place | None:
        """Where it ended, when the coordinates name a place."""
        return _place(*self.coordinates[2:])


def _place(lat: float | None, lng: float | None) -> Place | None:
    """Coordinates that are missing, 0 or beyond the globe name no place (stg_baywheels_tripdata)."""
    if not lat or not lng or not (abs(lat) <= 90 and abs(lng) <= 180):
        return None
    return lat, lng


class Trips:
    """The files of the months."""

    def __init__(self, place: str) -> None:
        """place: address of the bucket, or a folder with its files."""
        self._place = place.rstrip("/")
        keys = _listing(self._place) if _is_url(place) else [path.name for path in Path(place).iterdir()]
        self._keys: dict[date, str] = {}
        # of several objects of a month, the first by name
        for key in sorted(keys):
            if match := _KEY.fullmatch(key):
                self._keys.setdefault(date(int(match[1]), int(match[2]), 1), key)

    def rides(self, month: date) -> dict[str, Ride]:
        """A month's rides by ride_id, of rows with the same one the first in the order of their values.

        month: its first day. SourceError when its file is missing, or not of the present schema.
        """
        if month not in self._keys:
            raise SourceError(f"{self._place} has no file of {month:%Y-%m}, which baywheels_loads says is loaded")
        key = self._keys[month]
        first, before = _months_on(month, -1), _months_on(month, 2)
        found: dict[str, Ride] = {}
        for ride in _rides(_read(f"{self._place}/{quote(key) if _is_url(self._place) else key}"), key):
            # a file holds rides of its month and of the months beside it
            if not first <= ride.started_at.date() < before:
                continue
            other = found.setdefault(ride.ride_id, ride)
            if other is not ride and _order(ride) < _order(other):
                found[ride.ride_id] = ride
        return found


def counties(place: str) -> dict[str, str]:
    """The counties' outlines as well-known text, by name. place: address or path of the CSV."""
    rows = csv.DictReader(io.StringIO(_read(place).decode("utf-8-sig"), newline=""))
    found = {row["county"].strip(): row["the_geom"] for row in rows}
    if not found:
        raise SourceError(f"{place} holds no county")
    return found


def _is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _read(place: str) -> bytes:
    """Content of an address or a file."""
    if not _is_url(place):
        return Path(place).read_bytes()
    answer = requests.get(place, timeout=PATIENCE)
    answer.raise_for_status()
    return answer.content


def _listing(bucket: str) -> list[str]:
    """All keys of a bucket, page by page: S3 tells the next marker only with a delimiter, so it is the last key."""
    keys: list[str] = []
    while True:
        marker = quote(keys[-1], safe="") if keys else ""
        page = ElementTree.fromstring(_read(f"{bucket}/?prefix=20&marker={marker}"))
        keys += [element.text or "" for element in page.iterfind("{*}Contents/{*}Key")]
        if page.findtext("{*}IsTruncated") != "true":
            return keys


def _rides(archive: bytes, key: str) -> Iterator[Ride]:
    """Every row with a ride_id and both times."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        # macOS leaves resource forks below __MACOSX
        names = [name for name in files.namelist() if name.endswith(".csv") and not name.startswith("__MACOSX")]
        if len(names) != 1:
            raise SourceError(f"{key} must hold one CSV; it holds {', '.join(files.namelist())}")
        with io.TextIOWrapper(files.open(names[0]), "utf-8-sig", errors="replace", newline="") as text:
            rows = csv.reader(text)
            header = next(rows, [])
            if header[: len(COLUMNS)] != COLUMNS:
                raise SourceError(f"{key} is not of the present schema; its columns are {', '.join(header)}")
            for row in rows:
                if ride := _ride(row):
                    yield ride


def _ride(row: list[str]) -> Ride | None:
    """A row as a ride; None without ride_id or a readable time. Missing fields are unknown, further ones ignored."""
    row += [""] * (len(COLUMNS) - len(row))
    started_at, ended_at = _datetime(row[2]), _datetime(row[3])
    if not row[0] or started_at is None or ended_at is None:
        return None
    lat, lng, end_lat, end_lng = (_number(text) for text in row[8:12])
    return Ride(row[0], started_at, ended_at, row[5] or None, row[7] or None, (lat, lng, end_lat, end_lng))


def _datetime(text: str) -> datetime | None:
    match = _DATETIME.fullmatch(text)
    if not match:
        return None
    *parts, fraction = match.groups()
    try:
        return datetime(*(int(part or 0) for part in parts), int((fraction or "").ljust(6, "0")))
    except ValueError:
        return None


def _number(text: str) -> float | None:
    # SAFE_CAST to FLOAT64 takes blanks around a number, to DATETIME none
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _order(ride: Ride) -> list[tuple[bool, object]]:
    """Sorts rows of the same ride_id, unknown values first."""
    stations = (ride.start_station, ride.end_station)
    values = (ride.started_at, ride.ended_at, *stations, *ride.coordinates)
    return [(value is not None, value) for value in values]


def _months_on(month: date, number: int) -> date:
    index = month.year * 12 + month.month - 1 + number
    return date(index // 12, index % 12 + 1, 1)
