"""CSV files that DuckDB doesn't read as BigQuery does: it gets a rewritten copy of them.

Stock: one byte that isn't UTF-8 makes the whole file unreadable; a lone CR in a file with other line ends loses the
character behind it; a byte order mark vanishes; a line of more than 2 MB is refused.
BigQuery: U+FFFD takes the place of what isn't UTF-8; LF, CRLF and CR end a line; NUL is an error unless
preserve_ascii_control_characters is set; a row has 100 MB at most. A byte order mark stays in the first value: Google
only says that it "might cause unexpected issues".
A file that DuckDB reads well is looked through once (0.05 s for 50 MB) and read itself; a copy follows its file.
"""

from __future__ import annotations

import codecs
import glob
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wrapper.engine import Engine

#: BigQuery's limit for a row of a CSV.
MAXIMUM_ROW = 100 * 1024 * 1024
#: DuckDB's default limit for a line.
_USUAL_ROW = 2 * 1024 * 1024
_BLOCK = 1024 * 1024
_MARK = codecs.BOM_UTF8


class UnreadableCsv(Exception):
    """BigQuery's reason for refusing a file."""


@dataclass
class Findings:
    """Special properties of a file."""

    utf8: bool = True
    nul: bool = False
    mark: bool = False
    line_ends: int = 0
    carriage_returns: int = 0
    both: int = 0
    #: bytes of the longest line; exact when it is longer than a block
    longest: int = _BLOCK

    @property
    def mixed(self) -> bool:
        """Whether lines end in more than one way."""
        return self.carriage_returns != self.both or self.both not in (0, self.line_ends)


@dataclass
class Readable:
    """A file for DuckDB."""

    path: str
    longest: int


#: set while CREATE EXTERNAL TABLE runs: a file that can't be read is the query's error, as in BigQuery
creating: ContextVar[bool] = ContextVar("creating", default=False)

_lock = threading.Lock()
#: by file and quote: its state when it was looked through, and what DuckDB is to read in its place
_known: dict[tuple[str, str], tuple[tuple[int, ...], Findings, Readable]] = {}


def blocks(path: str) -> Iterator[bytes]:
    """The file's bytes; CR and LF stay together."""
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            while block.endswith(b"\r"):
                more = file.read(1)
                block += more
                if not more:
                    break
            yield block


def look_through(path: str) -> Findings:
    """Reads the whole file once."""
    found = Findings()
    decoder = codecs.getincrementaldecoder("utf-8")()
    clean = True
    since = 0
    for index, block in enumerate(blocks(path)):
        found.mark = found.mark or (index == 0 and block.startswith(_MARK))
        if found.utf8 and not (clean and block.isascii()):
            try:
                decoder.decode(block)
                clean = decoder.getstate()[0] == b""
            except UnicodeDecodeError:
                found.utf8 = False
        found.nul = found.nul or b"\0" in block
        if b"\r" in block:
            found.carriage_returns += block.count(b"\r")
            found.both += block.count(b"\r\n")
        found.line_ends += block.count(b"\n")
        first = block.find(b"\n")
        found.longest = max(found.longest, since + (len(block) if first < 0 else first))
        since = since + len(block) if first < 0 else len(block) - block.rfind(b"\n") - 1
    found.utf8 = found.utf8 and clean
    return found


def rewrite(path: str, copy: Path, found: Findings, quote: str) -> None:
    """Writes a copy that DuckDB reads as BigQuery reads the file; line ends within quotes stay as they are."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with copy.open("wb") as out:
        if found.mark:
            # DuckDB takes away one
            out.write(_MARK)
        for block in blocks(path):
            text = block if found.utf8 else decoder.decode(block).encode()
            out.write(text if quote else text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        if not found.utf8:
            out.write(decoder.decode(b"", final=True).encode())


def readable(path: str, folder: Path, options: dict[str, Any]) -> Readable:
    """The file itself or a copy of it; UnreadableCsv when BigQuery refuses it, too."""
    key = (path, options["quote"])
    state = os.stat(path)
    now = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    with _lock:
        known = _known.get(key)
        if known is None or known[0] != now:
            found = look_through(path)
            result = Readable(path, found.longest)
            if not found.utf8 or found.mark or (found.mixed and not options["quote"]):
                result = rewritten(path, folder, found, options)
            known = _known[key] = (now, found, result)
    _, found, result = known
    if found.nul and not options["controls"]:
        raise UnreadableCsv("Bad character (ASCII 0) encountered.")
    if result.longest > MAXIMUM_ROW:
        raise UnreadableCsv(f"Row size is larger than: {MAXIMUM_ROW}.")
    return result


def rewritten(path: str, folder: Path, found: Findings, options: dict[str, Any]) -> Readable:
    """Makes the copy; what reads an older one goes on undisturbed."""
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(json.dumps([path, options["quote"]]).encode()).hexdigest()[:32]
    copy = folder / f"{name}.csv"
    unfinished = copy.with_suffix(".part")
    rewrite(path, unfinished, found, options["quote"])
    unfinished.replace(copy)
    return Readable(str(copy), look_through(str(copy)).longest)


def literal(path: str) -> str:
    """A pattern of DuckDB that only this path matches."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def pattern_of(path: str) -> str:
    """The path as a glob in which only * is special, as in BigQuery."""
    return path.replace("[", "[[]").replace("?", "[?]")


def register(engine: Engine) -> None:
    """Gives DuckDB the functions by which views find their files and the length of their lines."""
    root = engine.storage_root
    copies = engine.copies_folder
    shutil.rmtree(copies, ignore_errors=True)
    _known.clear()

    def found(text: str) -> list[Readable]:
        options = json.loads(text)
        result = []
        for path in options["paths"]:
            pattern = f"{glob.escape(str(root))}/{pattern_of(path)}"
            files = sorted(file for file in glob.glob(pattern) if os.path.isfile(file))
            for file in files:
                try:
                    result.append(readable(file, copies, options))
                except UnreadableCsv as error:
                    if creating.get():
                        result.append(Readable(file, 0))
                        continue
                    name = os.path.relpath(file, root)
                    raise UnreadableCsv(f"{error} File: gs://{name}") from None
            if not files:
                # DuckDB then says that there's no such file
                result.append(Readable(pattern, 0))
        return result

    def files(text: str) -> list[str]:
        return [each.path if "*" in each.path else literal(each.path) for each in found(text)]

    def longest_line(text: str) -> int:
        return MAXIMUM_ROW if any(each.longest >= _USUAL_ROW for each in found(text)) else _USUAL_ROW

    def buffer_size(text: str) -> int:
        return MAXIMUM_ROW + _USUAL_ROW if longest_line(text) > _USUAL_ROW else 16 * _USUAL_ROW

    connection = engine.connection
    connection.create_function("patched_csv_files", files, ["VARCHAR"], "VARCHAR[]")
    connection.create_function("patched_csv_line", longest_line, ["VARCHAR"], "BIGINT")
    connection.create_function("patched_csv_buffer", buffer_size, ["VARCHAR"], "BIGINT")
