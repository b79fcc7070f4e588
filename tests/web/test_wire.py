"""What never becomes a request: heads without end, and clients that do not go on."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.cast import Cast
from tracker.domain.people.tokens import issue_token
from tracker.web import asked, http, patience

HEAD = b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
CLOSING = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
QUERY = b'{"query": "{ __typename }"}'


async def said(served: str, *pieces: bytes, pause: float = 0.02) -> bytes:
    """What the server says until it closes, or keeps quiet for a second, having begun."""
    address = urlsplit(served)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    hearing = asyncio.create_task(_heard(reader))
    with suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
    heard = await hearing
    writer.close()
    return heard


async def _heard(reader: asyncio.StreamReader) -> bytes:
    heard = b""
    with suppress(TimeoutError, ConnectionError):
        while more := await asyncio.wait_for(reader.read(100_000), 1 if heard else 10):
            heard += more
    return heard


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n",),
        (HEAD + b"a: b\r\n" * 20_000 + b"\r\n",),
        (HEAD, *[b"X-A: " + b"a" * 20_000 + b"\r\n"] * 4),
        (b"GET /?" + b"a" * 100_000,),
    ],
    ids=["one", "many", "trickled", "address"],
)
async def test_head_beyond_the_limit_is_refused(served_cast: str, pieces: tuple[bytes]) -> None:
    heard = await said(served_cast, *pieces)
    assert heard.startswith(b"HTTP/1.1 431 ")
    assert heard.endswith(b"\r\n\r\nThe request's headers have more than 64,000 bytes.\n")
    assert heard.count(b"HTTP/1.1") == 1


async def test_trailer_beyond_the_limit_ends_the_connection(served_cast: str) -> None:
    chunk = b"%x\r\n%s\r\n0\r\n" % (len(QUERY), QUERY)
    assert b"__typename" in await said(served_cast, CLOSING + chunk + b"X-A: b\r\n\r\n")
    heard = await said(served_cast, CHUNKED + chunk + b"X-A: " + b"a" * 200_000)
    assert heard == b""


async def test_long_body_and_long_head_within_the_limit_are_read(served_cast: str) -> None:
    """Also when both come at once."""
    body = QUERY + b" " * 90_000
    head = POST + b"X-A: " + b"a" * 60_000 + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    last = HEAD + b"Connection: close\r\n\r\n"
    heard = await said(served_cast, head + body + last, pause=0.2)
    assert heard.count(b'{"data":{"__typename":"Query"}}') == 2


@pytest.mark.parametrize("pieces", [(), (HEAD,), (b"\r\n",), (HEAD, *[b"a: b\r\n"] * 30)])
async def test_head_that_never_ends_is_refused(
    served_cast: str, pieces: tuple[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(http, "LINGER_SECONDS", 0.1)
    heard = await said(served_cast, *pieces)
    assert heard.startswith(b"HTTP/1.1 408 ") == (HEAD in pieces)


UPLOAD = (
    b"POST /graphql HTTP/1.1\r\nHost: x\r\nGraphQL-Require-Preflight: 1\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 900\r\n"
)


async def test_body_that_never_ends_is_refused(
    served_cast: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cast.officer.person_id
    _, secret = await issue_token(cast.officer, cast.officer.person_id)
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.2)
    for head in (CHUNKED, UPLOAD + f"Authorization: Bearer {secret}\r\n\r\n".encode()):
        heard = await said(served_cast, head)
        assert heard.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in heard


async def test_body_that_trickles_is_refused(
    served_cast: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "TEXT_SECONDS", 0.2)
    heard = await said(served_cast, CHUNKED, *[b"1\r\n \r\n"] * 50)
    assert heard.startswith(b"HTTP/1.1 408 ")


async def test_refused_client_is_cut_off(served_cast: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LINGER_SECONDS", 0.1)
    address = urlsplit(served_cast)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(HEAD + b"X-A: " + b"a" * 100_000)
    assert b" 431 " in await reader.read()
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(_flood(writer), 10)
    writer.close()


async def _flood(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"a" * 100_000)
        await writer.drain()
