"""Mails as bytes and over the wire; what relays answer is played by a server that misbehaves."""

import asyncio
import contextlib
import email
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import jinja2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tracker import mail
from tracker.mail import Mail, Refused, Relay, Unanswered, Unreachable
from tracker.settings import Settings

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MAIL = Mail("ko", "사업 3건 순조, 1건 결정 필요", "안녕하세요\n.\n끝\n", "<p>안녕하세요</p>")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that starts nothing."""
    return Settings.from_environment(
        {
            "BASE_URL": "https://tracker.example.org",
            "DATA_DIR": str(tmp_path),
            "MAIL_FROM": "e-Sharing <tracker@example.org>",
            "DELIVERY_LEASE_SECONDS": "5",
        }
    )


def parsed(settings: Settings, made: Mail = MAIL, name: str = "시장") -> EmailMessage:
    content = mail.message(made, settings, (name, "mayor@example.org"), "<1@example.org>", NOW)
    return email.message_from_bytes(content, policy=default)


def test_message_reads_as_it_was_written(settings: Settings) -> None:
    found = parsed(settings)
    assert found["Subject"] == MAIL.subject
    assert found["To"] == "시장 <mayor@example.org>"
    assert found["From"] == "e-Sharing <tracker@example.org>"
    assert found["Message-ID"] == "<1@example.org>"
    assert found["Date"].datetime == NOW
    assert found["Auto-Submitted"] == "auto-generated"
    plain, html = (cast(EmailMessage, part) for part in found.iter_parts())
    assert plain.get_content().splitlines() == MAIL.text.splitlines()
    assert html.get_content().strip() == MAIL.html
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")


def test_message_is_seven_bit_with_crlf(settings: Settings) -> None:
    content = mail.message(MAIL, settings, ("시장", "mayor@example.org"), "<1@example.org>", NOW)
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


PROJECT = {"title": "Permits", "code": "ES-2026-0001", "actualStartOn": None, "actualEndOn": None}
READING = {
    "title": "Permits are quick",
    "indicator": "Days to a permit",
    "baseline": "40",
    "actual": "12",
    "target": "10",
    "unit": "days",
    "achievement": "0.9333",
    "as_of": "2026-11-01",
    "narrative": "",
    "disputed": False,
}
CLOSING = {
    "project": PROJECT,
    "recipient": "Mayor",
    "donor": "Seoul",
    "recipient_city": "Nairobi",
    "results": [],
    "milestones": [],
    "lessons": [],
    "base_url": "https://tracker.example.org",
    "composed_at": NOW,
    "issue_id": 7,
}
BREAKS = ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x0c", "\x1c", "\r\n\r\n"]


@pytest.mark.parametrize("line_break", BREAKS)
def test_line_breaks_in_names_and_titles_reach_no_header(
    settings: Settings, line_break: str
) -> None:
    attack = f"Mayor{line_break}Bcc: all@example.org{line_break}{line_break}<script>"
    made = mail.render("closing", "en", CLOSING | {"project": PROJECT | {"title": attack}})
    found = parsed(settings, made, name=attack)
    assert "Bcc: all@example.org" in found["Subject"]
    assert sorted(found.keys()) == sorted(parsed(settings).keys())
    assert len(list(found.iter_parts())) == 2


@pytest.mark.parametrize("address", ["", "a", "a@b@c", "a@", "a@b\r\nBcc: c@d", "a, b@c"])
def test_address_that_is_none_is_refused(settings: Settings, address: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        mail.message(MAIL, settings, ("Mayor", address), "<1@example.org>", NOW)


def test_message_ids_are_unique_and_name_the_host(settings: Settings) -> None:
    ids = {mail.new_message_id(settings, "digest.7") for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch(r"<digest\.7\.[0-9a-f]{20}@tracker\.example\.org>", x) for x in ids)


def sign_in(language: str, **changes: Any) -> Mail:
    context = {"recipient": "Mayor", "link": "https://x.example/?a=1&b=2", "minutes": 10}
    return mail.render("sign_in", language, context | changes)


def test_sign_in_mail_is_in_the_readers_language() -> None:
    assert sign_in("en").subject == "Your link to sign in"
    assert sign_in("ko").subject == "로그인 링크"
    assert "10 minutes" in sign_in("en").text
    assert "10분" in sign_in("ko").html
    assert 'lang="ko" dir="ltr"' in sign_in("ko").html


def test_html_is_escaped_and_text_is_not() -> None:
    made = sign_in("en", recipient="<b>&")
    assert "&lt;b&gt;&amp;" in made.html
    assert "Dear <b>&," in made.text
    assert "https://x.example/?a=1&b=2" in made.text


@pytest.mark.parametrize("where", ["indicator", "unit", "narrative", "title"])
def test_markup_in_what_people_wrote_stays_text(where: str) -> None:
    reading = READING | {"actual": None, where: "<img src=x> & co"}
    results = [{"title": reading["title"], "readings": [reading]}]
    made = mail.render("closing", "en", CLOSING | {"results": results, "donor": "<img> town"})
    assert "<img" not in made.html
    assert "&lt;img src=x&gt; &amp; co" in made.html
    assert "&amp;amp;" not in made.html
    assert "<img src=x> & co" in made.text
    assert "<img> town" in made.text


def test_template_that_misses_something_says_what() -> None:
    with pytest.raises(jinja2.UndefinedError, match="recipient"):
        mail.render("sign_in", "en", {"link": "x", "minutes": 10})


# A relay by the book of what it says: one reply per thing it hears.

BOOK = {"": "220 here", "EHLO": "250 here", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go"}


class Scripted(threading.Thread):
    """An SMTP server for one connection. `said` overrides replies ("." is the one to the final
    dot); "" hangs up instead, "…" stays silent, "!" is no SMTP."""

    def __init__(self, said: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.said = BOOK | {".": "250 kept"} | said
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.heard = b""
        self.silent = threading.Event()

    def run(self) -> None:
        connection, _ = self.server.accept()
        with connection, contextlib.suppress(OSError):
            stream = connection.makefile("rb")
            self._say(connection, "")
            while line := stream.readline():
                verb = line[:4].decode(errors="replace").strip().upper()
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


@contextlib.contextmanager
def scripted(settings: Settings, said: dict[str, str]) -> Iterator[tuple[Relay, Scripted]]:
    server = Scripted(said)
    server.start()
    relay = Relay(replace(settings, smtp_url=f"smtp://127.0.0.1:{server.port}"))
    try:
        yield relay, server
    finally:
        relay.close()
        server.server.close()
        server.join(10)


CONTENT = b"Subject: x\r\n\r\n.hidden\r\n..\r\nend\r\n"


def test_dots_at_line_starts_are_stuffed(settings: Settings) -> None:
    with scripted(settings, {}) as (relay, server):
        relay.begin("mayor@example.org", CONTENT)
        relay.finish()
    assert server.heard == CONTENT.replace(b"\r\n.", b"\r\n..")


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("reply", "permanent"), [("451 later", False), ("550 never", True)])
def test_refusal_before_the_dot(settings: Settings, verb: str, reply: str, permanent: bool) -> None:
    with scripted(settings, {verb: reply}) as (relay, _), pytest.raises(Refused) as refused:
        relay.begin("mayor@example.org", CONTENT)
    assert refused.value.permanent is permanent
    assert str(refused.value) == reply


@pytest.mark.parametrize("verb", ["", "EHLO", "MAIL", "RCPT", "DATA"])
def test_relay_that_hangs_up_before_the_dot_is_unreachable(settings: Settings, verb: str) -> None:
    with scripted(settings, {verb: ""}) as (relay, _), pytest.raises(Unreachable):
        relay.begin("mayor@example.org", CONTENT)


@pytest.mark.parametrize("reply", ["421 closing", "554 not here"])
def test_relay_that_turns_us_away_is_unreachable(settings: Settings, reply: str) -> None:
    with scripted(settings, {"": reply}) as (relay, _), pytest.raises(Unreachable):
        relay.begin("mayor@example.org", CONTENT)


@pytest.mark.parametrize(("reply", "permanent"), [("452 full", False), ("554 spam", True)])
def test_refusal_of_the_dot_is_an_answer(settings: Settings, reply: str, permanent: bool) -> None:
    with scripted(settings, {".": reply}) as (relay, _):
        relay.begin("mayor@example.org", CONTENT)
        with pytest.raises(Refused) as refused:
            relay.finish()
    assert refused.value.permanent is permanent


@pytest.mark.parametrize("reply", ["", "…", "!", "354 what"])
def test_no_answer_to_the_dot_leaves_a_doubt(settings: Settings, reply: str) -> None:
    with scripted(settings, {".": reply}) as (relay, _):
        relay.begin("mayor@example.org", CONTENT)
        with pytest.raises(Unanswered):
            relay.finish()


def test_nobody_listening_is_unreachable(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable):
        Relay(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}")).begin("a@b.org", CONTENT)


def test_address_that_smtp_cannot_say_is_refused_for_good(settings: Settings) -> None:
    with scripted(settings, {}) as (relay, _), pytest.raises(Refused) as refused:
        relay.begin("시장@example.org", CONTENT)
    assert refused.value.permanent


async def test_hanging_up_ends_the_wait_for_an_answer(settings: Settings) -> None:
    patient = replace(settings, delivery_lease_seconds=600)
    with scripted(patient, {"MAIL": "…"}) as (relay, server):
        waiting = asyncio.create_task(asyncio.to_thread(relay.begin, "a@b.org", CONTENT))
        assert await asyncio.to_thread(server.silent.wait, 10)
        relay.close()
        with pytest.raises(Unreachable):
            await asyncio.wait_for(waiting, 5)


def test_witness_is_asked_only_where_there_is_one(settings: Settings, tmp_path: Path) -> None:
    assert mail.witnessed(settings, "<1@example.org>") is None
    watched = replace(settings, outbox_dir=tmp_path)
    assert mail.witnessed(watched, "<1@example.org>") is False


def test_certificate_of_the_relay_is_checked(settings: Settings, tmp_path: Path) -> None:
    """One that nobody vouches for gets no mail, and no password."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=pose, args=(server, tmp_path, heard))
        thread.start()
        address = f"smtps://user:hush@127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(Unreachable):
            Relay(replace(settings, smtp_url=address)).begin("a@b.org", CONTENT)
        thread.join()
    assert heard == []


def pose(server: socket.socket, folder: Path, heard: list[bytes]) -> None:
    """Be a relay with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    plain = NoEncryption()
    pem += key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain)
    (folder / "relay.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "relay.pem")
    connection, _ = server.accept()
    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
        secure.sendall(b"220 relay\r\n")
        if more := secure.recv(1000):
            heard.append(more)
