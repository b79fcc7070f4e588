"""Milestones: handed in by their city and judged by the other."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.domain.steps import LINK, TABLE, VERBS, WHO, milestone_in, row_of, take
from tests.factories import today
from tracker.domain import clock
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.messages import word
from tracker.domain.milestones import actions, attaching
from tracker.domain.milestones.actions import MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", TABLE)
async def test_every_verb_in_every_state(cast: Cast, state: str, verb: str) -> None:
    number = await milestone_in(cast, state)
    if target := TABLE[state].get(verb):
        assert (await take(cast, verb, number)).state == target
    else:
        before = await row_of(number)
        with pytest.raises(Invalid, match=f"A milestone that is {word(state)} cannot {verb}"):
            await take(cast, verb, number)
        assert (await row_of(number)).to_dict() == before.to_dict()


@pytest.mark.parametrize("verb", VERBS)
async def test_verb_by_each_member_of_the_cast(cast: Cast, verb: str) -> None:
    state = next(state for state, verbs in TABLE.items() if verb in verbs)
    number = await milestone_in(cast, state)
    for who in sorted(set(ACTORS) - WHO[verb]):
        with pytest.raises(Forbidden):
            await take(cast, verb, number, who)
    for who in sorted(WHO[verb]):
        await take(cast, verb, await milestone_in(cast, state), who)


@pytest.mark.parametrize("state", ["agreed", "closed", "cancelled"])
async def test_step_while_the_project_is_not_under_way(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, state)
    with pytest.raises(Invalid, match=f"The project is {state}, not under way"):
        await take(cast, "start", project.milestone_id)


async def test_submitting_with_everything_wrong_at_once(cast: Cast) -> None:
    number = await milestone_in(cast, "accepted")
    links = [EvidenceLink(title="x" * 10_000, url="javascript:alert(1)")]
    report = MilestoneReport(completed_on=today(2), evidence=links)
    with pytest.raises(Invalid) as refusal:
        await actions.submit(cast.nairobi_coordinator, number, report)
    named = {"evidence.0.title", "evidence.0.url"}
    assert set(refusal.value.fields) == {"completed_on", "state"} | named


async def test_submitting_without_evidence(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    bare = MilestoneReport(completed_on=today(-2))
    with pytest.raises(Invalid) as refusal:
        await actions.submit(cast.nairobi_coordinator, number, bare)
    assert refusal.value.fields == {
        "evidence": ["Attach at least one link here, or a file on the milestone’s page first."]
    }
    await attaching.attach(cast.nairobi_coordinator, number, [LINK])
    assert (await actions.submit(cast.nairobi_coordinator, number, bare)).state == "submitted"


async def test_completion_is_judged_by_the_calendar_of_the_owner_city(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    # 22:30 in London is already tomorrow in Nairobi.
    evening = (datetime.now(UTC) + timedelta(days=3)).replace(hour=22, minute=30)
    tomorrow = evening.date() + timedelta(days=1)
    with clock.at(evening):
        too_late = MilestoneReport(completed_on=tomorrow + timedelta(days=1), evidence=[LINK])
        with pytest.raises(Invalid, match=f"an actual date is at most today \\({tomorrow}\\)"):
            await actions.submit(cast.nairobi_coordinator, number, too_late)
        report = MilestoneReport(completed_on=tomorrow, evidence=[LINK])
        assert await actions.submit(cast.nairobi_coordinator, number, report)


async def test_nobody_accepts_what_they_submitted(cast: Cast) -> None:
    """Not even with a role in the other city."""
    number = await milestone_in(cast, "submitted")
    author = cast.nairobi_coordinator
    both = type(author)(
        person_id=author.person_id,
        memberships=cast.seoul_coordinator.memberships | cast.officer.memberships,
    )
    with pytest.raises(Forbidden):
        await actions.accept(both, number)


async def test_return_clears_the_date_and_says_why(cast: Cast) -> None:
    number = await milestone_in(cast, "submitted")
    row = await actions.return_(cast.seoul_coordinator, number, "The portal is down.")
    assert [row.completed_on, row.submitted_by] == [None, None]
    assert row.state_reason == "The portal is down."


@pytest.mark.parametrize("verb", ["return", "miss", "waive"])
async def test_step_that_needs_a_reason(cast: Cast, verb: str) -> None:
    state = next(state for state, verbs in TABLE.items() if verb in verbs)
    number = await milestone_in(cast, state)
    action = getattr(actions, "return_" if verb == "return" else verb)
    actor = cast.nairobi_coordinator if verb == "miss" else cast.officer
    with pytest.raises(Invalid) as refusal:
        await action(actor, number, "  ")
    assert refusal.value.fields == {"reason": ["Write something here."]}


async def test_completion_on_a_day_that_cannot_be_meant(cast: Cast) -> None:
    number = await milestone_in(cast, "planned")
    report = MilestoneReport(completed_on=date.min, evidence=[LINK])
    with pytest.raises(Invalid, match="completed_on: 0001-01-01 cannot be meant"):
        await actions.submit(cast.nairobi_coordinator, number, report)


async def test_milestone_that_is_handed_in_again_keeps_the_day_that_it_said_unless_it_was_missed(
    cast: Cast,
) -> None:
    number, who = await milestone_in(cast, "planned"), cast.nairobi_coordinator
    in_time, between = (MilestoneReport(completed_on=today(n), evidence=[LINK]) for n in (-9, -3))
    await actions.submit(who, number, in_time)
    await actions.return_(cast.seoul_coordinator, number, "Does it include the districts?")
    with pytest.raises(Invalid, match=f"choose {today(-9)} again, if it was done by then, or the"):
        await actions.submit(who, number, between)
    row = await actions.submit(who, number, in_time)
    assert row.completed_on == today(-9)
    await actions.return_(cast.seoul_coordinator, number, "Nobody found it in March.")
    await actions.miss(who, number, "It took longer.")
    with pytest.raises(Invalid, match="It was reported as missed on"):
        await actions.submit(who, number, in_time)
