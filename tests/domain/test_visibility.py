"""Who sees what: every predicate, every member of the cast."""

from collections.abc import Iterable

import pytest
from piccolo.columns.combination import WhereRaw
from piccolo.table import Table

from tests import factories
from tests.cast import ACTORS, Cast
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent
from tracker.domain.cities import rules as cities
from tracker.domain.cities.tables import City
from tracker.domain.evaluations import rules as evaluations
from tracker.domain.evaluations.tables import Evaluation
from tracker.domain.events import rules as events
from tracker.domain.leaving import actions as leaving
from tracker.domain.milestones import attaching
from tracker.domain.milestones import rules as milestones
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.tables import Evidence, Milestone
from tracker.domain.outcomes import rules as outcomes
from tracker.domain.outcomes.tables import Indicator, Period, Result, Value
from tracker.domain.people import rules as people
from tracker.domain.people import tokens
from tracker.domain.people.tables import ApiToken, Membership, Person
from tracker.domain.practices import rules as practices
from tracker.domain.practices.tables import Practice
from tracker.domain.projects import rules as projects
from tracker.domain.projects.tables import Decision, Participation, Project, Sector
from tracker.domain.requests import rules as requests
from tracker.domain.requests.tables import Request
from tracker.domain.visibility import Predicate, bound

NAIROBI = {name for name in ACTORS if name.startswith("nairobi")}
SEOUL = {name for name in ACTORS if name.startswith("seoul")}
SECRETARIAT = {"officer", "administrator", "auditor", "system"}
EVERYBODY = set(ACTORS)
SIGNED_IN = EVERYBODY - {"public"}
INSIDE = NAIROBI | SEOUL | SECRETARIAT

PROPOSED = ("submitted", "under_review", "returned", "rejected", "withdrawn")


async def _rows(actor: Actor, table: type[Table], visible: Predicate) -> int:
    """How many rows of the table the actor sees."""
    condition, values = bound(visible(table._meta.tablename), actor)
    count: int = await table.count().where(WhereRaw(condition, *values))
    return count


async def _viewers(cast: Cast, table: type[Table], visible: Predicate) -> set[str]:
    """Who sees the rows: all of them, for nobody sees only some."""
    there = await table.count()
    counts = {who: await _rows(cast[who], table, visible) for who in ACTORS}
    assert set(counts.values()) <= {0, there}
    assert there
    return {who for who, count in counts.items() if count}


def _expected(state: str) -> set[str]:
    """Nairobi drafts; submission shows the proposal to Seoul and the secretariat; agreement to
    everybody."""
    return NAIROBI if state == "draft" else INSIDE if state in PROPOSED else EVERYBODY


@pytest.mark.parametrize("state", factories.STATES)
async def test_project_and_what_is_as_public(cast: Cast, state: str) -> None:
    await factories.joint_project(cast, state)
    parts: Iterable[tuple[type[Table], Predicate]] = (
        (Project, projects.visible),
        (Participation, projects.part_visible),
        (Sector, projects.part_visible),
        (Milestone, milestones.visible),
        (Result, outcomes.visible),
        (Indicator, outcomes.visible),
        (Period, outcomes.visible),
    )
    for table, visible in parts:
        assert await _viewers(cast, table, visible) == _expected(state), table.__name__


@pytest.mark.parametrize("state", ["agreed", "active", "closed"])
async def test_confidential_project(cast: Cast, state: str) -> None:
    await factories.joint_project(cast, state, confidential=True)
    assert await _viewers(cast, Project, projects.visible) == INSIDE
    assert await _viewers(cast, Milestone, milestones.visible) == INSIDE


async def test_decisions_stay_inside(cast: Cast) -> None:
    await factories.joint_project(cast, "agreed")
    assert await _viewers(cast, Decision, projects.decision_visible) == INSIDE


@pytest.mark.parametrize(
    ("state", "viewers"),
    [
        ("submitted", INSIDE),
        ("returned", INSIDE),
        ("approved", EVERYBODY),
        ("superseded", EVERYBODY),
    ],
)
async def test_value(cast: Cast, state: str, viewers: set[str]) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, state)
    assert await _viewers(cast, Value, outcomes.value_visible) == viewers


async def test_correction_stays_inside_until_it_is_approved(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active", confidential=False)
    await factories.value(cast, project, "superseded")
    counts = {await _rows(cast[who], Value, outcomes.value_visible) for who in ACTORS}
    assert counts == {2}


async def test_approved_value_of_a_confidential_project(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active", confidential=True)
    await factories.value(cast, project, "approved")
    assert await _viewers(cast, Value, outcomes.value_visible) == INSIDE


async def test_evidence_stays_inside_accepted_or_not(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    link = EvidenceLink(title="Screenshots", url="https://example.org/portal")
    await attaching.attach(cast.nairobi_coordinator, project.milestone_id, [link])
    assert await _viewers(cast, Evidence, milestones.evidence_visible) == INSIDE
    await factories.settle_milestones(cast, project.id)
    assert await _viewers(cast, Evidence, milestones.evidence_visible) == INSIDE


async def test_evaluation_is_shown_once_both_are_in(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    await factories.evaluate(cast, project.id, "seoul")
    assert await _viewers(cast, Evaluation, evaluations.visible) == SEOUL
    await factories.evaluate(cast, project.id, "nairobi")
    assert await _viewers(cast, Evaluation, evaluations.visible) == INSIDE


@pytest.mark.parametrize(
    ("state", "viewers"), [("draft", SEOUL), ("published", EVERYBODY), ("archived", EVERYBODY)]
)
async def test_practice(cast: Cast, state: str, viewers: set[str]) -> None:
    await factories.practice(cast, state)
    assert await _viewers(cast, Practice, practices.visible) == viewers


async def test_request_is_for_those_signed_in(cast: Cast) -> None:
    await factories.request(cast)
    assert await _viewers(cast, Request, requests.visible) == SIGNED_IN


async def test_cities_are_public_and_people_are_not(cast: Cast) -> None:
    assert await _viewers(cast, City, cities.visible) == EVERYBODY
    assert await _viewers(cast, Person, people.visible) == SIGNED_IN
    assert await _viewers(cast, Membership, people.membership_visible) == SIGNED_IN


async def test_address_of_a_person(cast: Cast) -> None:
    counts = {who: await _rows(cast[who], Person, people.contact_visible) for who in ACTORS}
    everybody = await Person.count()
    assert counts == (
        dict.fromkeys(NAIROBI, len(NAIROBI))
        | dict.fromkeys(SEOUL, len(SEOUL))
        | {"lima_coordinator": 2, "lima_mayor": 2, "public": 0}
        | dict.fromkeys(SECRETARIAT, everybody)
    )


async def test_address_of_a_person_who_has_left(cast: Cast) -> None:
    [row] = await Membership.select(Membership.id).where(
        Membership.person == cast.nairobi_mayor.person_id
    )
    await leaving.end_membership(cast.administrator, row["id"])
    seen = await _rows(cast.nairobi_coordinator, Person, people.contact_visible)
    assert seen == len(NAIROBI) - 1


async def test_token_of_a_person(cast: Cast) -> None:
    assert cast.seoul_mayor.person_id
    await tokens.issue_token(cast.seoul_mayor, cast.seoul_mayor.person_id)
    viewers = await _viewers(cast, ApiToken, people.token_visible)
    assert viewers == {"seoul_mayor"} | SECRETARIAT


async def test_trail_of_a_project_stays_inside(cast: Cast) -> None:
    await factories.joint_project(cast, "active")
    assert await _viewers(cast, AuditEvent, events.visible) == INSIDE
