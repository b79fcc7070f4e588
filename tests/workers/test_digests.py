"""A digest from the ledger to the mayor's inbox: what it says, to whom, in which language."""

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import cast as cast_to

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests import factories
from tests.cast import Cast, email
from tests.workers.conftest import Outbox, owe, unsettled
from tracker import locale, mail
from tracker.digests import writing
from tracker.domain import clock
from tracker.domain.actor import Role
from tracker.domain.database import fetch
from tracker.domain.deliveries import ledger, queries
from tracker.domain.deliveries.tables import Delivery, DeliveryKind, DeliveryState, Lane
from tracker.domain.digests import actions
from tracker.domain.digests.issues import Owed, issues, owe_issues
from tracker.domain.digests.rules import Period, Schedule
from tracker.domain.digests.tables import DigestIssue, DigestKind, DigestSubscription
from tracker.domain.errors import NotFound
from tracker.domain.leaving.actions import end_membership
from tracker.domain.people.actions import grant
from tracker.domain.resending.actions import resend
from tracker.graphql import READS
from tracker.mail import Mail
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch, send_digest
from tracker.workers.digests import _recipient, preview
from tracker.workers.kinds import MAKERS

pytestmark = pytest.mark.usefixtures("reads")


async def late_project(cast: Cast, days: int, title: str = "Complaints in one app") -> None:
    """An active project whose milestone is this many days late."""
    project = await factories.joint_project(cast, title=title)
    due_on = factories.today(-days, "Africa/Nairobi")
    await factories.add_milestone(cast, project.id, title="Data migration", due_on=due_on)
    await factories.advance(cast, project, "submit", "review", "decide", "agree", "decide", "start")


async def test_each_mayor_reads_it_in_their_own_language(cast: Cast, outbox: Outbox) -> None:
    await factories.joint_project(cast, "active")
    await owe(cast, "seoul_mayor", "nairobi_mayor")
    await outbox.drain()
    nairobi, seoul = outbox.mails()
    assert nairobi["Subject"] == "1 project on track"
    assert seoul["Subject"] == "사업 1건 순조"
    assert (nairobi["Content-Language"], seoul["Content-Language"]) == ("en", "ko")
    text, html = outbox.bodies(email("seoul_mayor"))
    assert "공여 도시로서의 서울" in text
    assert '<html lang="ko" dir="ltr">' in html
    text, html = outbox.bodies(email("nairobi_mayor"))
    assert "Nairobi as recipient" in text
    assert '<html lang="en" dir="ltr">' in html


async def test_digests_read_together_are_those_read_one_by_one(
    cast: Cast, settings: Settings
) -> None:
    project = await factories.joint_project(cast, "active", title="Permits by phone")
    await late_project(cast, 35)
    await factories.joint_project(cast, "under_review", title="Bus lanes by sensor")
    closing = Period(f"project {project.id}", clock.now() - timedelta(days=7), clock.now())
    await owe_issues([
        Owed(cast[name].person_id or 0, closing, DigestKind.CLOSING, project.id)
        for name in ("seoul_mayor", "lima_coordinator")
    ])  # fmt: skip
    await owe(cast, "nairobi_mayor", "nairobi_cio", "lima_mayor", "officer")
    claims = await ledger.claim(Lane.BULK, 100, 60)
    claims = [replace(claim, language=("en", "ko", "he")[claim.id % 3]) for claim in claims]
    of = await issues(claims)
    asked = [(_recipient(claim), of[claim.id]) for claim in claims]
    together = await writing.write_many(settings, asked)
    assert [isinstance(each, Mail) for each in together].count(True) >= 4
    for (reader, issue), made in zip(asked, together, strict=True):
        if isinstance(made, Exception):
            with pytest.raises(type(made)):
                await writing.write(settings, reader, issue.period, issue)
        else:
            alone = await writing.write(settings, reader, issue.period, issue)
            assert _plain(made) == _plain(alone)


def _plain(mail: Mail) -> list[str]:
    """What it says, but for the minute, and the secret that is made anew each time."""
    anew = re.compile(r"(?<=/verdicts/)[^?]+|\d\d?:\d\d")
    return [anew.sub("", each) for each in (mail.subject, mail.text, mail.html)]


