"""What coordinators bring before mayors and the secretariat, and what recipients accept."""

from dataclasses import replace

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import today
from tracker.domain import clock
from tracker.domain.actor import SYSTEM, Role
from tracker.domain.closing import actions as closing
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.people import delegations
from tracker.domain.people.actions import grant
from tracker.domain.people.delegations import DelegationPlan
from tracker.domain.people.queries import actor_by_email
from tracker.domain.projects import decisions, lifecycle
from tracker.domain.projects.raising import Escalation, WaiverRequest, ask_waiver, escalate
from tracker.domain.projects.tables import Decision, DecisionKind, Requirement

Q = Requirement


async def test_question_is_answered_by_the_mayor_who_is_asked_and_nobody_else(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    question = Escalation(question="Who pays for the servers?", city_id=cast.seoul)
    for who in ACTORS:
        if who in ("nairobi_coordinator", "nairobi_cio", "seoul_coordinator"):
            row = await escalate(cast[who], project.id, question)
        else:
            with pytest.raises((Forbidden, NotFound)):
                await escalate(cast[who], project.id, question)
    with pytest.raises(Invalid) as refused:
        await escalate(cast.nairobi_cio, project.id, Escalation(question=" ", city_id=cast.lima))
    assert set(refused.value.fields) == {"question", "city_id"}
    for who in set(ACTORS) - {"seoul_mayor"}:
        with pytest.raises((Forbidden, NotFound)):
            await decisions.answer(cast[who], row.id, "Seoul does.")
    with pytest.raises(Invalid):
        await decisions.give(cast.seoul_mayor, row.id)
    with pytest.raises(Invalid):
        await decisions.answer(cast.seoul_mayor, row.id, " ")
    row = await decisions.answer(cast.seoul_mayor, row.id, "Seoul does.")
    assert (row.state, row.answer) == ("given", "Seoul does.")
    other = await escalate(cast.seoul_coordinator, project.id, question)
    assert (await decisions.refuse(cast.seoul_mayor, other.id, "Ask Nairobi.")).state == "refused"
    early = await factories.joint_project(cast, "draft")
    for number in (early.id, (await factories.joint_project(cast, "rejected")).id):
        with pytest.raises(Invalid):
            await escalate(cast.nairobi_coordinator, number, question)


async def test_requirement_is_waived_by_the_secretariat_and_the_guard_goes_by_it(
    cast: Cast,
) -> None:
    project = await factories.joint_project(cast, "active")
    why = WaiverRequest(requirement=Q.FINISHED, question="The hall burnt down.")
    row = await ask_waiver(cast.nairobi_coordinator, project.id, why)
    for known in (why, replace(why, requirement=Q.PLANNED)):
        with pytest.raises(Invalid, match=r"asked this already|past this"):
            await ask_waiver(cast.seoul_coordinator, project.id, known)
    for who in set(ACTORS) - {"officer", "administrator", "system"}:
        with pytest.raises((Forbidden, NotFound)):
            await decisions.give(cast[who], row.id)
    with pytest.raises(Invalid):
        await lifecycle.finalise(cast.nairobi_coordinator, project.id)
    refused = await decisions.refuse(cast.officer, row.id, "Build another one.")
    assert refused.state == "refused"
    row = await ask_waiver(cast.seoul_coordinator, project.id, why)
    await decisions.give(cast.officer, row.id)
    await lifecycle.finalise(cast.nairobi_coordinator, project.id)


async def test_waiver_counts_no_more_once_the_project_is_resumed_to_do_more(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    why = WaiverRequest(requirement=Q.FINISHED, question="The hall burnt down.")
    row = await ask_waiver(cast.nairobi_coordinator, project.id, why)
    await decisions.give(cast.officer, row.id)
    await lifecycle.suspend(cast.nairobi_coordinator, project.id, "Elections.")
    await lifecycle.resume(cast.nairobi_coordinator, project.id)
    await lifecycle.finalise(cast.nairobi_coordinator, project.id)
    other = WaiverRequest(requirement=Q.REPORTED, question="Nobody counted.")
    open_one = await ask_waiver(cast.nairobi_coordinator, project.id, other)
    await lifecycle.resume(cast.nairobi_coordinator, project.id)
    rows = {each.id: each for each in await Decision.objects()}
    assert rows[row.id].lapsed_at
    assert rows[row.id].decided_by == cast.officer.person_id, "who gave it is still told"
    assert rows[open_one.id].state == "lapsed"
    with pytest.raises(Invalid, match="Not yet accepted or waived"):
        await lifecycle.finalise(cast.nairobi_coordinator, project.id)
    again = await ask_waiver(cast.seoul_coordinator, project.id, why)
    await decisions.give(cast.officer, again.id)
    await lifecycle.finalise(cast.nairobi_coordinator, project.id)


async def test_recipient_accepts_what_was_brought_about_before_it_is_closed(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    await factories.advance(cast, project, "approve", "evaluate")
    [row] = await Decision.objects().where(Decision.kind == DecisionKind.ACCEPT)
    assert row.city == cast.nairobi
    with pytest.raises(Invalid, match="acceptance is missing from Nairobi"):
        await closing.close(cast.officer, project.id)
    for who in ("seoul_mayor", "nairobi_coordinator", "officer"):
        with pytest.raises(Forbidden):
            await decisions.give(cast[who], row.id)
    await decisions.give(cast.nairobi_mayor, row.id)
    await lifecycle.resume(cast.nairobi_coordinator, project.id)
    await lifecycle.finalise(cast.nairobi_coordinator, project.id)
    with pytest.raises(Invalid, match="acceptance is missing from Nairobi"):
        await closing.close(cast.officer, project.id)
    await factories.decide(cast, project.id)
    await closing.close(cast.officer, project.id)


async def test_nobody_settles_what_they_raised_themselves_nor_a_deputy_for_them(
    cast: Cast,
) -> None:
    project = await factories.joint_project(cast, "active")
    deputy = cast.nairobi_cio.person_id
    assert deputy
    here = today(zone="Africa/Nairobi")
    plan = DelegationPlan(person_id=deputy, starts_on=here, ends_on=today(9))
    await delegations.grant(cast.nairobi_mayor, cast.nairobi, plan)
    cio = await actor_by_email("nairobi_cio@example.org")
    assert cio
    own = await escalate(cio, project.id, Escalation(question="May we?", city_id=cast.nairobi))
    theirs = await escalate(
        cast.nairobi_coordinator, project.id, Escalation(question="Who?", city_id=cast.nairobi)
    )
    with pytest.raises(Forbidden, match="nobody approves their own"):
        await decisions.answer(cio, own.id, "Yes.")
    answered = await decisions.answer(cio, theirs.id, "We do.")
    assert answered.on_behalf_of == cast.nairobi_mayor.person_id

    mayor = cast.nairobi_mayor.person_id
    assert mayor
    await grant(SYSTEM, mayor, cast.nairobi, Role.COORDINATOR)
    both = await actor_by_email("nairobi_mayor@example.org")
    assert both
    asked = await escalate(both, project.id, Escalation(question="?", city_id=cast.nairobi))
    for who in (both, cio):
        with pytest.raises(Forbidden, match="nobody approves their own"):
            await decisions.answer(who, asked.id, "Yes.")

    officer = cast.officer.person_id
    assert officer
    held = await grant(SYSTEM, officer, cast.seoul, Role.COORDINATOR)
    turned = await actor_by_email("officer@example.org")
    assert turned
    why = WaiverRequest(requirement=Q.EVALUATED, question="Nobody is left.")
    raised = await ask_waiver(turned, project.id, why)
    await held.update_self({"ended_at": clock.now()})
    again = await actor_by_email("officer@example.org")
    assert again
    with pytest.raises(Forbidden, match="nobody approves their own"):
        await decisions.give(again, raised.id)
    await decisions.give(cast.administrator, raised.id)
