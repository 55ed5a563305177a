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

_KEY = re.compile(r"(20\d\d)(0[1-9]|1[0-2])[ _-][\w .-]*tripdata[\w .-]*\.zip", re.ASCII | re.IGNORECASE)

# an outline is far longer than the limit of csv
csv.field_size_limit(2**27)


class SourceError(Exception):
    """A published file is missing or invalid."""


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

    def lines(self) -> Iterator[str]:
        """The lines of its CSV that aren't blank, without their ends (LF, CRLF or CR), as BigQuery reads one column.

        The byte 1 ends that column, and a byte that is not UTF-8 is U+FFFD.
        """
        try:
            files = zipfile.ZipFile(io.BytesIO(self.content))
        except zipfile.BadZipFile as error:
            raise SourceError(f"{self.key} isn't a zip file, or is truncated: {error}") from error
        with files:
            # macOS leaves resource forks: x.csv has ._x.csv, often below __MACOSX
            names = [name for name in files.namelist() if name.lower().endswith(".csv") and not _is_fork(name)]
            if len(names) != 1:
                raise SourceError(f"{self.key} must hold one CSV; it holds {', '.join(files.namelist())}")
            with io.TextIOWrapper(files.open(names[0]), "utf-8-sig", errors="replace") as text:
                for line in text:
                    raw = line.removesuffix("\n").partition("\x01")[0]
                    if raw.strip():
                        yield raw


class Archives:
    """The zips of all months."""

    def __init__(self, place: str) -> None:
        """place: address of the bucket, or a folder with its files."""
        self._place = place.rstrip("/")
        files = Path(place).iterdir
        keys = _listing(self._place) if _is_url(place) else [(path.stat().st_mtime, path.name) for path in files()]
        self._keys: dict[date, str] = {}
        # of several objects of a month, the newest
        for _, key in sorted(keys):
            if match := _KEY.fullmatch(key):
                self._keys[date(int(match[1]), int(match[2]), 1)] = key

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


def _is_fork(name: str) -> bool:
    return "__MACOSX" in name.split("/")[:-1] or name.split("/")[-1].startswith("._")


def _listing(bucket: str) -> list[tuple[str, str]]:
    """When each object was last modified, and its key, page by page: the marker of the next page is the last key."""
    found: list[tuple[str, str]] = []
    while True:
        marker = quote(found[-1][1], safe="") if found else ""
        page = ElementTree.fromstring(_read(f"{bucket}/?prefix=20&marker={marker}")[0])
        for element in page.iterfind("{*}Contents"):
            found.append((element.findtext("{*}LastModified") or "", element.findtext("{*}Key") or ""))
        if page.findtext("{*}IsTruncated") != "true":
            return found