async def test_digests_are_read_in_two_statements_however_many(
    cast: Cast, settings: Settings, reads: None
) -> None:
    await factories.joint_project(cast, "active")
    seen: list[str] = []
    READS.listeners.append(seen.append)
    try:
        counts = []
        for names in (["seoul_mayor"], ["nairobi_mayor", "lima_mayor"]):
            await owe(cast, *names)
            claims = await ledger.claim(Lane.BULK, 100, 60)
            await MAKERS[DeliveryKind.DIGEST].compose(settings, claims)
            counts.append(len(seen))
            seen.clear()
        assert counts == [2, 2]  # what is a reader's own, and what readers of a city have in common
    finally:
        READS.listeners.remove(seen.append)


async def test_due_mails_go_out_at_home_at_eight(cast: Cast, outbox: Outbox) -> None:
    now = clock.now()
    with clock.at(now - timedelta(days=8)):
        for name in ("seoul_mayor", "nairobi_mayor"):
            await actions.subscribe(cast[name], cast[name].person_id or 0, Schedule())
    assert len(await actions.sweep(now)) == 2
    await outbox.drain()
    assert [each["To"].addresses[0].addr_spec for each in outbox.mails()] == [
        email("nairobi_mayor"),
        email("seoul_mayor"),
    ]
    hours = await DigestIssue.raw(
        "SELECT extract(hour FROM i.period_to AT TIME ZONE p.time_zone)::int AS hour,"
        " extract(isodow FROM i.period_to AT TIME ZONE p.time_zone)::int AS day"
        " FROM digest_issue i JOIN person p ON p.id = i.person"
    )
    assert hours == [{"hour": 8, "day": 1}] * 2


async def test_permissions_count_when_it_is_composed(cast: Cast, outbox: Outbox) -> None:
    await factories.joint_project(cast, "submitted", title="Still a secret")
    await factories.joint_project(cast, "under_review", title="Hush")
    await grant(cast.system, cast.nairobi_mayor.person_id or 0, cast.lima, Role.COORDINATOR)
    [delivery] = await owe(cast, "nairobi_mayor")
    await DigestIssue.raw("UPDATE membership SET ended_at = now() WHERE role = 'mayor'")
    await outbox.drain()
    text, html = outbox.bodies(email("nairobi_mayor"))
    assert "secret" not in text + html
    assert "Hush" not in text + html
    [row] = await DigestIssue.select().where(DigestIssue.delivery == delivery)
    assert row["text"].split()[:-1] == text.split()[:-1], "but for the link to choose mails"


async def test_titles_cannot_write_headers_or_html(cast: Cast, outbox: Outbox) -> None:
    title = "Closing <script>alert(1)</script> {{ 7 * 7 }} \u2028Bcc: all@example.org"
    await actions.subscribe(cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0, Schedule())
    await factories.joint_project(cast, "closed", title=title)
    await outbox.drain()
    [made] = outbox.mails()
    assert made["Bcc"] is None
    _, html = outbox.bodies(email("nairobi_mayor"))
    assert "<script>" not in html
    assert "{{ 7 * 7 }}" in html


async def test_content_is_one_statement_however_many_projects(
    cast: Cast, settings: Settings
) -> None:
    statements: list[str] = []
    READS.listeners.append(statements.append)
    try:
        for _ in range(3):
            await factories.joint_project(cast, "active")
            statements.clear()
            await preview(settings, email("nairobi_mayor"))
            assert len(statements) == 1
    finally:
        READS.listeners.remove(statements.append)


async def test_full_digest_is_small_and_works_without_images(
    cast: Cast, settings: Settings
) -> None:
    for number in range(8):
        await late_project(cast, 10 + 5 * number, title=f"Project number {number}")
    made = await preview(settings, email("seoul_mayor"))
    assert len(made.html.encode()) <= 80_000
    assert "<img" not in made.html
    more = re.search(r"외 (\d+)건", made.text.partition("향후 30일")[0])
    shown = made.text.partition("향후 30일")[0].count("/projects/")
    assert more
    assert shown + int(more[1]) == 8
    links = set(re.findall(r'href="([^"]*)"', made.html))
    assert all(link.startswith(f"{settings.base_url}/") for link in links)
    assert f"{settings.base_url}/preferences" in links


async def test_preview_keeps_nothing(cast: Cast, settings: Settings) -> None:
    await preview(settings, email("seoul_mayor"))
    assert await DigestIssue.count() == 0
    with pytest.raises(NotFound):
        await preview(settings, "nobody@example.org")


async def test_send_delivers_at_once(cast: Cast, outbox: Outbox) -> None:
    sent = await send_digest(outbox.settings, email("seoul_mayor"))
    assert (sent.state, sent.attempts) == ("sent", 1)
    assert len(outbox.mails()) == 1
    assert sent.message_id
    [issue] = await DigestIssue.select().where(DigestIssue.delivery == sent.id)
    assert f"/digests/{issue['id']}" in issue["html"]


