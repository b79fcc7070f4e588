"""Requests with files in them: parts are read as they come in, within limits, into the store."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from litestar.exceptions import HTTPException
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from tracker.domain.messages import Message, say
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.settings import Settings
from tracker.storage import Incoming, settle
from tracker.web.forms import posted
from tracker.web.patience import SLOW, UPLOAD_SECONDS, patient

MULTIPART = "multipart/form-data"
TEXTS_MOST = 100_000
"""Bytes of all parts that are no files."""


class BadUpload(Exception):
    """The request is no form with files, or too much of one; says what to do."""

    status = 400

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)


class SlowUpload(BadUpload):
    """The client takes too long; whoever answers closes the connection."""

    status = 408


async def multipart(request: Any) -> None:
    """Raises HTTPException for a form of another kind, once it is known to be of this session."""
    if request.content_type[0] != MULTIPART:
        await posted(request)
        raise HTTPException(f"Only {MULTIPART} is read here.", status_code=415)


@dataclass
class Received:
    """The parts by name. Files that may not be kept are there too, and say why."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, ReceivedFile] = field(default_factory=dict)


async def receive(request: Any, settings: Settings) -> Received:
    """Read the request's parts. Raises BadUpload; then nothing of it is left in the store."""
    boundary = request.content_type[1].get("boundary", "").strip('"')
    if not boundary:
        raise BadUpload(say("The Content-Type names no boundary."))
    reading = _Reading(settings)
    try:
        with PushMultipartParser(boundary, max_segment_count=settings.upload_parts) as parser:
            async for chunk in _chunks(request, settings):
                for event in parser.parse(chunk):
                    await reading.take(event)
    except (MultipartError, UnicodeDecodeError) as error:
        await reading.undo()
        raise BadUpload(say("The form cannot be read: {error}.", error=error)) from error
    except BaseException:
        await reading.undo()
        raise
    return reading.received


class _Reading:
    """Where the parser is: inside a file, inside a text, or between parts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.received = Received()
        self._segment: MultipartSegment | None = None
        self._file: Incoming | None = None
        self._text = bytearray()
        self._texts = 0

    async def take(self, event: Any) -> None:
        """A part begins, goes on (bytes), or ends (None)."""
        if isinstance(event, MultipartSegment):
            self._segment = event
            if event.filename is not None:
                self._file = Incoming(self.settings, event.filename)
        elif event is None:
            await self._end()
        elif self._file:
            self._file.write(event)
        else:
            self._texts += len(event)
            if self._texts > TEXTS_MOST:
                raise BadUpload(
                    say("More than {most:,} bytes beside the files; send less.", most=TEXTS_MOST)
                )
            self._text += event

    async def _end(self) -> None:
        assert self._segment is not None
        name = self._segment.name
        if self._file:
            if name in self.received.files:
                raise BadUpload(
                    say(
                        "Two files are named {name!r}; give each part its own name.", name=name[:40]
                    )
                )
            self.received.files[name] = await self._file.finish()
            self._file = None
        else:
            self.received.texts.setdefault(name, []).append(self._text.decode())
            self._text = bytearray()

    async def undo(self) -> None:
        """Leave nothing behind."""
        if self._file:
            self._file.abandon()
        await settle(self.settings, self.received.files.values())


async def _chunks(request: Any, settings: Settings) -> AsyncIterator[bytes]:
    """The body as it comes in. Raises BadUpload when it breaks off or never ends, SlowUpload
    when it takes too long."""
    size, most = 0, settings.upload_parts * settings.file_mb * 1_000_000
    receive = patient(request.receive, UPLOAD_SECONDS)
    while True:
        try:
            message = await receive()
        except TimeoutError as error:
            raise SlowUpload(SLOW) from error
        if message["type"] == "http.disconnect":
            raise BadUpload(say("The request broke off."))
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise BadUpload(
                say(
                    "More than {megabytes} MB; send fewer files at once.",
                    megabytes=most // 1_000_000,
                )
            )
        if chunk:  # to the parser, an empty one is the end
            yield chunk
        if not message.get("more_body"):
            return
