"""How long a request's body is waited for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tracker.domain.messages import say

PAUSE_SECONDS = 20.0
"""Without a byte."""

TEXT_SECONDS, UPLOAD_SECONDS = 60.0, 600.0
"""From the first wait to the end of the body."""

SLOW = say("The request's body came too slowly; send it again.")

Receive = Callable[[], Awaitable[Any]]


def patient(receive: Receive, seconds: float) -> Receive:
    """ASGI's `receive`, which raises TimeoutError when the client pauses or takes more than
    `seconds` over the whole body."""
    clock = asyncio.get_running_loop().time
    until = clock() + seconds

    async def receive_in_time() -> Any:
        async with asyncio.timeout_at(min(until, clock() + PAUSE_SECONDS)):
            return await receive()

    return receive_in_time
