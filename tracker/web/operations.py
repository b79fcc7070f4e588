"""GraphQL operations that carry files, after the GraphQL multipart request specification."""

from typing import Any

import msgspec

from tracker.domain.messages import say
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.settings import Settings
from tracker.storage import settle
from tracker.web.uploads import BadUpload, Received, receive

PREFLIGHT = (b"graphql-require-preflight", b"apollo-require-preflight")
"""A browser asks our permission before it sends one of these headers for another site, which
it does not get; a form of another site cannot set them at all."""


async def operation(request: Any, settings: Settings) -> tuple[dict[str, Any], Received]:
    """The request's parameters with the files in their variables, and what was received.

    Raises BadUpload; then nothing of the request is left in the store.
    """
    received = await receive(request, settings)
    try:
        asked = _object(received, "operations")
        for name, paths in _object(received, "map").items():
            for path in _paths(paths):
                _put(asked, path, _file(received, name))
    except BadUpload:
        await settle(settings, received.files.values())
        raise
    return asked, received


def _object(received: Received, part: str) -> dict[str, Any]:
    try:
        [text] = received.texts.get(part, [""])
        value = msgspec.json.decode(text.encode())
    except (ValueError, RecursionError) as error:
        raise BadUpload(say("Send the part “{part}” once, as a JSON object.", part=part)) from error
    if not isinstance(value, dict):
        raise BadUpload(say("Send the part “{part}” once, as a JSON object.", part=part))
    return value


def _paths(paths: Any) -> list[str]:
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise BadUpload(say('The part “map” says for each file where it goes: ["variables.file"].'))
    return paths


def _file(received: Received, name: str) -> ReceivedFile:
    if name not in received.files:
        raise BadUpload(say("The map names the file {name!r}, which was not sent.", name=name[:40]))
    return received.files[name]


def _put(asked: dict[str, Any], path: str, file: ReceivedFile) -> None:
    """Only a null in the variables is replaced, as the specification has it."""
    *steps, last = path.split(".")
    holder: Any = asked
    try:
        for step in steps:
            holder = holder[_key(holder, step)]
        key = _key(holder, last)
        fits = steps[:1] == ["variables"] and holder[key] is None
    except (LookupError, TypeError, ValueError):
        fits = False
    if not fits:
        raise BadUpload(
            say("The map's {path!r} leads to no null in the variables.", path=path[:80])
        )
    holder[key] = file


def _key(holder: Any, step: str) -> int | str:
    return int(step) if isinstance(holder, list) else step