async def test_unsubscribing_stops_what_is_not_yet_sent(cast: Cast, outbox: Outbox) -> None:
    person_id = cast.seoul_mayor.person_id or 0
    row = await actions.subscribe(cast.seoul_mayor, person_id, Schedule())
    await owe(cast, "seoul_mayor")
    await actions.unsubscribe(cast.seoul_mayor, row.id)
    await outbox.drain()
    assert outbox.mails() == []
    [delivery] = await Delivery.select()
    assert delivery["state"] == "cancelled"
    assert "unsubscribed" in delivery["last_error"]


@pytest.mark.parametrize("once_more", [False, True])
async def test_digest_that_waits_is_written_anew_for_whoever_left_a_city(
    cast: Cast, outbox: Outbox, once_more: bool
) -> None:
    await factories.joint_project(cast, "active", title="Bus lanes", confidential=True)
    mayor = cast.lima_mayor.person_id or 0
    held = await grant(cast.system, mayor, cast.nairobi, Role.COORDINATOR)
    [number] = await owe(cast, "lima_mayor")
    await outbox.drain()
    assert "Bus lanes" in outbox.bodies(email("lima_mayor"))[0]
    for file in outbox.folder.iterdir():
        file.unlink()
    if once_more:
        await resend(cast.administrator, number, "It never came.")
    else:  # as a relay leaves it that has no room today
        await fetch("UPDATE delivery SET state = 'ready', sent_at = NULL WHERE kind = 'digest'")
    await end_membership(cast.administrator, held.id, left_to_city=True)
    await outbox.drain()
    sent = await Delivery.objects().where(Delivery.kind == "digest").order_by(Delivery.id)
    [last] = [each for each in outbox.mails() if each["Message-ID"] == sent[-1].message_id]
    plain, html = (cast_to(EmailMessage, part).get_content() for part in last.iter_parts())
    [issue] = await DigestIssue.select()
    assert "Bus lanes" not in plain + html + issue["text"]
    assert issue["text"].split()[:-1] == plain.split()[:-1], "but for the link to choose mails"


async def test_impossible_address_fails_alone(cast: Cast, outbox: Outbox) -> None:
    await DigestSubscription.raw(
        "UPDATE person SET email = 'a@b@c' WHERE id = {}", cast.seoul_mayor.person_id
    )
    await owe(cast, "seoul_mayor", "nairobi_mayor")
    await outbox.drain()
    assert len(outbox.mails()) == 1
    assert (await queries.counts())[DeliveryState.FAILED] == 1


async def test_relay_that_is_down_delays_and_loses_nothing(cast: Cast, outbox: Outbox) -> None:
    await owe(cast, "seoul_mayor", "nairobi_mayor")
    down = replace(outbox.settings, smtp_url="smtp://127.0.0.1:1")
    assert await deliver_batch(down, Lane.BULK) == 2
    assert await unsettled() == 2
    found = await Delivery.select(Delivery.state, Delivery.attempts)
    assert found == [{"state": "due", "attempts": 0}] * 2, "nothing was tried"
    await outbox.drain()
    assert len(outbox.mails()) == 2


def test_korean_is_complete_for_the_mails() -> None:
    found = extract_from_dir(
        mail.TEMPLATES / "emails", method_map=[("**.html", "jinja2"), ("**.txt", "jinja2")]
    )
    wanted = {text for _, _, text, _, _ in found}
    with (locale.CATALOGUES / "ko/LC_MESSAGES/tracker.po").open("rb") as file:
        catalogue = read_po(file, locale="ko")
    translated = {entry.id for entry in catalogue if entry.id and entry.string}
    assert wanted - translated == set()


@pytest.mark.parametrize("contact", ["Secretariat <secretariat@example.org>", None])
async def test_digest_says_where_replies_go(
    cast: Cast, outbox: Outbox, contact: str | None
) -> None:
    outbox = replace(outbox, settings=replace(outbox.settings, contact_address=contact))
    await factories.joint_project(cast, "active")
    await owe(cast, "nairobi_mayor")
    await outbox.drain()
    [mail] = outbox.mails()
    assert mail["Reply-To"] == contact
    for body in outbox.bodies(email("nairobi_mayor")):
        asked = "Replies to this mail go to the secretariat: secretariat@example.org" in body
        assert (asked, "Replies to this mail are not read." in body) == (bool(contact), not contact)
