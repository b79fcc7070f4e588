"""Milestones: planned by their city, moved and counted, handed in and judged by the other."""

import json
from collections.abc import Awaitable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.factories import today
from tracker.domain import clock
from tracker.domain.audit import AuditEvent
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.messages import word
from tracker.domain.milestones import actions, attaching, moving
from tracker.domain.milestones.actions import MilestonePlan, MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.tables import Evidence, Milestone

LINK = EvidenceLink(title="Screenshots", url="https://example.org/portal")
REPORT = MilestoneReport(completed_on=today(-2), evidence=[LINK])

TABLE = {
    "planned": {
        "start": "in_progress",
        "submit": "submitted",
        "miss": "missed",
        "waive": "waived",
    },
    "in_progress": {"submit": "submitted", "miss": "missed", "waive": "waived"},
    "submitted": {"accept": "accepted", "return": "in_progress"},
    "missed": {"submit": "submitted", "waive": "waived"},
    "accepted": {},
    "waived": {},
}
"""State -> verb -> next state."""

VERBS = sorted({verb for verbs in TABLE.values() for verb in verbs})

ROUTES = {
    "planned": (),
    "in_progress": ("start",),
    "submitted": ("submit",),
    "missed": ("miss",),
    "accepted": ("submit", "accept"),
    "waived": ("waive",),
}

OWNERS = {"nairobi_coordinator", "nairobi_cio"}
JUDGES = {"seoul_coordinator", "seoul_approver", "officer", "administrator"}
WHO = {"start": OWNERS, "submit": OWNERS, "miss": OWNERS} | dict.fromkeys(
    ("accept", "return", "waive"), JUDGES
)


async def _take(cast: Cast, verb: str, milestone_id: int, who: str = "") -> Milestone:
    actor = cast[who or ("nairobi_coordinator" if WHO[verb] == OWNERS else "seoul_coordinator")]
    given: dict[str, tuple[Any, ...]] = {"start": (), "accept": (), "submit": (REPORT,)}
    action = getattr(actions, "return_" if verb == "return" else verb)
    row: Milestone = await action(actor, milestone_id, *given.get(verb, ("A good reason.",)))
    return row


async def _milestone(cast: Cast, state: str) -> int:
    """Nairobi's milestone in that state."""
    project = await factories.joint_project(cast, "active")
    for verb in ROUTES[state]:
        await _take(cast, verb, project.milestone_id)
    return project.milestone_id


async def _row(milestone_id: int) -> Milestone:
    [row] = await Milestone.objects().where(Milestone.id == milestone_id)
    return row


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", TABLE)
async def test_every_verb_in_every_state(cast: Cast, state: str, verb: str) -> None:
    number = await _milestone(cast, state)
    if target := TABLE[state].get(verb):
        assert (await _take(cast, verb, number)).state == target
    else:
        before = await _row(number)
        with pytest.raises(Invalid, match=f"A milestone that is {word(state)} cannot {verb}"):
            await _take(cast, verb, number)
        assert (await _row(number)).to_dict() == before.to_dict()


@pytest.mark.parametrize("verb", VERBS)
async def test_verb_by_each_member_of_the_cast(cast: Cast, verb: str) -> None:
    state = next(state for state, verbs in TABLE.items() if verb in verbs)
    for who in sorted(ACTORS, key=lambda name: name in WHO[verb]):
        if who in WHO[verb]:
            await _take(cast, verb, await _milestone(cast, state), who)
        else:
            number = await _milestone(cast, state)
            with pytest.raises(Forbidden):
                await _take(cast, verb, number, who)


@pytest.mark.parametrize("state", ["agreed", "closed", "cancelled"])
async def test_step_while_the_project_is_not_under_way(cast: Cast, state: str) -> None:
    project = await factories.joint_project(cast, state)
    with pytest.raises(Invalid, match=f"The project is {state}, not under way"):
        await _take(cast, "start", project.milestone_id)


async def test_submitting_with_everything_wrong_at_once(cast: Cast) -> None:
    number = await _milestone(cast, "accepted")
    links = [EvidenceLink(title="x" * 10_000, url="javascript:alert(1)")]
    report = MilestoneReport(completed_on=today(2), evidence=links)
    with pytest.raises(Invalid) as refusal:
        await actions.submit(cast.nairobi_coordinator, number, report)
    named = {"evidence.0.title", "evidence.0.url"}
    assert set(refusal.value.fields) == {"completed_on", "state"} | named


