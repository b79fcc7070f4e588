"""What relays wrote into their log of mails that they have taken.

    Postfix     …/cleanup[1]: 4F1A2B: message-id=<ID>, then of 4F1A2B: (queue active) or status=
    Exim        1abcDE-00001-AB <= sender … id=ID
    OpenSMTPD   smtp envelope evpid=… from=<SENDER>; it never writes the Message-ID

Postfix names a mail while it comes in, so a name alone is no acceptance.
"""

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, TypeVar

Value = TypeVar("Value")

BYTES_MOST = 64_000_000
"""Of a log that are read at once; what lies before is not known."""

MAILS_MOST = 50_000
"""That are remembered."""

NAMED = re.compile(rb"/cleanup\[\d+\]: (\w+): message-id=(<[^>\s]+>)")
QUEUED = re.compile(rb"\]: (\w+): (?:from=.*\(queue active\)|to=.* status=\w+)")
EXIM = re.compile(rb" \S+ <= .*? id=([^>\s]+)(?:\s|$)")
OPENSMTPD = re.compile(rb" smtp envelope evpid=\S+ from=<([^>\s]+)>")

BSD = re.compile(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d")
ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?[+-]\d\d:?\d\d|Z)?")


class RelayLog:
    """A log that is read on from where it was read to before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._inode, self._offset = 0, 0
        self._named = OrderedDict[bytes, bytes]()
        self._taken = OrderedDict[bytes, datetime | None]()
        self._since: datetime | None = None

    def taken(self, *names: str) -> bool:
        """Whether the relay has taken a mail of this Message-ID or envelope's sender, as far as
        was read."""
        return any(each.encode() in self._taken for each in names if each)

    def reaches_back_to(self, instant: datetime) -> bool:
        """Whether all that was written since is known, so that what is not there did not happen."""
        return self._since is not None and self._since <= instant

    def read_on(self) -> None:
        """Read what was written since. Raises OSError."""
        with self._lock, self._path.open("rb") as file:
            status = os.fstat(file.fileno())
            replaced = self._inode != status.st_ino
            if replaced or self._offset > status.st_size:
                self._turn_over(replaced=replaced)
                self._inode, self._offset = status.st_ino, 0
            self._read(file, status.st_size)

    def _turn_over(self, *, replaced: bool) -> None:
        """The rest of the part that was read before, which has another name by now, or was copied
        there. Where another part is there, something in between is not known."""
        try:
            with Path(f"{self._path}.1").open("rb") as file:
                status = os.fstat(file.fileno())
                same = status.st_ino == self._inode if replaced else status.st_size >= self._offset
                if self._inode and not same:
                    self._lose()
                    self._offset = 0
                self._read(file, status.st_size)
        except FileNotFoundError:
            if self._inode:
                self._lose()

    def _read(self, file: BinaryIO, size: int) -> None:
        if size - self._offset > BYTES_MOST:
            self._lose()
            self._offset = size - BYTES_MOST
        file.seek(self._offset)
        for line in _whole(file):
            self._take(line)
            self._offset += len(line)

    def _lose(self) -> None:
        """What follows does not follow what was read."""
        self._named.clear()
        self._since = None

    def _take(self, line: bytes) -> None:
        if self._since is None:
            self._since = _instant(line)
        if found := NAMED.search(line):
            _keep(self._named, found[1], found[2])
        elif (found := QUEUED.search(line)) and (name := self._named.pop(found[1], None)):
            self._remember(name, line)
        elif found := OPENSMTPD.search(line):
            self._remember(found[1], line)
        elif found := EXIM.search(line):
            self._remember(b"<%s>" % found[1], line)

    def _remember(self, name: bytes, line: bytes) -> None:
        gone = _keep(self._taken, name, _instant(line))
        if gone is not None:
            self._since = gone


@lru_cache(4)
def relay_log(path: Path) -> RelayLog:
    """The log at this path, as far as this process has read it."""
    return RelayLog(path)


def _keep(kept: OrderedDict[bytes, Value], key: bytes, value: Value) -> Value | None:
    """Keep this as the newest. Returns the oldest, if there is no more room for it."""
    kept[key] = value
    return kept.popitem(last=False)[1] if len(kept) > MAILS_MOST else None


def _whole(file: BinaryIO) -> Iterator[bytes]:
    """Lines that were written to their end."""
    for line in file:
        if line.endswith(b"\n"):
            yield line


def _instant(line: bytes) -> datetime | None:
    """When it was written, by the ISO time or syslog's former one (which tells no year) that it
    begins with; one without a zone is of this machine's."""
    text = line[:40].decode("ascii", "replace")
    if found := ISO.match(text):
        return datetime.fromisoformat(found[0].replace(" +", "+").replace(" -", "-")).astimezone(
            UTC
        )
    if found := BSD.match(text):
        now = datetime.now().astimezone()
        for year in (now.year, now.year - 1):
            try:
                read = datetime.strptime(f"{year} {found[0]}", "%Y %b %d %H:%M:%S").astimezone()
            except ValueError:  # the 29th of February of the other year
                continue
            if read <= now + timedelta(days=1):
                return read.astimezone(UTC)
    return None
