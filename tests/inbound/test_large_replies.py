"""Replies that are larger than what is taken of a mail."""

import pytest

from tests.boxes import Box, imap, maildir
from tests.cast import Cast, email
from tests.inbound.test_replies import PDF, _mentioned, _reply, answering
from tests.workers.conftest import Outbox
from tracker.domain.answers.tables import InboundMail, InboundOutcome
from tracker.domain.comments.tables import Comment
from tracker.domain.milestones.tables import Evidence
from tracker.inbound import receive
from tracker.inbound.collecting import collect
from tracker.mail.boxes import MAIL_BYTES

__all__ = ["answering"]

pytestmark = pytest.mark.usefixtures("reads")


@pytest.mark.parametrize("kind", ["maildir", "imap"])
async def test_nothing_is_taken_of_a_reply_that_is_too_large_and_its_sender_is_told(
    cast: Cast, answering: Outbox, kind: str
) -> None:
    raw = await _of(MAIL_BYTES + 1, cast, answering)

    async def fetched(box: Box) -> None:
        box.add(raw)
        assert await collect(answering.settings, box.where) == 1
        assert await collect(answering.settings, box.where) == 0

    if kind == "maildir":
        await fetched(maildir(answering.folder.with_name("box")))
    else:
        with imap() as box:
            await fetched(box)
    assert (await Comment.count(), await Evidence.count()) == (1, 0)
    by_pipe = b"Received: from another server\r\n" + raw
    assert await receive(answering.settings, by_pipe) == InboundOutcome.IGNORED, "told once"
    forged = raw.replace(email("nairobi_coordinator").upper().encode(), b"stranger@example.net")
    assert await receive(answering.settings, forged) == InboundOutcome.FORGED
    row, _ = await InboundMail.objects().order_by(InboundMail.id)
    assert (row.outcome, row.comment) == (InboundOutcome.REFUSED, None)
    await answering.drain()
    [told] = [each for each in answering.mails() if "was not recorded" in each["Subject"]]
    assert email("nairobi_coordinator") in told["To"]
    for part in told.iter_parts():
        body = " ".join(part.get_content().split())
        assert "larger than 40 MB with its files, so nothing of it was taken." in body
        assert "https://tracker.example.org/discussions/milestone/" in body


async def test_reply_that_is_just_not_too_large_is_taken_whole(
    cast: Cast, answering: Outbox
) -> None:
    box = maildir(answering.folder.with_name("box"))
    box.add(await _of(MAIL_BYTES, cast, answering))
    assert await collect(answering.settings, box.where) == 1
    assert await Comment.count() == 2
    assert await Evidence.count() == 1


async def _of(size: int, cast: Cast, outbox: Outbox) -> bytes:
    """A reply of so many bytes: what stands below its last part counts for nothing."""
    reply = _reply(await _mentioned(cast, outbox), "Here they are.")
    reply["Date"] = "Mon, 23 Nov 2026 09:00:00 +0300"
    reply.add_attachment(PDF, maintype="application", subtype="pdf", filename="minutes.pdf")
    raw = reply.as_bytes()
    return raw + b"x" * (size - len(raw))
