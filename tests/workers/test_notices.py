"""Mails about roles and sign-ons, to whom they concern."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests import factories
from tests.cast import Cast, email
from tests.domain.test_comments import draft
from tests.domain.test_delegations import delegate, deputy
from tests.domain.test_independence import decision
from tests.factories import today
from tests.workers.conftest import Outbox
from tracker.domain.actor import SYSTEM, Role
from tracker.domain.comments import actions as comments
from tracker.domain.comments.actions import CommentText
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.database import fetch
from tracker.domain.deliveries.posting import post
from tracker.domain.deliveries.quiet import QuietHours
from tracker.domain.deliveries.rules import UNWANTED
from tracker.domain.deliveries.tables import Delivery, DeliveryKind, Lane
from tracker.domain.leaving.actions import end_membership
from tracker.domain.people import delegations
from tracker.domain.people.actions import grant
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.sign_on_providers import SignOnDraft, confirm, remove, set_up
from tracker.domain.people.tables import Membership, Person
from tracker.domain.preferences.actions import choose_mails, set_quiet_hours
from tracker.domain.projects import decisions
from tracker.domain.projects.raising import Escalation, WaiverRequest, ask_waiver, escalate
from tracker.domain.projects.tables import Requirement
from tracker.domain.resending.actions import resend
from tracker.workers.deliveries import deliver_batch

pytestmark = pytest.mark.usefixtures("reads")


async def subjects(outbox: Outbox) -> list[tuple[str, str]]:
    """To whom which mails went, after the worker has run."""
    await outbox.drain()
    return sorted((each["To"].addresses[0].addr_spec, each["Subject"]) for each in outbox.mails())


async def test_person_hears_of_a_role_and_administrators_of_a_weighty_one(
    cast: Cast, outbox: Outbox
) -> None:
    person, administrator = cast.nairobi_cio.person_id or 0, cast.administrator
    await grant(SYSTEM, person, cast.nairobi, Role.APPROVER)
    assert await subjects(outbox) == [], "a new installation is filled without mails"
    await grant(administrator, person, cast.nairobi, Role.COORDINATOR)
    row = await grant(administrator, person, cast.nairobi, Role.MAYOR)
    await end_membership(cast.nairobi_administrator, row.id, left_to_city=True)
    assert await subjects(outbox) == [
        (email("nairobi_administrator"), "Nairobi: cio has a new role: Mayor, Nairobi"),
        (email("nairobi_cio"), "A role of yours has ended: Mayor, Nairobi"),
        (email("nairobi_cio"), "You have a new role: Coordinator, Nairobi"),
        (email("nairobi_cio"), "You have a new role: Mayor, Nairobi"),
    ], "who did it is not told"
    text, html = outbox.bodies(email("nairobi_administrator"))
    for body in (text, html):
        assert "Secretariat: administrator did this on" in body
        assert "You look after the people of Nairobi." in body
        assert "Replies to this mail go to the secretariat" not in body, "it names no address"


async def test_mail_about_a_role_says_how_to_tell_the_secretariat(
    cast: Cast, outbox: Outbox
) -> None:
    contact = "Secretariat <office@example.org>"
    outbox = replace(outbox, settings=replace(outbox.settings, contact_address=contact))
    await grant(cast.administrator, cast.nairobi_cio.person_id or 0, cast.nairobi, Role.MAYOR)
    await outbox.drain()
    text, html = outbox.bodies(email("nairobi_administrator"))
    for body in (text, html):
        assert "mend it at once, or tell the secretariat." in body
        assert "Replies to this mail go to the secretariat: office@example.org" in body


async def test_administrators_hear_of_what_becomes_of_their_sign_on(
    cast: Cast, outbox: Outbox
) -> None:
    own, office = cast.nairobi_administrator, cast.administrator
    draft = SignOnDraft(issuer="https://id.example.org", client_id="tracker", client_secret="x")
    row = await set_up(own, cast.nairobi, draft)
    await confirm(office, row.id)
    await set_up(own, cast.nairobi, replace(draft, client_secret=""))
    await set_up(own, cast.nairobi, replace(draft, client_id="other"))
    new, changed, confirmed = (
        "A sign-on was set up for Nairobi",
        "The sign-on of Nairobi was changed",
        "The sign-on of Nairobi was confirmed",
    )
    told = await subjects(outbox)
    theirs = [subject for to, subject in told if to == email("nairobi_administrator")]
    assert sorted(theirs) == [new, changed, confirmed], "saving what there is tells nothing"
    waits = [subject for to, subject in told if to == email("administrator")]
    assert sorted(waits) == [new, changed], "who confirms hears of what waits"
    await remove(office, row.id)
    last = (await subjects(outbox))[-1]
    assert last == (email("nairobi_administrator"), "The sign-on of Nairobi was removed")
    [mail] = [each for each in outbox.mails() if each["Subject"] == last[1]]
    assert "people sign in by mail or password" in str(mail)


async def test_deputy_and_mayor_hear_when_a_delegation_is_agreed_and_ended(
    cast: Cast, outbox: Outbox
) -> None:
    mayor, deputy = cast.nairobi_mayor, cast.nairobi_cio
    person = deputy.person_id or 0
    first, last = today(0, "Africa/Nairobi"), today(1, "Africa/Nairobi")
    plan = DelegationPlan(person_id=person, starts_on=first, ends_on=last)
    row = await delegations.grant(mayor, cast.nairobi, plan)
    for _ in range(2):
        assert await subjects(outbox) == [
            (email("nairobi_cio"), "You decide for Nairobi: mayor, mayor of Nairobi, for a time")
        ]
    for body in outbox.bodies(email("nairobi_cio")):
        assert "both days included" in body
        assert "because it says who decides for the mayor of Nairobi." in body
        assert "Mails about roles, deputies and sign-ons always come" in body
        assert "https://tracker.example.org/preferences#mails" in body
    await delegations.end_delegation(deputy, row.id)
    over = "Nairobi: cio no longer decides for Nairobi: mayor, mayor of Nairobi"
    assert (await subjects(outbox))[-1] == (email("nairobi_mayor"), over)
    again = await delegations.grant(mayor, cast.nairobi, plan)
    [held] = await Membership.objects().where(Membership.person == mayor.person_id)
    await end_membership(cast.administrator, held.id, left_to_city=True)
    told = [subject for to, subject in await subjects(outbox) if to == email("nairobi_cio")]
    assert "You no longer decide for Nairobi: mayor, mayor of Nairobi" in told, again.id


async def test_mail_waits_for_a_relay_and_who_may_no_longer_see_it_gets_none(
    cast: Cast, outbox: Outbox
) -> None:
    draft = SignOnDraft(issuer="https://id.example.org", client_id="tracker")
    await set_up(cast.nairobi_administrator, cast.nairobi, draft)
    away = replace(outbox.settings, smtp_url="smtp://127.0.0.1:9")
    assert await deliver_batch(away, Lane.USUAL) == 2
    tries = [row.attempts for row in await Delivery.objects()]
    assert tries == [0, 0], "what could not be tried is no try"
    [role] = [m for m in await own_roles(cast) if m.role == Role.CITY_ADMINISTRATOR]
    await end_membership(cast.administrator, role.id, left_to_city=True)
    own = email("nairobi_administrator")
    assert [subject for to, subject in await subjects(outbox) if to == own] == [
        "A role of yours has ended: City administrator, Nairobi"
    ]


async def own_roles(cast: Cast) -> list[Membership]:
    """Those of Nairobi's administrator."""
    person = cast.nairobi_administrator.person_id
    return await Membership.objects().where(Membership.person == person)


