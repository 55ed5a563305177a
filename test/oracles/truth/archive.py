"""The published files: the zip of each month and the counties' table, over HTTP or from a folder.

The bucket of trips is read by S3's ListObjects
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html); a folder holds the same files.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import requests

#: Seconds that a server may take to answer; a generated month is made when it is first asked for.
PATIENCE = 300

_KEY = re.compile(r"(20\d\d)(0[1-9]|1[0-2])-[\w.-]*tripdata[\w.-]*\.zip", re.ASCII)

# an outline is far longer than the limit of csv
csv.field_size_limit(2**27)


class SourceError(Exception):
    """A published file is missing or is not what it must be."""


@dataclass(slots=True)
class Archive:
    """The zip of a month."""

    key: str
    content: bytes = field(repr=False)
    #: as the server names this content; of an object that was uploaded in one piece, its MD5 as hex digits
    etag: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Every line of its CSV with its number from 1, without its end (LF or CRLF)."""
        with zipfile.ZipFile(io.BytesIO(self.content)) as files:
            # macOS leaves resource forks below __MACOSX
            names = [name for name in files.namelist() if name.endswith(".csv") and not name.startswith("__MACOSX")]
            if len(names) != 1:
                raise SourceError(f"{self.key} must hold one CSV; it holds {', '.join(files.namelist())}")
            with io.TextIOWrapper(files.open(names[0]), "utf-8-sig", errors="replace", newline="\n") as text:
                for number, line in enumerate(text, 1):
                    yield number, line.removesuffix("\n").removesuffix("\r")


class Archives:
    """The zips of all months."""

    def __init__(self, place: str) -> None:
        """place: address of the bucket, or a folder with its files."""
        self._place = place.rstrip("/")
        keys = _listing(self._place) if _is_url(place) else [path.name for path in Path(place).iterdir()]
        self._keys: dict[date, str] = {}
        # of several objects of a month, the first by name
        for key in sorted(keys):
            if match := _KEY.fullmatch(key):
                self._keys.setdefault(date(int(match[1]), int(match[2]), 1), key)

    def of(self, month: date) -> Archive:
        """month: its first day. SourceError when its file is missing."""
        if month not in self._keys:
            raise SourceError(f"{self._place} has no file of {month:%Y-%m}, which baywheels_loads says is loaded")
        key = self._keys[month]
        content, etag = _read(f"{self._place}/{quote(key) if _is_url(self._place) else key}")
        return Archive(key, content, etag)


def counties(place: str) -> dict[str, str]:
    """The counties' outlines as well-known text, by name. place: address or path of the CSV."""
    rows = csv.DictReader(io.StringIO(_read(place)[0].decode("utf-8-sig"), newline=""))
    found = {row["county"].strip(): row["the_geom"] for row in rows}
    if not found:
        raise SourceError(f"{place} holds no county")
    return found


def _is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _read(place: str) -> tuple[bytes, str]:
    """Content and ETag of an address or a file."""
    if not _is_url(place):
        content = Path(place).read_bytes()
        return content, _md5(content)
    answer = requests.get(place, timeout=PATIENCE)
    answer.raise_for_status()
    served = answer.headers.get("ETag", "").strip('"')
    # only the server knows the ETag of an object that was uploaded in parts: it ends in their number
    return answer.content, served if "-" in served else _md5(answer.content)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _listing(bucket: str) -> list[str]:
    """All keys of a bucket, page by page: S3 tells the next marker only with a delimiter, so it is the last key."""
    keys: list[str] = []
    while True:
        marker = quote(keys[-1], safe="") if keys else ""
        page = ElementTree.fromstring(_read(f"{bucket}/?prefix=20&marker={marker}")[0])
        keys += [element.text or "" for element in page.iterfind("{*}Contents/{*}Key")]
        if page.findtext("{*}IsTruncated") != "true":
            return keys
