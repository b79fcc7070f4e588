"""Mails that strangers made to be in the way, or to pass for somebody else's."""

import resource
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.cast import Cast, email
from tests.inbound.reports import notification
from tests.inbound.test_replies import PDF, _last, _mentioned, _reply, answering
from tests.inbound.test_reports import DOMAIN, sender
from tests.workers.conftest import Outbox
from tracker.domain.answers.tables import InboundOutcome
from tracker.domain.deliveries.tables import Delivery
from tracker.inbound import receive
from tracker.mail.boxes import MAIL_BYTES
from tracker.mail.parsing import Unreadable, parsed
from tracker.mail.reading import (
    files_of,
    passes_dmarc,
    recipients_of,
    said_new,
    sender_of,
    text_of,
)

__all__ = ["answering"]
pytestmark = pytest.mark.usefixtures("reads")

READER = email("nairobi_coordinator")
ODD = (
    b"Message-ID: <",
    b"Message-ID: <a@[",
    b"From: a(",
    b"From: =?utf-8?q?a=0d=0ab?=",
    b"From: g: a@b; <c@d>",
    b"To: <a@[",
    b"To: a@",
    b"Delivered-To: " + b"(" * 2_000,
    b"Content-Type: text/plain; charset=undefined",
    b"Content-Type: " + b'"' * 3_000,
    b"Content-Type: " + b"a " * 100_000,
    b"Content-Disposition: " + b"(" * 2_000,
    b"Content-Transfer-Encoding: " + b"a " * 100_000,
)


def _nested(levels: int) -> bytes:
    opening = b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n'
    return b"".join(opening % (each, each) for each in range(levels)) + b"\r\nHello\r\n"


MANY = b'\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'

HUGE: dict[str, Callable[[], bytes]] = {
    "empty lines": lambda: b"\r\n\r\n" + b"\n" * MAIL_BYTES,
    "returns alone": lambda: b"\r\n\r\n" + b"\r" * MAIL_BYTES,
    "parts": lambda: MANY + b"--b\n\nx\n" * 50_000,
    "headers": lambda: b"\r\nX: y" * 600_000 + b"\r\n\r\nHello",
    "nested": lambda: b"\r\n" + _nested(99) + b"a\r\n" * 600_000,
}
"""What is made only where it is read."""


@pytest.mark.parametrize("shape", HUGE)
def test_mail_that_would_take_long_is_refused_at_once(shape: str) -> None:
    raw = (b"From: a@b.example" + HUGE[shape]())[:MAIL_BYTES]
    peak, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(Unreadable):
        parsed(raw)
    assert time.process_time() - began < 2
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    assert grown < 300_000, "kB: the mail lies there already"


