"""For supervisors and load balancers: does the process live, can it serve."""

import asyncio
import logging

from litestar import get
from litestar.enums import MediaType
from litestar.response import Response

from tracker.domain.database import answers
from tracker.graphql import execute

log = logging.getLogger(__name__)

PATIENCE = 3.0
"""Seconds. A database that takes longer serves nobody."""


@get("/health/live", media_type=MediaType.TEXT)
async def live() -> str:
    """The process answers."""
    return "alive\n"


@get("/health/ready", media_type=MediaType.TEXT)
async def ready() -> Response[str]:
    """Both kinds of connection answer: those that read and those that write."""
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(execute("{ __typename cities(first: 1) { totalCount } }"),
                                 answers())  # fmt: skip
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is "not now"
        log.warning("not ready: %s", error)
        return Response("The database does not answer.\n", status_code=503)
    return Response("ready\n")
