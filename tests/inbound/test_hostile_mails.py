"""Mails that strangers made to be in the way, or to pass for somebody else's."""

from dataclasses import replace

import pytest

from tests.cast import Cast, email
from tests.inbound.reports import notification
from tests.inbound.test_replies import PDF, _mentioned, _reply, answering
from tests.inbound.test_reports import DOMAIN, sender
from tests.workers.conftest import Outbox
from tracker.domain.answers.tables import Outcome
from tracker.domain.deliveries.tables import Delivery
from tracker.inbound import receive
from tracker.mail.parsing import parsed
from tracker.mail.reading import passes_dmarc, sender_of

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


async def test_what_nobody_can_read_is_taken_and_keeps_no_other_mail_waiting(
    cast: Cast, answering: Outbox
) -> None:
    good = _reply(await _mentioned(cast, answering), "Done.").as_bytes()
    odd = [header + b"\r\n\r\nHello \xff\x00\r\n" for header in ODD]
    for raw in (*odd, _nested(500), _nested(5_000)):
        outcome = await receive(answering.settings, raw)
        assert outcome in (Outcome.FORGED, Outcome.IGNORED), raw[:40]
        assert await receive(answering.settings, raw) == Outcome.IGNORED, "it is taken once"
    assert await receive(answering.settings, good) == Outcome.RECORDED


@pytest.mark.parametrize("header", ODD)
async def test_reply_with_a_header_that_cannot_be_read_is_a_reply(
    cast: Cast, answering: Outbox, header: bytes
) -> None:
    name = header.partition(b":")[0].decode()
    reply = _reply(await _mentioned(cast, answering), "Done.")
    box = str(reply["To"])
    del reply[name]
    outcome = await receive(answering.settings, header + b"\r\n" + reply.as_bytes(), box)
    assert outcome == (Outcome.FORGED if name == "From" else Outcome.RECORDED)


async def test_characters_that_no_text_has_are_refused_or_left_out(
    cast: Cast, answering: Outbox
) -> None:
    reply = _reply(await _mentioned(cast, answering), "Done.")
    reply.add_attachment(PDF, maintype="application", subtype="pdf", filename="minutes.pdf")
    raw = reply.as_bytes().replace(b"Done.", b"Do\x00ne \xff.").replace(b"minutes", b"mi\x00nu")
    assert await receive(answering.settings, raw) == Outcome.REFUSED
    settings = replace(answering.settings, bounce_address=f"bounces@{DOMAIN}")
    [number, *_] = await Delivery.select(Delivery.id).output(as_list=True)
    told = notification("postfix", sender(number), READER).replace(b"User unknown", b"\x00\xff")
    assert await receive(settings, told) == Outcome.BOUNCED


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
