"""Asking servers whose address somebody typed in, so that nobody can make us ask our own network.

Only https, only public addresses (but for servers that the operator let in by SIGN_ON_PRIVATE or
PRIVATE_CHANNELS), always the address that was looked at (a name may point elsewhere a moment
later), never a redirect, a proxy or a cookie, and a bounded answer in bounded time.

httpx is imported when somebody is asked: with what it brings along it takes 5 MB, and most
processes ask nobody.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from tracker.domain.messages import Message, say
from tracker.domain.networks import composed, is_named, is_public
from tracker.settings import Settings

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

SECONDS = 10.0
BYTES_MOST = 256_000
WORDS_MOST = 200
"""Bytes of an answer that are told to whoever set the address up."""

WORDS_SECONDS = 2.0
"""For which they are waited for, once the status is known."""

Read = Callable[["httpx.Response"], Awaitable[bytes]]


NAMELESS = say("There is no server with this name; check the address.")


class Unasked(Exception):
    """The server at `host` could not be asked, or its answer not be used, and `why`: one sentence
    that says the same of every server, so that a row may keep its English."""

    def __init__(self, why: Message, host: str) -> None:
        super().__init__(f"{host}: {why}" if host else why)
        self.why, self.host = why, host

    @property
    def told(self) -> Message:
        """The same with the server's name, for whoever is not told that beside it."""
        return say("{host}: {why}", host=self.host, why=self.why) if self.host else self.why


class Unanswered(Unasked):
    """The server may have got what was sent to it, but its answer is not known."""


async def ask(
    settings: Settings,
    method: str,
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    basic: tuple[str, str] | None = None,
    bearer: str = "",
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object with which the server answers. Raises Unasked."""
    headers = {"Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    inside = settings.sign_on_private
    status, body = await _talk(inside, method, address, headers, _whole, data=form, auth=basic)
    return status, _object(_host(address), status, body)


async def post(
    settings: Settings, address: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str]:
    """The status with which the server takes what is posted to it, and the first words of its
    answer: the status counts, however much it says, or whatever becomes of that. Raises Unasked
    where it surely got nothing, and Unanswered where it may have."""
    inside = is_named(address, settings.private_channels)
    status, said = await _talk(inside, "POST", address, dict(headers), _first, content=body)
    return status, " ".join(said[:WORDS_MOST].decode(errors="replace").split())


async def _talk(
    inside: bool, method: str, address: str, headers: dict[str, str], read: Read, **request: Any
) -> tuple[int, bytes]:
    """The status of the answer, and of its bytes what `read` takes; `inside` lets the server be at
    a private address."""
    import httpx

    begun = False

    async def sending(_: httpx.Request) -> None:
        nonlocal begun
        begun = True

    try:
        async with asyncio.timeout(SECONDS):
            return await _asked(inside, method, address, headers, sending, read, **request)
    except TimeoutError:
        kind = Unanswered if begun else Unasked
        raise kind(say("The server did not answer in time."), _host(address)) from None
    # ValueError: of idna and others, for names and numbers that no server can have
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        log.warning(
            "%s cannot be asked: %s", _host(address) or "a server", error or type(error).__name__
        )
        unsent = isinstance(error, httpx.ConnectError | httpx.InvalidURL | socket.gaierror)
        kind = Unasked if unsent or not begun else Unanswered
        raise kind(_in_words(error), _host(address)) from error


def _in_words(error: Exception) -> Message:
    """What an administrator can do about it; the error itself is for the log."""
    if isinstance(error, socket.gaierror | ValueError):
        return NAMELESS
    if "CERTIFICATE" in str(error):
        return say("The server’s certificate is not valid for its name.")
    return say("The server cannot be reached; check the address, and whether it is running.")


async def _asked(
    inside: bool,
    method: str,
    address: str,
    headers: dict[str, str],
    sending: Any,
    read: Read,
    **request: Any,
) -> tuple[int, bytes]:
    import httpx

    url = httpx.URL(composed(address))
    name = url.raw_host.decode()
    number = await _looked_up(inside, url, name)
    async with (
        httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=SECONDS,
            event_hooks={"request": [sending]},
        ) as client,
        client.stream(
            method,
            url.copy_with(host=number),
            headers={"Host": url.netloc.decode(), **headers},
            # certificates are of the name, also by number
            extensions={"sni_hostname": name},
            **request,
        ) as response,
    ):
        return response.status_code, await read(response)


async def _whole(response: "httpx.Response") -> bytes:
    """All that it says. Raises Unasked where that is too much."""
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > BYTES_MOST:
            host = response.request.headers["Host"]
            raise Unasked(say("The server answers with more than can be read."), host)
    return body


async def _first(response: "httpx.Response") -> bytes:
    """As many words as anybody is told, or what of them comes."""
    import httpx

    body = b""
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(WORDS_SECONDS):
            async for part in response.aiter_bytes():
                body += part
                if len(body) >= WORDS_MOST:
                    break
    return body


async def _looked_up(inside: bool, url: "httpx.URL", name: str) -> str:
    """The number of the server, by its name in ASCII: resolvers write another name for one in
    other letters, by IDNA of 2003. Raises Unasked unless all of its addresses may be asked."""
    if url.scheme != "https" and not (inside and url.scheme == "http"):
        why = say("Only https is asked; write an address that begins with https://.")
        raise Unasked(why, name)
    if url.userinfo or not name:
        raise Unasked(say("The address names no server, or a user."), name)
    port = url.port or (443 if url.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    numbers = [str(each[4][0]) for each in found]
    if not inside and not all(is_public(number) for number in numbers):
        why = say("The server is inside a private network, where nobody is asked.")
        raise Unasked(why, name)
    return numbers[0]


def _object(host: str, status: int, body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        why = say("The server answers {status} with what is no JSON object.", status=status)
        raise Unasked(why, host)
    return found


def _host(address: str) -> str:
    with suppress(ValueError):
        return urlsplit(address).hostname or ""
    return ""
