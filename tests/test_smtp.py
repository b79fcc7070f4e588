"""Mails over the wire; what relays answer is played by a server that misbehaves."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.idle import idle
from tracker.mail import Connection, Refused, Unanswered, Unreachable
from tracker.mail.connection import Way
from tracker.mail.relay import Relay, chosen, ways
from tracker.settings import Settings

LOOPBACK = ip_address("127.0.0.1")


def way(settings: Settings) -> Way:
    [found] = ways(settings)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an installation that starts nothing."""
    return idle(tmp_path)


# A relay by the book of what it says: one reply per thing it hears.

BOOK = {
    "": "220 here",
    "EHLO": "250 here",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go",
    "QUIT": "221 bye",
}


class Scripted(threading.Thread):
    """An SMTP server for one connection. `said` overrides replies ("." is the one to the final
    dot); "" hangs up instead, "…" stays silent, "!" is no SMTP. What comes in groups it answers
    one by one."""

    def __init__(self, said: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.said = BOOK | {".": "250 kept"} | said
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.heard = b""
        self.verbs: list[str] = []
        self.silent = threading.Event()

    def run(self) -> None:
        connection, _ = self.server.accept()
        with connection, contextlib.suppress(OSError):
            stream = connection.makefile("rb")
            self._say(connection, "")
            while line := stream.readline():
                verb = line[:4].decode(errors="replace").strip().upper()
                self.verbs.append(verb)
                if verb in self.said and self._say(connection, verb) == "354 go":
                    while (line := stream.readline()) != b".\r\n" and line:
                        self.heard += line
                    if line:
                        self._say(connection, ".")

    def _say(self, connection: socket.socket, verb: str) -> str:
        reply = self.said[verb]
        if reply == "":
            connection.shutdown(socket.SHUT_RDWR)
        elif reply == "…":
            self.silent.set()
        else:
            connection.sendall(f"{reply}\r\n".encode())
        return reply


PIPELINING = {"EHLO": "250-here\r\n250 PIPELINING"}
WAYS: list[dict[str, str]] = [{}, PIPELINING]
"""A relay that takes one command after the other, and one that takes groups."""


@contextlib.asynccontextmanager
async def scripted(
    settings: Settings, said: dict[str, str]
) -> AsyncIterator[tuple[Relay, Scripted]]:
    server = Scripted({"RSET": "250 ok"} | said)
    server.start()
    relay = Relay(way(replace(settings, smtp_url=f"smtp://127.0.0.1:{server.port}")), 1)
    try:
        yield relay, server
    finally:
        await relay.close()
        server.server.close()
        await asyncio.to_thread(server.join, 10)


async def send(relay: Relay, to: str = "mayor@example.org") -> None:
    async with relay.connection() as connection:
        await connection.begin(to, CONTENT)
        await connection.finish()


CONTENT = b"Subject: x\r\n\r\n.hidden\r\n..\r\nend\r\n"


@pytest.mark.parametrize("can", WAYS)
async def test_dots_at_line_starts_are_stuffed(settings: Settings, can: dict[str, str]) -> None:
    async with scripted(settings, can) as (relay, server):
        await send(relay)
    assert server.heard == CONTENT.replace(b"\r\n.", b"\r\n..")


async def test_mails_go_one_after_the_other_over_one_connection(settings: Settings) -> None:
    async with scripted(settings, PIPELINING) as (relay, server):
        for _ in range(3):
            await send(relay)
    assert server.verbs == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]


@pytest.mark.parametrize("can", WAYS)
async def test_connection_outlives_a_refused_reader(
    settings: Settings, can: dict[str, str]
) -> None:
    async with scripted(settings, can | {"RCPT": "550 never"}) as (relay, server):
        with pytest.raises(Refused):
            # Where commands come in groups, this relay waits for a mail all the same.
            await send(relay)
        if can:
            return
        server.said["RCPT"] = "250 ok"
        await send(relay)
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA", "QUIT"]


async def test_relay_that_says_no_goodbye_is_left_all_the_same(settings: Settings) -> None:
    async with scripted(settings, {"QUIT": "…"}) as (relay, server):
        await send(relay)
        await asyncio.wait_for(relay.close(), 5)
    assert server.verbs[-1] == "QUIT"


