"""Clients generated from the running server's schema: typed, checked and run against it."""

import time
from collections.abc import Awaitable, Callable

from tests import clients
from tests.conformance.rows import Row
from tests.conformance.server import Server

OFFICER = "officer@secretariat.example"


async def check(server: Server) -> list[Row]:
    """1 for each client that was generated, passed its type check and got the right answers."""
    token = server.token(OFFICER)
    return [
        row
        for name, client in (("python", clients.python), ("typescript", clients.typescript))
        for row in await _tried(name, client, server.api, token)
    ]


async def _tried(
    name: str, client: Callable[[str, str], Awaitable[str]], api: str, token: str
) -> list[Row]:
    began = time.monotonic()
    try:
        print(f"clients.{name}: {await client(api, token)}")
        works = True
    except clients.Failed as failure:
        print(f"clients.{name}: {failure}")
        works = False
    return [
        Row(f"clients.{name}", int(works), at_least=1),
        Row(f"clients.{name}_seconds", time.monotonic() - began),
    ]
