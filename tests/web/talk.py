"""A conversation over graphql-transport-ws, message by message."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.cast import Cast
from tests.web.browser import HOST
from tracker.domain.people.sessions import open_session
from tracker.domain.people.tokens import issue_token

PROTOCOL = "graphql-transport-ws"
CITIES = "{ cities(first: 1) { nodes { name } } }"


class Talk:
    """One open socket. Nothing is waited for longer than a few seconds."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self.connection.send(json.dumps(message))

    async def hear(self, seconds: float = 30) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(seconds):
            found: dict[str, Any] = json.loads(await self.connection.recv())
        return found

    async def begin(self, **payload: Any) -> None:
        """Initialise."""
        await self.say(type="connection_init", payload=payload)
        assert (await self.hear())["type"] == "connection_ack"

    async def ask(self, query: str, key: str = "1", **variables: Any) -> None:
        """Start an operation."""
        await self.say(type="subscribe", id=key, payload={"query": query, "variables": variables})

    async def event(self, key: str = "1") -> Any:
        """The one field of the next answer to the operation."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("next", key), message
        [value] = message["payload"]["data"].values()
        return value

    async def silence(self) -> None:
        """Nothing has come by the time that a question is answered."""
        await self.ask("{ __typename }", "silence")
        kinds = [(await self.hear())["type"] for _ in range(2)]
        assert kinds == ["next", "complete"]

    async def closed(self, seconds: float = 30) -> int:
        """The code with which the other side closes."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.connection.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


@asynccontextmanager
async def talking(
    address: str, headers: dict[str, str] | None = None, protocol: str | None = PROTOCOL
) -> AsyncIterator[Talk]:
    """Open a socket. Raises InvalidStatus where the handshake is refused."""
    async with connect(
        address,
        subprotocols=[protocol] if protocol else None,  # type: ignore[list-item]
        additional_headers=headers,
        compression=None,
        close_timeout=1,
    ) as connection:
        yield Talk(connection)


async def token(cast: Cast, name: str, *, read_only: bool = False) -> tuple[int, str]:
    """A token's number, and the words with which a program shows it."""
    person_id = cast[name].person_id
    assert person_id
    row, secret = await issue_token(cast[name], person_id, read_only=read_only)
    return row.id, f"Bearer {secret}"


async def page_of(cast: Cast, name: str) -> tuple[str, dict[str, str]]:
    """A session's secret, and the headers of a page that has it."""
    person_id = cast[name].person_id
    assert person_id
    secret = await open_session(person_id)
    return secret, {"Origin": HOST, "Cookie": f"session={secret}"}


async def answer(talk: Talk, query: str, **variables: Any) -> dict[str, Any]:
    """The payload of an operation that answers once."""
    await talk.ask(query, "once", **variables)
    message = await talk.hear()
    assert message["type"] == "next", message
    assert await talk.hear() == {"id": "once", "type": "complete"}
    found: dict[str, Any] = message["payload"]
    return found