async def test_person_who_is_mentioned_gets_one_mail_with_a_link(
    cast: Cast, outbox: Outbox
) -> None:
    project = await factories.joint_project(cast, "active")
    who, mayor = cast.nairobi_coordinator, cast.seoul_mayor
    await subjects(outbox)
    about = draft(CommentSubject.MILESTONE, project.milestone_id, "Is it <done>?", mayor)
    comment = await comments.add(who, about)
    people = [mayor.person_id or 0]
    await comments.edit(who, comment.id, CommentText(text="Is it <done> now?", person_ids=people))
    gone = await comments.add(who, replace(about, text="Never mind."))
    await comments.withdraw(who, gone.id)
    code = (await project.row()).code
    mails = [each for each in await subjects(outbox) if each[0] == email("seoul_mayor")]
    assert len(mails) == 1, "once, and of nothing that is withdrawn"
    assert code in mails[0][1]
    text, html = outbox.bodies(email("seoul_mayor"))
    for body in (text, html):
        assert f"/comments/{comment.id}" in body
    assert "Is it <done> now?" in text
    assert "&lt;done&gt;" in html


async def test_whoever_may_settle_a_decision_hears_of_it_at_once_and_nobody_else(
    cast: Cast, outbox: Outbox
) -> None:
    project = await factories.joint_project(cast, "under_review")
    assert [to for to, _ in await subjects(outbox)] == [
        email("nairobi_mayor"),
        email("seoul_mayor"),
    ], "both are asked to endorse it"
    project = await factories.joint_project(cast, "active")
    await subjects(outbox)
    known = len(outbox.mails())
    first = today(0, "Africa/Nairobi")
    deputy = cast.nairobi_cio.person_id or 0
    plan = DelegationPlan(person_id=deputy, starts_on=first, ends_on=first)
    await delegations.grant(cast.nairobi_mayor, cast.nairobi, plan)
    officer = await grant(SYSTEM, cast.officer.person_id or 0, cast.seoul, Role.CIO)
    ask = Escalation(question="Who <pays>?", city_id=cast.nairobi)
    row = await escalate(cast.nairobi_cio, project.id, ask)
    why = WaiverRequest(requirement=Requirement.FINISHED, question="It burnt.")
    await ask_waiver(cast.seoul_coordinator, project.id, why)
    settled = await escalate(cast.seoul_coordinator, project.id, replace(ask, city_id=cast.seoul))
    await decisions.answer(cast.seoul_mayor, settled.id, "We do.")
    told = [each for each in await subjects(outbox) if "You decide for" not in each[1]]
    assert len(told) == known + 2, "the deputy who asks is not told, nor anybody of what is settled"
    title = (await project.row()).title
    assert (email("nairobi_mayor"), f"To decide: Answer a question: {title}") in told
    assert (email("administrator"), f"To decide: Do without a requirement: {title}") in told
    assert email("officer") not in dict(told), f"{officer.city} is a partner of it"
    [mail] = [each for each in outbox.mails() if "Answer a question" in each["Subject"]]
    plain, html = (part.get_content() for part in mail.iter_parts())
    for body in (plain, html):
        assert f"https://tracker.example.org/decisions/{row.id}" in body
        assert "because you may decide it; before and after the day you are reminded." in body
        assert "Switch mails of this kind off" in body
        assert "https://tracker.example.org/unsubscribe/" in body
    assert "Who <pays>?" in plain
    assert "Who &lt;pays&gt;?" in html


