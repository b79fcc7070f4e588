"""The mails of invitations."""

from dataclasses import replace

from tests.cast import Cast, email
from tests.workers.conftest import Outbox
from tracker.domain.actor import Role
from tracker.domain.deliveries.tables import Delivery, Lane
from tracker.domain.people.invitations import InvitationDraft, offer_of, send_invitation
from tracker.workers.deliveries import deliver_batch


async def test_invitation_is_mailed_with_a_link_in_the_reader_s_language(
    cast: Cast, outbox: Outbox
) -> None:
    for to, language in (("new@example.org", "en"), (email("seoul_mayor"), "en")):
        draft = InvitationDraft(email=to, role=Role.CIO, city_id=cast.nairobi, language=language)
        await send_invitation(cast.administrator, draft)
    await outbox.drain()
    text, html = outbox.bodies("new@example.org")
    assert "Secretariat: administrator invites you" in text
    assert "Chief information officer, Nairobi" in text
    [link] = [line for line in text.splitlines() if line.startswith("https://")]
    assert link in html
    assert (await offer_of(link.rpartition("/")[2])).email == "new@example.org"
    [mail] = [each for each in outbox.mails() if "seoul_mayor" in each["To"]]
    assert mail["Content-Language"] == "ko", "whoever is here gets it in their own language"


async def test_invitation_waits_for_a_relay_that_is_away(cast: Cast, outbox: Outbox) -> None:
    draft = InvitationDraft(email="new@example.org", role=Role.AUDITOR)
    row = await send_invitation(cast.administrator, draft)
    away = replace(outbox.settings, smtp_url="smtp://127.0.0.1:9")
    assert await deliver_batch(away, Lane.USUAL) == 1
    [found] = await Delivery.select().where(Delivery.id == row.delivery)
    assert (found["state"], found["attempts"]) == ("due", 0)
    await outbox.drain()
    assert len(outbox.mails()) == 1
    [found] = await Delivery.select().where(Delivery.id == row.delivery)
    assert (found["state"], found["message"]) == ("sent", None), "no link lies about"
