"""Evidence files: received, looked at, and kept beside the database, outside every web root.

A file is safe on disk before the action that attaches it begins, under a name of ours that says
nothing. What no evidence refers to afterwards is removed: by `settle` when the request is through,
by the daily `tidy` where a process died in between.
"""

import asyncio
import hashlib
import os
import secrets
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tracker.domain.messages import Message
from tracker.domain.milestones.evidence import ReceivedFile, Room
from tracker.domain.milestones.queries import kept_files
from tracker.media import MediaProblem, media_type, require_honest
from tracker.settings import Settings

DAY = 24 * 60 * 60
"""Seconds after which a file without evidence belongs to no request that is still under way."""


LOOKERS = ThreadPoolExecutor(2, "files")
"""Few at a time look into files, whose contents somebody may have made up to be heavy."""


class Incoming:
    """A file while it comes in. Bytes beyond the limit are counted and thrown away."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = _plain_name(name)
        self.size = 0
        self._most = settings.file_mb * 1_000_000
        self._room = Room(settings.files_per_project, settings.files_mb_per_project * 1_000_000)
        self.key = secrets.token_hex(16)
        self.path = path(settings, self.key)
        # For this account alone; the folders below are reached through it only.
        (settings.data_dir / "evidence").mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.parent.mkdir(exist_ok=True)
        self._part = self.path.with_suffix(".part")
        self._digest = hashlib.sha256()
        self._file = self._part.open("xb")

    def write(self, chunk: bytes | bytearray) -> None:
        """Take the next bytes."""
        self.size += len(chunk)
        if self.size <= self._most:
            self._digest.update(chunk)
            self._file.write(chunk)

    async def finish(self) -> ReceivedFile:
        """The file as the store has it. One that must not be kept is gone, and says why."""
        return await asyncio.get_running_loop().run_in_executor(LOOKERS, self._finish)

    def abandon(self) -> None:
        """The request broke off."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def _finish(self) -> ReceivedFile:
        try:
            self._require_fitting()
            kind = media_type(self._part)
            require_honest(self.name, kind)
        except MediaProblem as problem:
            self.abandon()
            parts = {
                name: Message(each) if isinstance(each, str) else each
                for name, each in problem.parameters.items()
            }
            why = Message(problem.template, parts)
            return ReceivedFile(self.key, self.name, "", self.size, "", why)
        except BaseException:
            self.abandon()
            raise
        self._part.rename(self.path)
        _sync_folder(self.path.parent)
        digest = self._digest.hexdigest()
        return ReceivedFile(self.key, self.name, kind, self.size, digest, room=self._room)

    def _require_fitting(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if self.size > self._most:
            most = self._most // 1_000_000
            raise MediaProblem("Is larger than {most} MB; attach a smaller one.", most=most)
        if not self.size:
            raise MediaProblem("Is empty; choose the file again.")


def path(settings: Settings, key: str) -> Path:
    """Where the file of that key lies."""
    return settings.data_dir / "evidence" / key[:2] / key


async def settle(settings: Settings, files: Iterable[ReceivedFile]) -> None:
    """Remove those that no evidence refers to, because the action refused or did not run."""
    await _remove_unused(settings, [file.key for file in files if file.problem is None])


async def tidy(settings: Settings) -> int:
    """Remove what a dead process left behind; how many files that were."""
    folder = settings.data_dir / "evidence"
    before = time.time() - DAY
    old = [file for file in folder.glob("??/*") if file.stat().st_mtime < before]
    return await _remove_unused(settings, [file.name for file in old])


async def _remove_unused(settings: Settings, keys: list[str]) -> int:
    unused = set(keys) - await kept_files(keys) if keys else set()
    for key in unused:
        path(settings, key).unlink(missing_ok=True)
    return len(unused)


def _plain_name(name: str) -> str:
    """The last part of the name that the sender gave, without what could mislead its reader."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c if c.isprintable() else "_" for c in last).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:150]}{dot}{ending[:20]}" if stem else plain[:150] or "file"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
