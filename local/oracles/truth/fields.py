"""What a line of a month's CSV says: fields, the columns of both schemas, times and numbers as BigQuery reads them."""

from __future__ import annotations

import hashlib
import math
import re
from datetime import datetime

from archive import SourceError

#: Columns of a row in the main table, named as in the present schema.
COLUMNS = [
    *("ride_id", "rideable_type", "started_at", "ended_at"),
    *("start_station_name", "start_station_id", "end_station_name", "end_station_id"),
    *("start_lat", "start_lng", "end_lat", "end_lng", "member_casual"),
]

#: Columns with other names in the old schema, which has no ride_id and no rideable_type.
OLD_NAMES = {
    "started_at": "start_time",
    "ended_at": "end_time",
    "start_lat": "start_station_latitude",
    "start_lng": "start_station_longitude",
    "end_lat": "end_station_latitude",
    "end_lng": "end_station_longitude",
    "member_casual": "user_type",
}
_OLD_KEY = ["bike_id", "start_time", "end_time", "duration_sec", "user_type"]
_OLD_USERS = {"Subscriber": "member", "Customer": "casual"}
_NAMES = {*COLUMNS, *OLD_NAMES.values(), "bike_id", "duration_sec"}

#: In lower case, what stands for nothing.
_NOTHING = {"", "null", "none", "nan", "n/a", r"\n", "-", "inf", "+inf", "-inf", "infinity", "-infinity"}

#: A field and what ends it; in quotes, a quote is written as two.
_FIELD = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",]*))(,|\Z)')
#: BigQuery's canonical form of a DATETIME, to microseconds.
_DATETIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[ Tt](\d\d?):(\d\d?):(\d\d?)(?:\.(\d{0,6}))?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def split(line: str) -> list[str] | None:
    """The fields of a line; None when its quotes do not pair, or stand elsewhere than around a field."""
    if '"' not in line:
        return line.split(",")
    fields: list[str] = []
    position, end = 0, ","
    while end:
        match = _FIELD.match(line, position)
        if match is None:
            return None
        quoted, plain, end = match.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        position = match.end()
    return fields


def is_header(line: str) -> bool:
    """Whether a line names the columns: it holds at least half of a schema's 13 names, whatever separates them."""
    return sum(word in _NAMES for word in re.findall(r"\w+", line.lower(), re.ASCII)) >= 7


class Header:
    """The columns of a file, found by their names."""

    def __init__(self, line: str, file: str) -> None:
        """SourceError when the file has the columns of neither schema."""
        names = [re.sub("[^a-z0-9_]", "", name.lower()) for name in line.split(",")]
        # a column without a name, behind the others, is none: what stands there is a field too many
        while names and not names[-1]:
            names.pop()
        self._width = len(names)
        self.is_old = "ride_id" not in names
        if self.is_old:
            columns, key = {column: OLD_NAMES.get(column, column) for column in COLUMNS[2:]}, _OLD_KEY
        else:
            columns, key = {column: column for column in COLUMNS}, COLUMNS[:1]
        wanted = dict.fromkeys([*columns.values(), *key])
        if wrong := [name for name in wanted if names.count(name) != 1]:
            raise SourceError(f"{file} must have these columns once: {', '.join(wrong)}; it has {', '.join(names)}")
        self._columns = {column: names.index(name) for column, name in columns.items()}
        self._key = [names.index(name) for name in key]

    def fields(self, line: str) -> list[str] | None:
        """The fields of a row; None when there are too few, or more than empty ones too many."""
        fields = split(line)
        if fields is None or len(fields) < self._width or any(fields[self._width :]):
            return None
        return [field.strip() for field in fields]

    def key(self, fields: list[str]) -> str | None:
        """unique_row_id as hex digits; None for a row without a ride_id (in the old schema: a bike_id)."""
        texts = [fields[index] for index in self._key]
        if null(texts[0]) is None:
            return None
        if self.is_old:
            texts[-1] = null(texts[-1]) or ""
        return hashlib.md5("|".join(texts).encode(), usedforsecurity=False).hexdigest()

    def values(self, fields: list[str]) -> dict[str, str | None]:
        """Texts of COLUMNS."""
        row = dict.fromkeys(COLUMNS) | {column: null(fields[index]) for column, index in self._columns.items()}
        row["member_casual"] = _OLD_USERS.get(row["member_casual"], row["member_casual"])
        return row


def null(text: str) -> str | None:
    """A field's text, None when it stands for nothing."""
    return None if text.lower() in _NOTHING else text


def wall_clock(text: str | None) -> datetime | None:
    """SAFE_CAST of a text to DATETIME."""
    match = _DATETIME.fullmatch(text or "")
    if not match:
        return None
    *parts, fraction = match.groups()
    try:
        return datetime(*(int(part or 0) for part in parts), int((fraction or "").ljust(6, "0")))
    except ValueError:
        return None


def number(text: str | None) -> float | None:
    """SAFE_CAST of a text to FLOAT64, which accepts surrounding blanks. Infinity and NaN count as invalid."""
    text = (text or "").strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
