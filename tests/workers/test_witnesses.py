"""Mails whose relay took them, or did not, and never said so: the journal's mailbox and the relay's
log tell which."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests import boxes
from tests.boxes import Box
from tests.cast import Cast
from tests.workers.conftest import Outbox, owe
from tracker.domain.database import fetch
from tracker.domain.deliveries import operating
from tracker.domain.deliveries.posting import post
from tracker.domain.deliveries.tables import Delivery, Lane
from tracker.domain.people.tables import Person
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("reads")

JOURNAL = "journal@tracker.example.org"
BOUNCES = "bounces@tracker.example.org"


@dataclass
class Silent:
    """A relay that takes mails while `takes`, puts copies into the journal, writes a log, and hangs
    up instead of an answer while it is not `answering`."""

    box: Box | None = None
    log: Path | None = None
    takes: bool = True
    answering: bool = False
    no_copies: str = ""
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address == JOURNAL and self.no_copies:
            return self.no_copies
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = cast(bytes, envelope.original_content)
        self._write("cleanup[7]: 4F1A2B: message-id=", message_from_bytes(content)["Message-ID"])
        if self.takes:
            self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
            if self.box and JOURNAL in envelope.rcpt_tos:
                await asyncio.to_thread(self.box.add, content)
            self._write("qmgr[9]: 4F1A2B: from=<t@x>, size=5, nrcpt=1 (queue active)")
        if not self.answering:
            cast(asyncio.Transport, server.transport).abort()
        return "250 2.0.0 kept"

    def _write(self, *words: str) -> None:
        if self.log:
            with self.log.open("a") as file:
                now = datetime.now().astimezone().isoformat()
                file.write(f"{now} relay postfix/{''.join(words).strip()}\n")


@asynccontextmanager
async def running(relay: Silent, settings: Settings) -> AsyncIterator[Settings]:
    """Settings that lead to the relay, which runs."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(relay, loop=loop), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield replace(
            settings,
            smtp_url=f"smtp://127.0.0.1:{port}",
            outbox_dir=None,
            delivery_lease_seconds=60,  # the relay puts the copy away before it answers
        )


@pytest.fixture(params=["maildir", "imap"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    """The journal's mailbox."""
    if request.param == "maildir":
        yield boxes.maildir(tmp_path / "journal")
    else:
        with boxes.imap() as found:
            yield found


async def tried(settings: Settings, lane: Lane = Lane.BULK) -> dict[str, Any]:
    """The only mail of the lane, after everybody who held it has let go and it was taken up."""
    await fetch("UPDATE delivery SET next_try_at = now(), lease_until = CASE WHEN lease_token"
                " IS NOT NULL THEN now() END"
                " WHERE lease_token IS NOT NULL OR state = 'in_doubt'")  # fmt: skip
    await deliver_batch(settings, lane)
    [found] = await Delivery.select().where(Delivery.lane == lane.value)
    return found


def journalled(settings: Settings, box: Box) -> Settings:
    return replace(settings, journal_address=f"Journal <{JOURNAL}>", journal_box=box.where)


@pytest.mark.parametrize("takes", [True, False])
async def test_mail_counts_as_sent_when_the_journal_has_it_and_goes_again_when_not(
    cast: Cast, outbox: Outbox, box: Box, takes: bool
) -> None:
    relay = Silent(box, takes=takes)
    async with running(relay, outbox.settings) as settings:
        await owe(cast, "seoul_mayor")
        there = journalled(settings, box)
        found = await tried(there)
        assert (found["state"], found["journalled"]) == ("in_doubt", True)
        relay.takes = relay.answering = True
        found = await tried(there)
    assert (found["state"], found["doubts"]) == ("sent", 0 if takes else 1)
    [(_, recipients)] = relay.envelopes
    assert recipients == [found["address"], JOURNAL]


async def test_doubt_stays_while_the_journal_cannot_be_looked_into(
    cast: Cast, outbox: Outbox, tmp_path: Path
) -> None:
    box = boxes.maildir(tmp_path / "journal")
    relay = Silent(box)
    async with running(relay, outbox.settings) as settings:
        [number] = await owe(cast, "seoul_mayor")
        there = journalled(settings, box)
        await tried(there)
        relay.answering = True
        gone = replace(there, journal_box="imap://a:b@127.0.0.1:1/INBOX")
        for _ in range(2):
            found = await tried(gone)
            assert (found["state"], found["attempts"]) == ("in_doubt", 1)
            assert "says nothing" in found["last_error"]
        await operating.release(cast.administrator, number, False, "It is not there.")
        assert (await tried(there))["state"] == "sent"
    assert len(relay.envelopes) == 2, "as the administrator said"


async def test_what_opens_something_has_no_copy_and_a_refused_copy_holds_no_mail_up(
    cast: Cast, outbox: Outbox, tmp_path: Path
) -> None:
    relay = Silent(boxes.maildir(tmp_path / "journal"), answering=True)
    async with running(relay, outbox.settings) as settings:
        assert relay.box
        there = journalled(settings, relay.box)
        person = await Person.objects().get(Person.id == cast.seoul_mayor.person_id)
        assert person
        await post(person, "sign_in", context={"link": "https://x", "minutes": 9})
        assert (await tried(there, Lane.FAST))["state"] == "sent"
        relay.no_copies = "552 5.2.2 full"
        await owe(cast, "seoul_mayor")
        found = await tried(there)
        assert (found["state"], found["journalled"]) == ("sent", False)
    assert [len(recipients) for _, recipients in relay.envelopes] == [1, 1]


@pytest.mark.parametrize("takes", [True, False])
async def test_mail_counts_as_sent_when_the_relays_log_says_so_and_goes_again_when_not(
    cast: Cast, outbox: Outbox, tmp_path: Path, takes: bool
) -> None:
    log = tmp_path / "mail.log"
    relay = Silent(log=log, takes=takes)
    relay._write("smtpd[1]: connect from localhost")
    async with running(relay, outbox.settings) as settings:
        await owe(cast, "seoul_mayor")
        there = replace(settings, relay_log=log, bounce_address=BOUNCES)
        assert (await tried(there))["state"] == "in_doubt"
        relay.takes = relay.answering = True
        found = await tried(there)
    assert (found["state"], found["doubts"]) == ("sent", 0 if takes else 1)
    [(sender, _)] = relay.envelopes
    assert sender.startswith(f"bounces+{found['id']}-")
    assert sender.endswith("@tracker.example.org")