async def test_mayor_hears_once_after_quiet_hours_what_a_deputy_decided_in_their_name(
    cast: Cast, outbox: Outbox
) -> None:
    mayor, person = cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0
    project = await factories.joint_project(cast, "under_review")
    title = (await project.row()).title
    await delegate(cast)
    await subjects(outbox)
    await choose_mails(mayor, person, DeliveryKind.DECISION, False)
    now = datetime.now(ZoneInfo("Africa/Nairobi")).hour
    quiet = QuietHours(quiet_from=(now - 1) % 24, quiet_until=(now + 3) % 24)
    await set_quiet_hours(mayor, person, quiet)
    settled = await decision(project.id, cast.nairobi)
    await decisions.refuse(await deputy(), settled, "The council said <no>.")
    await decisions.give(cast.seoul_mayor, await decision(project.id, cast.seoul))
    told = f"Decided in your name: Endorse the proposal: {title}"
    await deliver_batch(outbox.settings, Lane.USUAL)
    assert told not in [each["Subject"] for each in outbox.mails()], "it waits"
    await set_quiet_hours(mayor, person, QuietHours())
    for _ in range(2):
        of_it = [each for each in await subjects(outbox) if "in your name" in each[1]]
        assert of_it == [(email("nairobi_mayor"), told)], "once, and nobody of what is their own"
    [mail] = [each for each in outbox.mails() if each["Subject"] == told]
    plain, html = (part.get_content() for part in mail.iter_parts())
    for body in (plain, html):
        assert re.search(r"On .*20\d\d.* decided in your name, as your deputy in Nairobi", body)
        assert "Nairobi: cio" in body
        assert title in body
        assert f"https://tracker.example.org/decisions/{settled}" in body
        assert "/answers/" not in body, "it is settled"
        assert "https://tracker.example.org/account/roles" in body
        assert "Mails about roles, deputies and sign-ons always come" in body
    assert "I refuse: The council said <no>." in plain
    assert "The council said &lt;no&gt;." in html