def test_mail_with_files_as_large_as_may_be_is_read() -> None:
    raw = b"Content-Disposition: attachment; filename=a\r\nContent-Transfer-Encoding: base64"
    raw += b"\r\n\r\n" + (b"A" * 76 + b"\r\n") * (MAIL_BYTES // 78 - 9)
    assert parsed(raw).get_payload(decode=True)


@pytest.mark.parametrize(
    "unit",
    [
        "\n",
        ">\n",
        "On ",
        "Am Mo schrieb ",
        "On a\nwrote:\n",
        "From: a\n",
        "-----",
        "____",
        "@8:00\n",
        ":",
        "From: a\nSent: b\nTo: c\n",
        "From: a\nSent: b\nTo: c\nSubject: d\n",
        "When will the plan be agreed to\n",
        "aaaaaaaaaaaaab\n",
    ],
)
def test_text_of_any_shape_is_read_at_once(unit: str) -> None:
    began = time.process_time()
    for answered in ("", "When will the plan be agreed on?\n" * 600, "a" * 20_000):
        said_new(unit * (200_000 // len(unit)), answered)
    assert time.process_time() - began < 4


@pytest.mark.parametrize("unit", ["<blockquote>", "<!--", "<title>", "<p>a", "&", "<", "<a b='"])
def test_html_of_any_shape_is_read_at_once(unit: str) -> None:
    mail = parsed(b"Content-Type: text/html\r\n\r\n" + unit.encode() * (200_000 // len(unit)))
    began = time.process_time()
    said_new(text_of(mail))
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", ["From", "To", "Authentication-Results", "Message-ID"])
@pytest.mark.parametrize("unit", ['"\\', "(", "<a@", "=?utf-8?q?"])
def test_header_of_any_shape_is_read_at_once(name: str, unit: str) -> None:
    began = time.process_time()
    mail = parsed(f"{name}: mx; {unit * (400_000 // len(unit))}\r\n\r\nHello".encode())
    assert (recipients_of(mail), sender_of(mail), passes_dmarc(mail, "mx")) is not None
    assert (text_of(mail), list(files_of(mail))) == ("Hello", [])
    assert time.process_time() - began < 2


async def test_what_nobody_can_read_is_taken_and_keeps_no_other_mail_waiting(
    cast: Cast, answering: Outbox
) -> None:
    good = _reply(await _mentioned(cast, answering), "Done.").as_bytes()
    odd = [header + b"\r\n\r\nHello \xff\x00\r\n" for header in ODD]
    for raw in (*odd, _nested(500), _nested(5_000)):
        outcome = await receive(answering.settings, raw)
        assert outcome in (InboundOutcome.FORGED, InboundOutcome.IGNORED), raw[:40]
        assert await receive(answering.settings, raw) == InboundOutcome.IGNORED, "it is taken once"
    assert await receive(answering.settings, good) == InboundOutcome.RECORDED


@pytest.mark.parametrize("holds", ["", "\r\n", "x", "--c--\r\n"])
async def test_words_beside_a_part_that_holds_nothing_are_taken(
    cast: Cast, answering: Outbox, holds: str
) -> None:
    reply = _reply(await _mentioned(cast, answering), "Done.")
    empty = f'Content-Type: multipart/related; boundary="c"\r\n\r\n{holds}'
    assert text_of(parsed(empty.encode())) == ""
    reply.make_mixed(boundary="b")
    raw = reply.as_bytes().replace(b"--b\r\n", f"--b\r\n{empty}\r\n--b\r\n".encode(), 1)
    assert await receive(answering.settings, raw) == InboundOutcome.RECORDED
    assert (await _last()).text == "Done."


@pytest.mark.parametrize("header", ODD)
async def test_reply_with_a_header_that_cannot_be_read_is_a_reply(
    cast: Cast, answering: Outbox, header: bytes
) -> None:
    name = header.partition(b":")[0].decode()
    reply = _reply(await _mentioned(cast, answering), "Done.")
    box = str(reply["To"])
    del reply[name]
    outcome = await receive(answering.settings, header + b"\r\n" + reply.as_bytes(), box)
    assert outcome == (InboundOutcome.FORGED if name == "From" else InboundOutcome.RECORDED)


async def test_characters_that_no_text_has_are_left_out(cast: Cast, answering: Outbox) -> None:
    reply = _reply(await _mentioned(cast, answering), "Done.")
    reply.add_attachment(PDF, maintype="application", subtype="pdf", filename="minutes.pdf")
    raw = reply.as_bytes().replace(b"Done.", b"Do\x00ne \xff.").replace(b"minutes", b"mi\x00nu")
    assert await receive(answering.settings, raw) == InboundOutcome.RECORDED
    assert (await _last()).text == "Do\ufffdne \ufffd."
    settings = replace(answering.settings, bounce_address=f"bounces@{DOMAIN}")
    [number, *_] = await Delivery.select(Delivery.id).output(as_list=True)
    told = notification("postfix", sender(number), READER).replace(b"User unknown", b"\x00\xff")
    assert await receive(settings, told) == InboundOutcome.BOUNCED


@pytest.mark.parametrize(
    "written",
    [
        f"{READER} <attacker@evil.example>",
        f"<{READER}> <attacker@evil.example>",
        f"{READER}(<attacker@evil.example>",
        f"{READER};attacker@evil.example",
        f"<@evil.example:{READER}>",
        f"=?utf-8?q?{READER.replace('@', '=40')}?=",
        f"=?utf-8?q?{READER.replace('@', '=40')}_=28?= <attacker@evil.example>",
        f'"{READER}" <attacker@evil.example>',
        f"{READER}, attacker@evil.example",
    ],
)
def test_address_that_another_program_may_read_otherwise_is_not_the_readers(written: str) -> None:
    assert sender_of(parsed(f"From: {written}\r\n\r\nHello".encode())) != READER


@pytest.mark.parametrize(
    "written",
    [
        READER,
        f"<{READER.upper()}>",
        f"Amina <{READER}>",
        f'"Otieno, Amina \\"A.\\"" <{READER}>',
        f"=?utf-8?q?Amina_=28Nairobi=29?=\r\n <{READER}>",
        f"Amina (Nairobi) [city] <{READER}>",
    ],
)
def test_readers_address_is_read_however_programs_write_it(written: str) -> None:
    assert sender_of(parsed(f"From: {written}\r\n\r\nHello".encode())) == READER


@pytest.mark.parametrize(
    ("result", "passes"),
    [
        ('mx; spf=pass smtp.mailfrom="a;dmarc=pass;b"@evil.example; dmarc=fail', False),
        ('mx; spf=pass smtp.mailfrom="a;dmarc=pass;b"@evil.example', False),
        ("mx; spf=pass smtp.mailfrom==?utf-8?q?=3B_dmarc=3Dpass_?=@evil.example", False),
        ('mx; spf=pass (domain of "a) ; dmarc=pass (b"@evil.example)', False),
        ("mx; dmarc=pass; dmarc=fail", False),
        ("mx; spf=pass smtp.mailfrom=city.example;\r\n dmarc=pass (p=reject)", True),
    ],
)
def test_result_that_the_sender_spelt_is_none(result: str, passes: bool) -> None:
    mail = parsed(f"Authentication-Results: {result}\r\n\r\nHello".encode())
    assert passes_dmarc(mail, "mx") is passes
