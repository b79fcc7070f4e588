"""Replies in character sets that can spell what nothing can store: half a character, or NUL."""

import pytest

from tests.cast import Cast, email
from tests.inbound.test_replies import _last, _mentioned, _reply, answering
from tests.workers.conftest import Outbox
from tracker.domain.answers.tables import InboundOutcome
from tracker.domain.deliveries.tables import Delivery, DeliveryState
from tracker.domain.problems import TEXT_MOST
from tracker.inbound import receive

__all__ = ["answering"]

pytestmark = pytest.mark.usefixtures("reads")


@pytest.mark.parametrize(
    ("charset", "half"),
    [("utf-7", "+2AA-"), ("unicode_escape", r"\ud800"), ("utf-8", "\0"), ("no-such", "\0")],
)
async def test_reply_with_half_a_character_is_recorded_without_it(
    cast: Cast, answering: Outbox, charset: str, half: str
) -> None:
    raw = await _spelling(f"Yes {half} no", charset, cast, answering)
    assert await receive(answering.settings, raw) == InboundOutcome.RECORDED
    assert (await _last()).text == "Yes \ufffd no"


async def test_half_a_character_keeps_nobody_from_hearing_why_a_reply_is_refused(
    cast: Cast, answering: Outbox
) -> None:
    raw = await _spelling("+2AA-" * (TEXT_MOST + 1), "utf-7", cast, answering)
    assert await receive(answering.settings, raw) == InboundOutcome.REFUSED
    await answering.drain()
    [told] = [each for each in answering.mails() if "was not recorded" in each["Subject"]]
    assert email("nairobi_coordinator") in told["To"]
    for part in told.iter_parts():
        assert "“A\ufffdB”" in part.get_content()
    assert await Delivery.count().where(Delivery.state == DeliveryState.FAILED) == 0


async def _spelling(text: str, charset: str, cast: Cast, outbox: Outbox) -> bytes:
    """A reply that says so in the character set; its subject holds NUL."""
    good = _reply(await _mentioned(cast, outbox), "")
    head = {
        "From": good["From"],
        "To": good["To"],
        "Date": "Mon, 23 Nov 2026 09:00:00 +0300",
        "Subject": "A\0B",
        "MIME-Version": "1.0",
        "Content-Type": f"text/plain; charset={charset}",
        "Content-Transfer-Encoding": "8bit",
    }
    lines = [*(f"{name}: {value}" for name, value in head.items()), "", text, ""]
    return "\r\n".join(lines).encode()
