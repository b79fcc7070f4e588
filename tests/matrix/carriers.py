"""The real doors of the API, each as a way to carry a document there and the answer back."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import httpx

from tests.matrix.keys import Key
from tests.starting import run
from tests.web.browser import HOST
from tests.web.talk import Talk, talking

JSON = {"Content-Type": "application/json", "Accept": "application/json"}

Carry = Callable[[Key, str], Awaitable[bytes]]
"""Somebody's key and a document -> the body of the answer."""


class Wire:
    """HTTP at one address: a client that keeps no cookies, for everybody in turn."""

    def __init__(self, address: str) -> None:
        self.client = httpx.AsyncClient(base_url=f"http://{address}", headers=JSON, timeout=60)

    @property
    def carriers(self) -> dict[str, Carry]:
        """Name of the door -> the way through it."""
        return {
            "POST": self.post,
            "GET": self.get,
            "POST by hash": self.post_by_hash,
            "GET by hash": self.get_by_hash,
        }

    async def post(self, key: Key, document: str) -> bytes:
        """As most programs do."""
        return await self._sent(key, {"query": document})

    async def get(self, key: Key, document: str) -> bytes:
        """The document in the address."""
        return (await self.got(key, {"query": document})).content

    async def post_by_hash(self, key: Key, document: str) -> bytes:
        """As Apollo's clients do, who send the document along once."""
        digest = sha256(document.encode()).hexdigest()
        asked = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
        body = await self._sent(key, asked)
        if b"PersistedQueryNotFound" in body:
            body = await self._sent(key, {"query": document, **asked})
        return body

    async def get_by_hash(self, key: Key, document: str) -> bytes:
        """The hash in the address, which is the same for everybody."""
        return (await self.got(key, by_hash(document))).content

    async def got(self, key: Key, asked: dict[str, str], tag: str = "") -> httpx.Response:
        """A GET, with the tag of an answer that the asker says to have."""
        headers = key.headers | ({"If-None-Match": tag} if tag else {})
        return await self.client.get("/graphql", params=asked, headers=headers)

    async def _sent(self, key: Key, asked: object) -> bytes:
        answer = await self.client.post("/graphql", json=asked, headers=key.headers)
        return answer.content


def by_hash(document: str) -> dict[str, str]:
    """What stands in the address instead of the document."""
    return {"documentId": f"sha256:{sha256(document.encode()).hexdigest()}"}


@asynccontextmanager
async def socket(address: str, key: Key) -> AsyncIterator[Talk]:
    """A conversation of whoever has the key: with their browser's cookie, or their token."""
    browser = key.kind == "session"
    headers = {"Origin": HOST, "Cookie": f"session={key.secret}"} if browser else None
    async with talking(f"ws://{address}/graphql", headers) as talk:
        given = {} if browser or not key.secret else {"Authorization": f"Bearer {key.secret}"}
        await talk.begin(**given)
        yield talk


async def over_socket(talk: Talk, document: str) -> bytes:
    """The answer to a query, as it stands in its message."""
    await talk.ask(document, "1")
    async with asyncio.timeout(30):
        text = str(await talk.connection.recv())
        done = json.loads(await talk.connection.recv())
    assert done == {"id": "1", "type": "complete"}, (text[:200], done)
    before, found, payload = text.partition('"payload":')
    assert found, text[:200]
    assert '"next"' in before + payload[-60:], text[:200]
    return payload.rpartition("}")[0].encode()


async def from_a_shell(address: str, key: Key, document: str, kind: str) -> str:
    """What `python -m tracker query` prints, in a format."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "document.graphql"
        file.write_text(document, encoding="utf-8")
        arguments = ("query", str(file), "--format", kind, "--url", f"http://{address}")
        secret = {"TRACKER_TOKEN": key.secret}
        done = await asyncio.to_thread(run, "tracker", *arguments, environment=secret)
    assert done.returncode == 0, done.stderr
    return done.stdout
