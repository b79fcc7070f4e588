"""The lifecycle, held against the domain page's table, written out here a second time."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tracker.domain.audit import AuditEvent
from tracker.domain.closing import actions as closing
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.messages import word
from tracker.domain.projects import lifecycle
from tracker.domain.projects.rules import LIFECYCLE
from tracker.domain.projects.tables import Project

TABLE = {
    "draft": {"submit": "submitted", "withdraw": "withdrawn"},
    "submitted": {"review": "under_review", "withdraw": "withdrawn"},
    "under_review": {"return": "returned", "agree": "agreed", "reject": "rejected"},
    "returned": {"submit": "submitted", "withdraw": "withdrawn"},
    "agreed": {"start": "active", "cancel": "cancelled"},
    "active": {"finalise": "finalising", "suspend": "suspended", "cancel": "cancelled"},
    "suspended": {"resume": "active", "cancel": "cancelled"},
    "finalising": {"close": "closed", "resume": "active"},
    "closed": {"reopen": "finalising"},
    "cancelled": {},
    "rejected": {},
    "withdrawn": {},
}
"""State -> verb -> next state."""

VERBS = sorted({verb for verbs in TABLE.values() for verb in verbs})

PREPARATION = {
    "agree": ["decide"],
    "start": ["decide"],
    "finalise": ["settle"],
    "close": ["approve", "evaluate", "decide"],
}
"""What the guards of a verb ask for, beyond the state."""

LEAD = {"nairobi_coordinator", "nairobi_cio"}
COORDINATORS = {*LEAD, "seoul_coordinator"}
OFFICERS = {"officer", "administrator"}
MAYORS = {"nairobi_mayor", "seoul_mayor"}

WHO = {
    "submit": LEAD,
    "withdraw": LEAD,
    "review": OFFICERS,
    "return": OFFICERS,
    "reject": OFFICERS,
    "agree": OFFICERS,
    "start": COORDINATORS,
    "suspend": COORDINATORS | OFFICERS,
    "resume": COORDINATORS | OFFICERS,
    "cancel": MAYORS | OFFICERS,
    "finalise": COORDINATORS,
    "close": OFFICERS,
    "reopen": OFFICERS,
}
"""Verb -> who may; everybody else in the cast may not."""

FROM = {verb: state for state, verbs in TABLE.items() for verb in verbs}
"""Verb -> a state in which it is possible."""

REASONED = {"return", "reject", "suspend", "cancel", "reopen"}


def _action(verb: str) -> Callable[..., Awaitable[Project]]:
    """Closing and reopening schedule and withdraw follow-ups, and stand apart for that."""
    home = closing if verb in ("close", "reopen") else lifecycle
    action: Callable[..., Awaitable[Project]] = getattr(
        home, "return_" if verb == "return" else verb
    )
    return action


async def _act(cast: Cast, who: str, verb: str, project_id: int) -> Project:
    action = _action(verb)
    given = ["A good reason."] if verb in REASONED else []
    project: Project = await action(cast[who], project_id, *given)
    return project


def test_verbs_are_those_of_the_table() -> None:
    assert sorted(LIFECYCLE) == VERBS
    assert set(TABLE) == set(factories.STATES)


@pytest.mark.parametrize(
    ("state", "verb"), [(state, verb) for state, verbs in TABLE.items() for verb in verbs]
)
async def test_transition_in_the_table(cast: Cast, state: str, verb: str) -> None:
    project = await factories.joint_project(cast, state)
    await factories.advance(cast, project, *PREPARATION.get(verb, []), verb)
    assert (await project.row()).state == TABLE[state][verb]


@pytest.mark.parametrize(
    ("state", "verb"),
    [(state, verb) for state, verbs in TABLE.items() for verb in VERBS if verb not in verbs],
)
async def test_transition_outside_the_table(cast: Cast, state: str, verb: str) -> None:
    project = await factories.joint_project(cast, state)
    before = await project.row()
    # A draft does not exist yet for the other city and the secretariat.
    unseen = state == "draft" and not WHO[verb] & LEAD
    with pytest.raises(NotFound if unseen else Invalid) as refusal:
        await _act(cast, min(WHO[verb] & LEAD or WHO[verb]), verb, project.id)
    if isinstance(refusal.value, Invalid):
        possible = set(refusal.value.fields["state"][0].rpartition(": ")[2][:-1].split(", "))
        assert f"A project that is {word(state)} cannot {verb}" in str(refusal.value)
        assert possible == (set(TABLE[state]) or {"nothing"})
    assert (await project.row()).to_dict() == before.to_dict()


@pytest.mark.parametrize("verb", VERBS)
async def test_transition_by_whoever_may_not(cast: Cast, verb: str) -> None:
    project = await factories.joint_project(cast, FROM[verb])
    for who in sorted(set(ACTORS) - WHO[verb]):
        with pytest.raises((Forbidden, NotFound)):
            await _act(cast, who, verb, project.id)
    assert (await project.row()).state == FROM[verb]


@pytest.mark.parametrize(
    ("verb", "who"), [(verb, who) for verb in VERBS for who in sorted(WHO[verb])]
)
async def test_transition_by_whoever_may(cast: Cast, verb: str, who: str) -> None:
    project = await factories.joint_project(cast, FROM[verb])
    await factories.advance(cast, project, *PREPARATION.get(verb, []))
    row = await _act(cast, who, verb, project.id)
    assert row.state == TABLE[FROM[verb]][verb]


@pytest.mark.parametrize("verb", sorted(REASONED))
async def test_transition_that_needs_a_reason(cast: Cast, verb: str) -> None:
    project = await factories.joint_project(cast, FROM[verb])
    action = _action(verb)
    with pytest.raises(Invalid) as refusal:
        await action(cast.administrator, project.id, " \n\x02\x1b ")
    assert refusal.value.fields == {"reason": ["Write something here."]}
    row = await action(cast.administrator, project.id, " Because. ")
    assert row.state_reason == "Because."


async def test_wrong_state_and_missing_reason_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "submitted")
    with pytest.raises(Invalid) as refusal:
        await lifecycle.reject(cast.officer, project.id, "")
    assert set(refusal.value.fields) == {"state", "reason"}


async def test_forbidden_says_who_may(cast: Cast) -> None:
    project = await factories.joint_project(cast, "submitted")
    with pytest.raises(Forbidden, match="a secretariat officer"):
        await lifecycle.review(cast.auditor, project.id)


async def test_end_is_dated_and_reopening_undoes_it(cast: Cast) -> None:
    project = await factories.joint_project(cast, "closed")
    assert (await project.row()).ended_at
    await factories.advance(cast, project, "reopen")
    assert (await project.row()).ended_at is None
    await factories.advance(cast, project, "close")
    assert (await project.row()).ended_at


async def test_second_submission_keeps_the_first_date(cast: Cast) -> None:
    project = await factories.joint_project(cast, "returned")
    first = (await project.row()).submitted_at
    await factories.advance(cast, project, "submit")
    assert (await project.row()).submitted_at == first


async def test_every_step_is_in_the_trail(cast: Cast) -> None:
    project = await factories.joint_project(cast, "closed")
    events = (
        await AuditEvent.select(AuditEvent.verb, AuditEvent.subject_version)
        .where(AuditEvent.subject_type == "project", AuditEvent.subject_id == project.id)
        .order_by(AuditEvent.id)
    )
    verbs = ["propose", "submit", "review", "agree", "start", "finalise", "close"]
    assert [event["verb"] for event in events] == verbs
    assert [event["subject_version"] for event in events] == list(range(1, len(verbs) + 1))


@pytest.mark.parametrize("verb", sorted(verb for verb in VERBS if WHO[verb] >= OFFICERS))
async def test_officer_with_a_role_in_a_partner_city(cast: Cast, verb: str) -> None:
    """Judges nothing of that city's, but judges what other cities do together."""
    project = await factories.joint_project(cast, FROM[verb])
    await factories.advance(cast, project, *PREPARATION.get(verb, []))
    action = _action(verb)
    given = ["A good reason."] if verb in REASONED else []
    for who, refused in (("seoul_approver", True), ("lima_mayor", False)):
        memberships = cast.officer.memberships | cast[who].memberships
        both = replace(cast.officer, memberships=memberships)
        if refused:
            with pytest.raises(Forbidden, match="without a role in"):
                await action(both, project.id, *given)
        else:
            assert await action(both, project.id, *given)


async def test_actual_days_that_cannot_be_meant(cast: Cast) -> None:
    project = await factories.joint_project(cast, "agreed")
    await factories.advance(cast, project, "decide")
    with pytest.raises(Invalid, match="actual_start_on: 0001-01-01 cannot be meant"):
        await lifecycle.start(cast.seoul_coordinator, project.id, date.min)
    await factories.advance(cast, project, "start", "settle")
    with pytest.raises(Invalid, match="actual_end_on: 9999-12-31 cannot be meant"):
        await lifecycle.finalise(cast.nairobi_coordinator, project.id, date.max)