async def test_submitting_without_evidence(cast: Cast) -> None:
    number = await _milestone(cast, "planned")
    bare = MilestoneReport(completed_on=today(-2))
    with pytest.raises(Invalid) as refusal:
        await actions.submit(cast.nairobi_coordinator, number, bare)
    assert refusal.value.fields == {"evidence": ["Attach at least one link or file."]}
    await attaching.attach(cast.nairobi_coordinator, number, [LINK])
    assert (await actions.submit(cast.nairobi_coordinator, number, bare)).state == "submitted"


async def test_completion_is_judged_by_the_calendar_of_the_owner_city(cast: Cast) -> None:
    number = await _milestone(cast, "planned")
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
    number = await _milestone(cast, "submitted")
    author = cast.nairobi_coordinator
    both = type(author)(
        person_id=author.person_id,
        memberships=cast.seoul_coordinator.memberships | cast.officer.memberships,
    )
    with pytest.raises(Forbidden):
        await actions.accept(both, number)


async def test_return_clears_the_date_and_says_why(cast: Cast) -> None:
    number = await _milestone(cast, "submitted")
    row = await actions.return_(cast.seoul_coordinator, number, "The portal is down.")
    assert [row.completed_on, row.submitted_by] == [None, None]
    assert row.state_reason == "The portal is down."


@pytest.mark.parametrize("verb", ["return", "miss", "waive"])
async def test_step_that_needs_a_reason(cast: Cast, verb: str) -> None:
    state = next(state for state, verbs in TABLE.items() if verb in verbs)
    number = await _milestone(cast, state)
    action = getattr(actions, "return_" if verb == "return" else verb)
    actor = cast.nairobi_coordinator if verb == "miss" else cast.officer
    with pytest.raises(Invalid) as refusal:
        await action(actor, number, "  ")
    assert refusal.value.fields == {"reason": ["Write something here."]}


