"""A request to the API that carries files, from its first byte to the last of what it leaves."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from litestar import Request

from tracker.settings import Settings
from tracker.storage import settle
from tracker.web.asked import CLOSE, Asked, Refused
from tracker.web.operations import PREFLIGHT, operation
from tracker.web.uploads import MULTIPART as MULTIPART_TYPE
from tracker.web.uploads import BadUpload, SlowUpload

MULTIPART = MULTIPART_TYPE.encode()


@asynccontextmanager
async def with_files(
    scope: Any, headers: Mapping[bytes, bytes], receive: Any, settings: Settings
) -> AsyncIterator[Asked]:
    """The parameters, with files in their variables. What does not become evidence is gone again
    when the request is through.

    Raises Refused.
    """
    if not any(headers.get(name) for name in PREFLIGHT):
        raise Refused(403, "Send the header GraphQL-Require-Preflight: 1 with files.")
    request: Request[Any, Any, Any] = Request(scope, receive)
    try:
        parameters, received = await operation(request, settings)
    except BadUpload as problem:
        close = (CLOSE,) if isinstance(problem, SlowUpload) else ()
        raise Refused(problem.status, str(problem), *close) from problem
    try:
        yield _checked(parameters)
    finally:
        await settle(settings, received.files.values())


def _checked(parameters: dict[str, Any]) -> Asked:
    try:
        return msgspec.convert(parameters, Asked)
    except msgspec.ValidationError as error:
        raise Refused(400, f"Send “operations” with at least “query”: {error}.") from error