async def test_group_of_which_nothing_is_taken_leaves_the_connection_as_it_was(
    settings: Settings,
) -> None:
    refusing = {"RCPT": "550 5.1.1 never", "DATA": "503 no reader"}
    async with scripted(settings, PIPELINING | refusing) as (relay, server):
        with pytest.raises(Refused) as refused:
            await send(relay)
        assert refused.value.mailbox
        server.said |= {"RCPT": "250 ok", "DATA": "354 go"}
        await send(relay)
    assert server.verbs[4:] == ["RSET", "MAIL", "RCPT", "DATA", "QUIT"]


async def test_reader_who_is_refused_gets_no_dot_from_a_relay_that_waits_for_one(
    settings: Settings,
) -> None:
    async with scripted(settings, PIPELINING | {"RCPT": "550 never"}) as (relay, server):
        with pytest.raises(Refused):
            await send(relay)
    assert server.heard == b""


@pytest.mark.parametrize("can", WAYS)
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("reply", "permanent"), [("451 later", False), ("550 never", True)])
async def test_refusal_before_the_dot(
    settings: Settings, verb: str, reply: str, permanent: bool, can: dict[str, str]
) -> None:
    async with scripted(settings, can | {verb: reply}) as (relay, _):
        with pytest.raises(Refused) as refused:
            await send(relay)
    assert refused.value.permanent is permanent
    assert str(refused.value) == reply


@pytest.mark.parametrize("can", WAYS)
@pytest.mark.parametrize("verb", ["", "MAIL", "RCPT", "DATA"])
async def test_relay_that_hangs_up_before_the_dot_is_unreachable(
    settings: Settings, verb: str, can: dict[str, str]
) -> None:
    async with scripted(settings, can | {verb: ""}) as (relay, _):
        with pytest.raises(Unreachable):
            await send(relay)


@pytest.mark.parametrize("reply", ["421 closing", "554 not here", "", "!"])
@pytest.mark.parametrize("verb", ["", "EHLO"])
async def test_relay_that_turns_us_away_is_unreachable(
    settings: Settings, verb: str, reply: str
) -> None:
    async with scripted(settings, {verb: reply, "HELO": "502 no"}) as (relay, _):
        with pytest.raises(Unreachable):
            await send(relay)


@pytest.mark.parametrize(("reply", "permanent"), [("452 full", False), ("554 spam", True)])
async def test_refusal_of_the_dot_is_an_answer(
    settings: Settings, reply: str, permanent: bool
) -> None:
    async with scripted(settings, {".": reply}) as (relay, _):
        with pytest.raises(Refused) as refused:
            await send(relay)
    assert refused.value.permanent is permanent


@pytest.mark.parametrize("reply", ["", "…", "!", "354 what"])
async def test_no_answer_to_the_dot_leaves_a_doubt(settings: Settings, reply: str) -> None:
    brief = replace(settings, delivery_lease_seconds=1)
    async with scripted(brief, {".": reply}) as (relay, _):
        with pytest.raises(Unanswered):
            await send(relay)


async def test_relay_that_hung_up_before_the_dot_leaves_none(settings: Settings) -> None:
    async with scripted(settings, {}) as (relay, _), relay.connection() as connection:
        await connection.begin("mayor@example.org", CONTENT)
        connection.close()
        with pytest.raises(Unreachable):
            await connection.finish()


async def test_connection_over_which_the_relay_says_goodbye_is_not_kept(settings: Settings) -> None:
    async with scripted(settings, {".": "421 enough"}) as (relay, _):
        with pytest.raises(Refused):
            await send(relay)
        assert not relay._idle