async def test_agreement_freezes_the_baseline_and_counts_moves(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    number, first = project.milestone_id, today(30)
    actor = cast.nairobi_coordinator
    await moving.move(actor, number, today(40))
    assert (await _row(number)).moves == 0
    await factories.advance(cast, project, "submit", "review", "decide", "agree")
    assert (await _row(number)).baseline_due_on == today(40) != first
    await factories.move_milestone(cast, number, today(50), "Rain.")
    await factories.move_milestone(cast, number, today(60), "More rain.")
    row = await _row(number)
    assert (row.baseline_due_on, row.due_on, row.moves) == (today(40), today(60), 2)
    assert row.move_reason == "More rain."


async def test_move_after_agreement_is_proposed(cast: Cast) -> None:
    number = await _milestone(cast, "planned")
    with pytest.raises(Invalid, match="propose this as a plan change") as refusal:
        await moving.move(cast.nairobi_coordinator, number, today(40), "Rain.")
    assert set(refusal.value.fields) == {"project"}
    assert (await _row(number)).due_on == today(30)


async def test_move_of_a_settled_milestone(cast: Cast) -> None:
    number = await _milestone(cast, "accepted")
    with pytest.raises(Invalid, match="The milestone is accepted"):
        await factories.move_milestone(cast, number, today(50), "Rain.")


async def test_edit_moves_nothing_after_agreement(cast: Cast) -> None:
    number = await _milestone(cast, "planned")
    moved = MilestonePlan(title="Portal", due_on=today(31))
    with pytest.raises(Invalid, match="move the milestone instead"):
        await actions.edit(cast.nairobi_coordinator, number, moved)
    kept = MilestonePlan(title="Portal", due_on=today(30), weight=5)
    assert (await actions.edit(cast.nairobi_coordinator, number, kept)).weight == 5


async def test_adding_a_milestone_after_agreement(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    row = await factories.add_milestone(cast, project.id, due_on=today(77))
    assert row.baseline_due_on == today(77)


async def test_adding_with_everything_wrong_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "closed")
    plan = MilestonePlan(title="", due_on=today(), weight=101, acceptance_criteria="x" * 10_001)
    with pytest.raises(Invalid) as refusal:
        await actions.add(cast.nairobi_coordinator, project.id, cast.lima, plan)
    assert set(refusal.value.fields) == {
        "title",
        "weight",
        "acceptance_criteria",
        "city_id",
        "project_id",
    }


async def test_adding_by_others(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    plan = MilestonePlan(title="Portal", due_on=today(30))
    allowed = {"nairobi_coordinator", "nairobi_cio", "seoul_coordinator"}
    for who in set(ACTORS) - allowed:
        with pytest.raises(Forbidden):
            await actions.add(cast[who], project.id, cast.nairobi, plan)


async def test_milestone_of_a_project_that_one_does_not_see(cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    with pytest.raises(NotFound, match="no such milestone"):
        await actions.start(cast.lima_coordinator, project.milestone_id)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org",
        "//example.org",
        "https://",
        "https://a b",
        "x",
        "https://x/" + "y" * 2000,
    ],
)
async def test_evidence_that_is_no_web_address(cast: Cast, url: str) -> None:
    number = await _milestone(cast, "planned")
    with pytest.raises(Invalid, match="is no web address"):
        await attaching.attach(
            cast.nairobi_coordinator, number, [EvidenceLink(title="It", url=url)]
        )


async def test_evidence_attached_twice(cast: Cast) -> None:
    number = await _milestone(cast, "planned")
    await attaching.attach(cast.nairobi_coordinator, number, [LINK, LINK])
    await attaching.attach(cast.nairobi_coordinator, number, [LINK])
    assert await Evidence.count().where(Evidence.milestone == number) == 1


async def test_removal_from_a_plan_that_is_not_agreed(cast: Cast) -> None:
    project = await factories.joint_project(cast, "returned")
    await attaching.attach(cast.nairobi_coordinator, project.milestone_id, [LINK])
    with pytest.raises(Forbidden):
        await actions.remove(cast.seoul_coordinator, project.milestone_id)
    await actions.remove(cast.nairobi_coordinator, project.milestone_id)
    assert not await Milestone.exists()
    event = await AuditEvent.select().order_by(AuditEvent.id, ascending=False).first()
    assert event
    assert (event["verb"], event["subject_id"]) == ("remove", project.milestone_id)
    assert json.loads(event["before"])["title"] == "Permit portal is live"


async def test_removal_from_an_agreed_plan(cast: Cast) -> None:
    project = await factories.joint_project(cast, "agreed")
    with pytest.raises(Invalid, match="have the milestone waived instead"):
        await actions.remove(cast.nairobi_coordinator, project.milestone_id)


async def test_lead_city_writes_the_whole_plan_until_it_is_agreed(cast: Cast) -> None:
    plan = MilestonePlan(title="Staff are trained", due_on=today(30))
    project = await factories.joint_project(cast, "draft")
    of_seoul = await actions.add(cast.nairobi_coordinator, project.id, cast.seoul, plan)
    await moving.move(cast.nairobi_coordinator, of_seoul.id, today(40))
    await factories.advance(cast, project, "submit", "review", "decide", "agree")
    with pytest.raises(Forbidden):
        await moving.move(cast.nairobi_coordinator, of_seoul.id, today(50), "Rain.")


async def test_edit_of_a_milestone_that_is_being_judged(cast: Cast) -> None:
    number = await _milestone(cast, "submitted")
    easier = MilestonePlan(title="Portal", due_on=today(30), acceptance_criteria="None.")
    with pytest.raises(Invalid, match="or was returned, can be edited") as refusal:
        await actions.edit(cast.nairobi_coordinator, number, easier)
    assert set(refusal.value.fields) == {"state"}


async def test_attaching_to_a_settled_milestone(cast: Cast) -> None:
    number = await _milestone(cast, "accepted")
    with pytest.raises(Invalid, match="what shows it is settled too"):
        await attaching.attach(cast.nairobi_coordinator, number, [LINK])


@pytest.mark.parametrize("day", [date.min, date(1989, 12, 31), date(2101, 1, 1), date.max])
async def test_due_date_that_cannot_be_meant(cast: Cast, day: date) -> None:
    project = await factories.joint_project(cast, "draft")
    actor, plan = cast.nairobi_coordinator, MilestonePlan(title="Portal", due_on=day)
    for refused in (
        actions.add(actor, project.id, cast.nairobi, plan),
        actions.edit(actor, project.milestone_id, plan),
        moving.move(actor, project.milestone_id, day),
    ):
        with pytest.raises(Invalid) as refusal:
            await refused
        message = f"{day} cannot be meant; choose a day from 1990-01-01 to 2100-12-31."
        assert refusal.value.fields == {"due_on": [message]}


async def test_completion_on_a_day_that_cannot_be_meant(cast: Cast) -> None:
    number = await _milestone(cast, "planned")
    report = MilestoneReport(completed_on=date.min, evidence=[LINK])
    with pytest.raises(Invalid, match="completed_on: 0001-01-01 cannot be meant"):
        await actions.submit(cast.nairobi_coordinator, number, report)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://user:secret@example.org", "Leave name and password out"),
        ("https://user@example.org", "Leave name and password out"),
        ('https://example.org/"><script>', "is no web address"),
        ("https://example.org/'x", "is no web address"),
        ("https://example.org:99999/", "is no web address"),
        ("https://example.org/\ud800", "is no web address"),
    ],
)
async def test_evidence_that_would_mislead(cast: Cast, url: str, message: str) -> None:
    number = await _milestone(cast, "planned")
    with pytest.raises(Invalid, match=message):
        await attaching.attach(
            cast.nairobi_coordinator, number, [EvidenceLink(title="It", url=url)]
        )


