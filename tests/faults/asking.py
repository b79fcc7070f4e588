"""A web server that is asked all the time, so that it is known for how long it answered nothing."""

import asyncio
import os
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import httpx

from tests.faults.histories import Histories
from tracker.settings import Settings

DOCUMENT = {"query": "{ cities { totalCount } }"}
"""What takes PostgreSQL to answer."""

EVERY_SECONDS = 0.1
PATIENCE_SECONDS = 60


@asynccontextmanager
async def asked(settings: Settings, noted: Histories) -> AsyncIterator[None]:
    """The history `asked` tells, while the block runs and until an answer comes again, when
    something was asked (`at`, in seconds) and whether it was answered."""
    port = _free_port()
    chosen = replace(settings, port=port, base_url=f"http://127.0.0.1:{port}", log_level="warning")
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tracker", "serve"),
        env={"PATH": os.environ["PATH"], **chosen.to_environment()},
        stdout=DEVNULL, stderr=STDOUT,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(base_url=chosen.base_url, timeout=2) as client:
            await _answered(client)
            asking = asyncio.create_task(_ask(client, noted))
            try:
                yield
                await _answered(client)
            finally:
                asking.cancel()
    finally:
        server.terminate()
        await server.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


async def _ask(client: httpx.AsyncClient, noted: Histories) -> None:
    while True:
        at = time.time()
        noted.note("asked", at=at, answered=await _answers(client))
        await asyncio.sleep(EVERY_SECONDS)


async def _answered(client: httpx.AsyncClient) -> None:
    """Wait for an answer, and no longer than one would wait."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if await _answers(client):
                    return
                await asyncio.sleep(EVERY_SECONDS)


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        answer = await client.post("/graphql", json=DOCUMENT)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK and "errors" not in answer.json()