async def test_nobody_listening_is_unreachable(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable):
        await send(Relay(way(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}")), 1))


@pytest.mark.parametrize("address", ["시장@example.org", "a b@example.org", "a>@example.org"])
async def test_address_that_smtp_cannot_say_is_refused_for_good(
    settings: Settings, address: str
) -> None:
    async with scripted(settings, {}) as (relay, _):
        with pytest.raises(Refused) as refused:
            await send(relay, address)
    assert refused.value.permanent


async def test_giving_up_hangs_up(settings: Settings) -> None:
    patient = replace(settings, delivery_lease_seconds=600)
    async with scripted(patient, {"MAIL": "…"}) as (relay, server):
        waiting = asyncio.create_task(send(relay))
        assert await asyncio.to_thread(server.silent.wait, 10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not relay._idle


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        ("AUTH PLAIN LOGIN", [b"AUTH PLAIN AHVzZXIAaHVzaA=="]),
        ("AUTH LOGIN", [b"AUTH LOGIN", b"dXNlcg==", b"aHVzaA=="]),
    ],
)
async def test_relay_that_asks_who_we_are_is_told(
    settings: Settings, offered: str, said: list[bytes]
) -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        await reader.readline()
        writer.write(f"250-here\r\n250 {offered}\r\n".encode())
        for number in range(len(said)):
            heard.append((await reader.readline()).strip())
            writer.write(b"235 in\r\n" if number == len(said) - 1 else b"334 go on\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        address = f"smtp://user:hush@127.0.0.1:{port}"
        (await Connection.open(way(replace(settings, smtp_url=address)))).close()
    assert heard == said


def test_relays_share_the_load_by_order_and_weight(settings: Settings) -> None:
    urls = "smtp://a smtp://b?weight=3 smtp://c:2525?order=2&starttls=1"
    among = [Relay(each, 1) for each in ways(replace(settings, smtp_url=urls))]
    drawn = Counter(found.name for _ in range(400) if (found := chosen(among)))
    assert drawn.keys() == {"a:25", "b:25"}
    assert 2 < drawn["b:25"] / drawn["a:25"] < 5
    assert chosen(among[2:]) is among[2]
    assert chosen([]) is None


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_certificate_of_the_relay_is_checked(
    settings: Settings, tmp_path: Path, scheme: str
) -> None:
    """One that nobody vouches for gets no mail, and no password."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=pose, args=(server, tmp_path, heard, scheme == "smtp"))
        thread.start()
        address = f"{scheme}://user:hush@127.0.0.1:{server.getsockname()[1]}?starttls=1"
        with pytest.raises(Unreachable):
            await send(Relay(way(replace(settings, smtp_url=address)), 1))
        await asyncio.to_thread(thread.join)
    assert heard == []


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_mail_and_password_go_encrypted(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    kept: list[bytes] = []

    class Taker:
        async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:
            kept.append(envelope.content)
            return "250 kept"

    def admitted(_server: Any, _session: Any, _envelope: Any, _way: str, who: Any) -> AuthResult:
        return AuthResult(success=(who.login, who.password) == (b"user", b"hush"))

    pem = certified(tmp_path)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    at_once = scheme == "smtps"
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            Taker(),
            loop=loop,
            tls_context=None if at_once else secure,
            require_starttls=not at_once,
            auth_require_tls=not at_once,
            auth_required=True,
            authenticator=admitted,
        ),
        "127.0.0.1",
        0,
        ssl=secure if at_once else None,
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        address = f"{scheme}://user:hush@127.0.0.1:{port}" + ("" if at_once else "?starttls=1")
        relay = Relay(way(replace(settings, smtp_url=address)), 1)
        await send(relay)
        await relay.close()
    assert kept == [CONTENT]


def certified(folder: Path) -> Path:
    """A certificate of one's own making for the loopback address, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    pem = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    pem += key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "relay.pem"
    path.write_bytes(pem)
    return path


def pose(server: socket.socket, folder: Path, heard: list[bytes], plain_first: bool) -> None:
    """Be a relay with a certificate of its own making."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified(folder))
    connection, _ = server.accept()
    if plain_first:
        connection.sendall(b"220 relay\r\n")
        connection.recv(1000)
        connection.sendall(b"250-relay\r\n250 STARTTLS\r\n")
        connection.recv(1000)
        connection.sendall(b"220 go on\r\n")
    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
        secure.sendall(b"220 relay\r\n")
        if more := secure.recv(1000):
            heard.append(more)