async def test_evidence_with_its_scheme_in_capitals(cast: Cast) -> None:
    number = await _milestone(cast, "planned")
    shouted = EvidenceLink(title="It", url="HTTPS://Example.org/Portal")
    await attaching.attach(cast.nairobi_coordinator, number, [shouted])
    assert await Evidence.exists().where(Evidence.url == "https://Example.org/Portal")


async def test_due_date_in_the_past_after_agreement(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    actor, yesterday = cast.nairobi_coordinator, today(-2)
    plan = MilestonePlan(title="Portal", due_on=yesterday)
    for refused, field in (
        (actions.add(actor, project.id, cast.nairobi, plan), "due_on"),
        (
            factories.move_milestone(cast, project.milestone_id, yesterday, "Rain."),
            "moves.0.due_on",
        ),
    ):
        with pytest.raises(Invalid, match=f"{yesterday} is past; choose a day from") as refusal:
            await refused
        assert set(refusal.value.fields) == {field}


async def test_due_date_is_past_when_it_is_past_everywhere(cast: Cast) -> None:
    number = await _milestone(cast, "planned")
    day = today(5)
    # On Baker Island, twelve hours behind, the day ends at noon of the next by UTC.
    end = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=1)
    with clock.at(end), pytest.raises(Invalid, match="is past"):
        await factories.move_milestone(cast, number, day, "Rain.")
    with clock.at(end - timedelta(minutes=1)):
        await factories.move_milestone(cast, number, day, "Rain.")


@pytest.mark.parametrize("state", ["draft", "active"])
async def test_due_date_before_the_project_begins(cast: Cast, state: str) -> None:
    start = today(10)
    project = await factories.joint_project(cast, state, planned_start_on=start)
    actor, plan = cast.nairobi_coordinator, MilestonePlan(title="Portal", due_on=today(9))
    refusals: list[Awaitable[Any]] = [actions.add(actor, project.id, cast.nairobi, plan)]
    if state == "draft":
        refusals.append(actions.edit(actor, project.milestone_id, plan))
        refusals.append(moving.move(actor, project.milestone_id, plan.due_on, "Rain."))
    else:
        refusals.append(factories.move_milestone(cast, project.milestone_id, plan.due_on, "Rain."))
    for refused in refusals:
        with pytest.raises(Invalid, match=f"before the project begins; choose {start} or later"):
            await refused


async def test_evidence_is_taken_away_by_the_owner_city_only(cast: Cast) -> None:
    number = await _milestone(cast, "planned")
    await attaching.attach(cast.nairobi_coordinator, number, [LINK])
    [evidence] = await Evidence.objects().where(Evidence.milestone == number)
    for who in sorted(set(ACTORS) - OWNERS):
        with pytest.raises((Forbidden, NotFound)):
            await attaching.detach(cast[who], number, evidence.id)
    await attaching.detach(cast.nairobi_coordinator, number, evidence.id)
    assert not await Evidence.exists().where(Evidence.milestone == number)
    event = await AuditEvent.select().order_by(AuditEvent.id, ascending=False).first()
    assert event
    assert (event["verb"], event["subject_id"]) == ("detach", evidence.id)
    assert json.loads(event["before"])["url"] == LINK.url


@pytest.mark.parametrize("state", ["submitted", "accepted"])
async def test_evidence_that_was_handed_in_stays(cast: Cast, state: str) -> None:
    number = await _milestone(cast, state)
    [evidence] = await Evidence.objects().where(Evidence.milestone == number)
    with pytest.raises(Invalid, match="what shows it stays"):
        await attaching.detach(cast.nairobi_coordinator, number, evidence.id)


async def test_evidence_of_another_milestone_is_not_taken_away(cast: Cast) -> None:
    number, other = await _milestone(cast, "planned"), await _milestone(cast, "planned")
    await attaching.attach(cast.nairobi_coordinator, other, [LINK])
    [evidence] = await Evidence.objects().where(Evidence.milestone == other)
    with pytest.raises(Invalid, match="no such evidence"):
        await attaching.detach(cast.nairobi_coordinator, number, evidence.id)
