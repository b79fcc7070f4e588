"""What servers say of a mail is shown to those who run the tracker, without what it carries."""

import asyncio
import logging
import secrets
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.cast import Cast, email
from tests.inbound.reports import notification
from tests.workers.conftest import Outbox, owe
from tracker.domain.deliveries.masking import masked
from tracker.domain.deliveries.tables import Lane
from tracker.domain.deliveries.tokens import Purpose, token_of
from tracker.graphql import execute
from tracker.inbound import receive
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("reads")

BOX = "bounces@tracker.example.org"
LINK = f"https://tracker.example.org/answers/{secrets.token_urlsafe(32)}"

SHOWN = """{ deliveries { nodes { lastError answers } } suppressions { nodes { detail } } }"""


class Quoting:
    """A relay that quotes the sender and a link of the mail, and takes none."""

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, _address: str, _options: Any
    ) -> str:
        return f"{self.code} <{str(envelope.mail_from).upper()}> and {LINK} are not liked"

    def __init__(self, code: str) -> None:
        self.code = code


@pytest.mark.parametrize("code", ["451 4.1.8", "554 5.7.1", "550 5.1.1"])
async def test_relay_that_quotes_a_mail_gives_nothing_away(
    cast: Cast, outbox: Outbox, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    [number] = await owe(cast, "seoul_mayor")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Quoting(code), loop=loop), "127.0.0.1", 0)
    async with server:
        url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = replace(outbox.settings, smtp_url=url, bounce_address=BOX)
        with caplog.at_level(logging.DEBUG, "tracker"):
            await deliver_batch(settings, Lane.BULK)
    logged = [each.getMessage() for each in caplog.records if each.name.startswith("tracker.")]
    shown = str(await execute(SHOWN, {}, cast.administrator))
    assert f"<BOUNCES+{number}-…@TRACKER.EXAMPLE.ORG>" in shown
    assert "https://tracker.example.org/answers/… are not liked" in shown
    for secret in (token_of(Purpose.BOUNCE, number), LINK.rpartition("/")[2]):
        assert secret not in shown
        assert secret.upper() not in shown.upper()
        assert secret.upper() not in str(logged).upper()


async def test_notification_that_quotes_a_mail_gives_nothing_away(
    cast: Cast, outbox: Outbox
) -> None:
    [number] = await owe(cast, "seoul_mayor")
    await outbox.drain()
    token = token_of(Purpose.BOUNCE, number)
    sender = f"bounces+{token}@tracker.example.org"
    raw = notification("postfix", sender, email("seoul_mayor"))
    raw = raw.replace(b"User unknown", f"<{sender}> unknown, {LINK}".encode())
    assert token.encode() in raw
    await receive(replace(outbox.settings, bounce_address=BOX), raw)
    shown = str(await execute(SHOWN, {}, cast.administrator))
    assert shown.count(f"<bounces+{number}-…@tracker.example.org> unknown") == 3
    assert token not in shown
    assert LINK not in shown


@pytest.mark.parametrize(
    "said",
    [
        "550 5.1.1 <a.long.name.of.somebody.in.an.office@example.org>: no such user",
        "421 4.7.0 https://support.google.com/mail/answer/81126 d9443c01a7336-29b8a7c1",
        "250 2.0.0 Ok: queued as 4F1A2B <digest.12.0f3c2a@tracker.example.org>",
        "no answer within 30 seconds",
    ],
)
def test_what_gives_nothing_away_stays_as_it_is(said: str) -> None:
    assert masked(said) == said