async def test_mayor_reads_the_question_and_what_a_deputy_answered(
    cast: Cast, outbox: Outbox
) -> None:
    project = await factories.joint_project(cast, "active")
    await delegate(cast)
    ask = Escalation(question="Who pays for the hall?", city_id=cast.nairobi)
    row = await escalate(cast.seoul_coordinator, project.id, ask)
    await decisions.answer(await deputy(), row.id, "We do.")
    contact = "Secretariat <office@example.org>"
    outbox = replace(outbox, settings=replace(outbox.settings, contact_address=contact))
    await outbox.drain()
    [mail] = [each for each in outbox.mails() if "in your name" in each["Subject"]]
    assert mail["To"].addresses[0].addr_spec == email("nairobi_mayor")
    for part in mail.iter_parts():
        said = re.sub(r"<[^>]+>", "", part.get_content())
        assert "Who pays for the hall?" in said
        assert "The answer: We do." in said
        assert "Replies to this mail go to the secretariat: office@example.org" in said
    assert str(mail["Reply-To"]) == contact
    [sent] = await fetch("SELECT id FROM delivery WHERE key LIKE 'decision:%:answer:%'")
    await resend(cast.administrator, sent["id"], "It did not arrive.")
    told = [each for each in await subjects(outbox) if "in your name" in each[1]]
    assert len(told) == 2, "that it is settled is no reason to withhold it"


async def test_cities_are_called_as_their_own_people_call_them_in_every_mail_and_subject(
    cast: Cast, outbox: Outbox
) -> None:
    project = await factories.joint_project(cast, "active")
    mayor, deputy = cast.seoul_mayor, cast.seoul_approver
    ask = Escalation(question="Who pays?", city_id=cast.seoul)
    row = await escalate(cast.nairobi_coordinator, project.id, ask)
    about = draft(CommentSubject.DECISION, row.id, "Please hurry.", mayor, cast.nairobi_mayor)
    await comments.add(cast.nairobi_coordinator, about)
    first = today(0, "Asia/Seoul")
    plan = DelegationPlan(person_id=deputy.person_id or 0, starts_on=first, ends_on=first)
    await grant(cast.administrator, deputy.person_id or 0, cast.seoul, Role.CIO)
    await delegations.grant(mayor, cast.seoul, plan)
    wanted = InvitationDraft(
        email="new@example.org", role=Role.COORDINATOR, city_id=cast.seoul, language="ko"
    )
    await send_invitation(cast.administrator, wanted)
    await outbox.drain()
    theirs = (email("seoul_mayor"), email("seoul_approver"), "new@example.org")
    korean = [each for each in outbox.mails() if each["To"].addresses[0].addr_spec in theirs]
    assert len(korean) >= 5
    for each in korean:
        said = f"{each['Subject']} {' '.join(part.get_content() for part in each.iter_parts())}"
        assert "서울" in said, each["Subject"]
        assert "Seoul" not in said.replace("Seoul: ", ""), f"but in names of people: {said}"
    text, html = outbox.bodies(email("nairobi_mayor"))
    for body in (text, html):
        assert "comment on the decision “Answer a question” (Seoul), in the project" in body
        assert "because somebody mentions you in a comment." in body
        assert "Switch mails of this kind off" in body
        assert "https://tracker.example.org/unsubscribe/" in body


async def test_mail_waits_for_quiet_hours_to_end_but_links_do_not(
    cast: Cast, outbox: Outbox
) -> None:
    mayor, person = cast.nairobi_mayor, cast.nairobi_mayor.person_id or 0
    project = await factories.joint_project(cast, "active")
    known = len(await subjects(outbox))
    now = datetime.now(ZoneInfo("Africa/Nairobi")).hour
    quiet = QuietHours(quiet_from=(now - 1) % 24, quiet_until=(now + 3) % 24)
    await set_quiet_hours(mayor, person, quiet)
    asked = Escalation(question="Who pays?", city_id=cast.nairobi)
    await escalate(cast.nairobi_coordinator, project.id, asked)
    addressee = await Person.objects().get(Person.id == person)
    assert addressee
    link = {"link": "https://tracker.example.org/x", "minutes": 9, "other_browser": False}
    await post(addressee, "sign_in", context=link)
    for lane in Lane:
        await deliver_batch(outbox.settings, lane)
    assert len(outbox.mails()) == known + 1, "the link alone"
    [row] = await Delivery.objects().where(Delivery.kind == "decision", Delivery.state == "due")
    assert row.next_try_at > datetime.now(UTC) + timedelta(hours=1)
    assert row.waits_for == "quiet_hours"
    await choose_mails(mayor, person, DeliveryKind.DECISION, False)
    await set_quiet_hours(mayor, person, QuietHours())
    await outbox.drain()
    await row.refresh()
    assert (row.state, row.last_error) == ("cancelled", UNWANTED)
    assert not row.waits_for
