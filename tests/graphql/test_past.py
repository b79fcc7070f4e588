"""The portfolio on past days, against a story that is played on known days."""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncpg import Connection

from tests.cast import Cast
from tests.factories import (
    JointProject,
    add_milestone,
    advance,
    joint_project,
    move_milestone,
    today,
)
from tests.factories.keeping import once
from tests.factories.projects import ROUTES
from tests.graphql.conftest import Api
from tracker.domain import clock
from tracker.domain.errors import Refusal
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones import moving
from tracker.domain.milestones.actions import MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink
from tracker.domain.milestones.tables import Milestone
from tracker.domain.projects import actions as projects
from tracker.domain.projects import lifecycle
from tracker.domain.projects.tables import Health

FIGURES = """count states { draft submitted agreed active suspended finalising closed }
    reportedHealth { amber unreported } milestones { count planned accepted }
    overdue { projects milestones projectsWithMilestones }"""


PHOTO = EvidenceLink(title="Photo", url="https://example.org/photo")


@contextmanager
def _on(day: int, hour: int = 12) -> Iterator[None]:
    with clock.at(datetime(2026, 3, day, hour, tzinfo=UTC)):
        yield


def _at(day: int) -> datetime:
    return datetime(2026, 3, day, tzinfo=UTC)


@pytest.fixture
async def story(cast: Cast) -> JointProject:
    """Drafted on the 2nd of March, submitted on the 4th, active on the 6th, a milestone moved on
    the 8th from the 9th to the 20th, suspended on the 10th, resumed on the 12th, closed on the
    24th, reopened on the 26th."""
    return await once("story", JointProject, lambda: _played(cast))


async def _played(cast: Cast) -> JointProject:
    with _on(2):
        project = await joint_project(cast, "draft", planned_end_on=_at(22).date())
        late = await add_milestone(cast, project.id, title="Late", due_on=_at(9).date())
    with _on(4):
        await advance(cast, project, "submit")
    with _on(6):
        await advance(cast, project, *ROUTES["active"][1:])
    with _on(8):
        await move_milestone(cast, late.id, _at(20).date(), "Rain.")
    with _on(10):
        await advance(cast, project, "suspend")
    with _on(11):
        await projects.report_health(cast.nairobi_coordinator, project.id, Health.AMBER)
    with _on(12):
        await advance(cast, project, "resume")
    with _on(24):
        await advance(cast, project, "settle", "finalise", "approve", "evaluate", "close")
    with _on(26):
        await advance(cast, project, "reopen")
    return project


async def _as_it_was(api: Api, cast: Cast, day: int, who: str = "seoul_mayor") -> dict[str, Any]:
    document = f'{{ portfolio(on: "2026-03-{day:02}") {{ {FIGURES} }} }}'
    with _on(28):
        found = await api.data(document, actor=cast[who])
    assert len(api.statements) == 1
    portfolio: dict[str, Any] = found["portfolio"]
    return portfolio


STATES = {
    3: None, 5: "submitted", 7: "active", 10: "suspended", 11: "suspended", 12: "active",
    23: "active", 24: "closed", 25: "closed", 26: "finalising", 28: "finalising",
}  # fmt: skip
"""Day of March -> where the project stood at its end, for the city that did not draft it."""


@pytest.mark.parametrize("day", STATES)
async def test_state_of_each_day_of_the_story(
    api: Api, cast: Cast, story: JointProject, day: int
) -> None:
    found = await _as_it_was(api, cast, day)
    state = STATES[day]
    assert {name for name, count in found["states"].items() if count} == ({state} - {None})
    assert found["count"] == (state is not None)
    assert found["reportedHealth"]["amber"] == (day >= 11 and state != "closed")
    accepted = 2 if day >= 24 else 0
    assert found["milestones"]["accepted"] == accepted
    assert found["milestones"]["planned"] == (2 - accepted if state else 0)


@pytest.mark.parametrize(
    ("day", "milestones", "projects"),
    # Due on the 9th until it was moved on the 8th; on the 20th from then on. In Nairobi the 21st
    # begins three hours before it does by UTC. The other one is due when the project is to end.
    [(8, 0, 0), (9, 0, 0), (19, 0, 0), (20, 1, 0), (22, 2, 1), (23, 2, 1), (24, 0, 0), (27, 0, 1)],
)
async def test_overdue_of_a_past_day_by_the_dates_of_then(
    api: Api, cast: Cast, story: JointProject, day: int, milestones: int, projects: int
) -> None:
    found = await _as_it_was(api, cast, day)
    expected = {"milestones": milestones, "projectsWithMilestones": min(milestones, 1)}
    assert found["overdue"] == expected | {"projects": projects}


async def test_move_is_seen_only_from_its_day_on(api: Api, cast: Cast) -> None:
    with _on(2):
        project = await joint_project(cast, "active", planned=True)
        late = await add_milestone(cast, project.id, due_on=_at(5).date())
    with _on(8):
        await move_milestone(cast, late.id, _at(20).date(), "Rain.")
    overdue = [(await _as_it_was(api, cast, day))["overdue"]["milestones"] for day in range(4, 10)]
    assert overdue == [0, 1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("completed", "late"), [(5, [1, 1, 1, 0, 0, 1, 1, 0]), (6, [1, 1, 1, 1, 1, 1, 1, 0])]
)
async def test_past_of_a_milestone_that_waited_for_acceptance(
    api: Api, cast: Cast, completed: int, late: list[int]
) -> None:
    """Due on the 5th, which ends in Nairobi before it does by UTC; handed in on the 8th as done in
    time or a day too late, returned on the 10th, accepted on the 12th."""
    with _on(2):
        project = await joint_project(cast, "active", planned=True)
        step = await add_milestone(cast, project.id, due_on=_at(5).date())
    report = MilestoneReport(completed_on=_at(completed).date(), evidence=[PHOTO])
    with _on(8):
        await milestones.submit(cast.nairobi_coordinator, step.id, report)
    with _on(10):
        await milestones.return_(cast.seoul_coordinator, step.id, "Which one?")
    with _on(12):
        again = MilestoneReport(completed_on=_at(10).date(), evidence=[PHOTO])
        await milestones.submit(cast.nairobi_coordinator, step.id, again)
        await milestones.accept(cast.seoul_coordinator, step.id)
    found = [(await _as_it_was(api, cast, day))["overdue"]["milestones"] for day in range(5, 13)]
    assert found == late


async def test_history_is_the_same_as_each_day_for_itself(
    api: Api, cast: Cast, story: JointProject
) -> None:
    document = f"""{{ portfolioHistory(from: "2026-03-01", to: "2026-03-28", every: DAY) {{
        on {FIGURES} }} }}"""
    with _on(28, 20):
        points = (await api.data(document, actor=cast.seoul_mayor))["portfolioHistory"]
    assert len(api.statements) == 1
    assert [point["on"] for point in points] == [f"2026-03-{day:02}" for day in range(1, 29)]
    for day in (1, 3, 4, 9, 10, 20, 24, 26, 28):
        found = {name: figure for name, figure in points[day - 1].items() if name != "on"}
        assert found == await _as_it_was(api, cast, day)


@pytest.mark.parametrize("figure", ["projects", "milestones", "projectsWithMilestones"])
async def test_figure_of_the_past_that_is_asked_for_alone(
    api: Api, cast: Cast, story: JointProject, figure: str
) -> None:
    alone = f"overdue {{ {figure} }}"
    document = f"""{{ portfolioHistory(from: "2026-03-22", to: "2026-03-23", every: DAY) {{
        {alone} }} portfolio(on: "2026-03-23") {{ {alone} }} }}"""
    with _on(28, 20):
        found = await api.data(document, actor=cast.seoul_mayor)
        expected = (await _as_it_was(api, cast, 23))["overdue"][figure]
    assert found["portfolioHistory"][1] == found["portfolio"] == {"overdue": {figure: expected}}
    assert expected == (2 if figure == "milestones" else 1)


async def _mixed_trail(cast: Cast) -> None:
    """Projects on their ways into different states with milestones that come, move and go, drawn
    day by day, the same ones in each run."""
    chance = random.Random(17)  # noqa: S311 - not a secret
    underway: list[tuple[JointProject, list[str]]] = []
    for day in range(2, 20):
        with _on(day, chance.randint(0, 23)):
            if day < 9:
                project = await joint_project(cast, planned_end_on=_at(10 + day).date())
                state = ("closed", "active", "cancelled", "active", "suspended", "active")
                underway.append((project, [*ROUTES[state[day % 6]]]))
            for project, steps in underway:
                for _ in range(chance.randint(0, 2)):
                    if steps:
                        await _step(cast, project, steps)
                await _meddle(cast, project, chance, day)


async def _step(cast: Cast, project: JointProject, steps: list[str]) -> None:
    """The next step; what was added meanwhile may have to be settled first."""
    try:
        await advance(cast, project, steps[0])
    except Refusal:
        await advance(cast, project, "settle")
    else:
        steps.pop(0)


async def _meddle(cast: Cast, project: JointProject, chance: random.Random, day: int) -> None:
    state = (await project.row()).state
    if state not in ("draft", "active"):
        return
    what = chance.choice(["add", "add", "move", "remove", "health", "submit"])
    rows = await Milestone.objects().where(
        Milestone.project == project.id, Milestone.state == "planned"
    )
    due = _at(chance.randint(day, day + 6)).date()
    with suppress(Refusal):
        if what == "add":
            await add_milestone(cast, project.id, due_on=due)
        elif what == "health":
            await projects.report_health(cast.nairobi_coordinator, project.id, Health.AMBER)
        elif what == "submit" and rows:
            report = MilestoneReport(completed_on=_at(day - 1).date(), evidence=[PHOTO])
            await milestones.submit(cast.nairobi_coordinator, rows[-1].id, report)
        elif what == "move" and rows:
            if state == "draft":
                await moving.move(cast.nairobi_coordinator, rows[-1].id, due, "Rain.")
            else:
                await move_milestone(cast, rows[-1].id, due, "Rain.")
        elif what == "remove" and len(rows) > 1:
            await milestones.remove(cast.nairobi_coordinator, rows[-1].id)


PAST = (
    "SELECT * FROM project_past WHERE since < until ORDER BY project, since",
    "SELECT milestone, project, city, state, due_on, completed_on, since, until FROM milestone_past"
    " WHERE since < until ORDER BY milestone, since",
)


async def test_history_of_a_mixed_trail(api: Api, cast: Cast, connection: Connection) -> None:
    """Each point is as the portfolio was on its day, and what was kept is what the trail tells."""
    await _mixed_trail(cast)
    kept = [await connection.fetch(select) for select in PAST]
    await connection.execute("SELECT past_rebuild()")
    assert [await connection.fetch(select) for select in PAST] == kept
    document = f"""{{ portfolioHistory(from: "2026-03-01", to: "2026-03-28", every: DAY) {{
        on {FIGURES} }} }}"""
    for who in ("public", "nairobi_mayor", "officer"):
        with _on(28, 20):
            points = (await api.data(document, actor=cast[who]))["portfolioHistory"]
        for point in points:
            assert point == {"on": point["on"]} | await _as_it_was(
                api, cast, int(point["on"][-2:]), who
            )
    overdue = {point["overdue"]["projectsWithMilestones"] for point in points}
    assert len(overdue) > 2


async def test_beginning_that_nobody_told_of(api: Api, cast: Cast, connection: Connection) -> None:
    """A row is there from its insertion on, with or without an event about it."""
    with _on(3):
        project = await joint_project(cast, "active")
    await connection.execute(
        "INSERT INTO milestone (project, city, title, kind, acceptance_criteria, weight,"
        " baseline_due_on, due_on, state, moves, created_at, updated_at)"
        " SELECT project, city, 'Unsaid', kind, acceptance_criteria, weight, baseline_due_on,"
        " due_on, state, moves, '2026-03-05Z', '2026-03-05Z' FROM milestone WHERE project = $1",
        project.id,
    )
    counts = [(await _as_it_was(api, cast, day))["milestones"]["count"] for day in (3, 4, 5)]
    assert counts == [1, 1, 2]


@pytest.mark.parametrize(
    ("who", "first"),
    [("nairobi_mayor", 2), ("seoul_mayor", 4), ("officer", 4), ("public", 6), ("lima_mayor", 6)],
)
async def test_past_is_seen_from_when_the_viewer_could_first_see_it(
    api: Api, cast: Cast, story: JointProject, who: str, first: int
) -> None:
    counts = {day: (await _as_it_was(api, cast, day, who))["count"] for day in range(1, 9)}
    assert counts == {day: int(day >= first) for day in range(1, 9)}


async def test_confidential_project_has_no_past_for_the_public(api: Api, cast: Cast) -> None:
    with _on(2):
        await joint_project(cast, "active", confidential=True)
    assert (await _as_it_was(api, cast, 10, "public"))["count"] == 0
    assert (await _as_it_was(api, cast, 10))["count"] == 1


async def test_removed_milestone_is_there_until_it_was_removed(api: Api, cast: Cast) -> None:
    with _on(2):
        project = await joint_project(cast, "draft")
    with _on(5):
        await milestones.remove(cast.nairobi_coordinator, project.milestone_id)
    counts = [
        (await _as_it_was(api, cast, day, "nairobi_mayor"))["milestones"]["count"]
        for day in (2, 4, 5, 6)
    ]
    assert counts == [1, 1, 0, 0]


async def test_rows_whose_beginning_the_trail_does_not_know(
    api: Api, cast: Cast, story: JointProject, connection: Connection
) -> None:
    """As after an import past the actions: the first change says what was before."""
    expected = {day: await _as_it_was(api, cast, day) for day in (5, 9, 11, 23)}
    async with connection.transaction():
        await connection.execute(
            "SET LOCAL session_replication_role = replica;"
            "DELETE FROM audit_event WHERE before = '{}'; SELECT past_rebuild()"
        )
    assert {day: await _as_it_was(api, cast, day) for day in expected} == expected


@pytest.mark.parametrize("kept", ["", "moves: {gte: 0}"])
async def test_groups_and_filters_go_by_the_state_of_then(
    api: Api, cast: Cast, story: JointProject, kept: str
) -> None:
    document = """query($at: DateTime, $state: ProjectState!) {
      portfolio(asOf: $at, filter: {state: {eq: $state} KEPT}) {
        count groups(by: [STATE, REGION]) { nodes { keys { state region } count } } } }"""
    document = document.replace("KEPT", kept)
    with _on(28):
        for at, state in (("2026-03-10T13:00:00Z", "SUSPENDED"), (None, "FINALISING")):
            variables = {"at": at, "state": state}
            found = (await api.data(document, variables, cast.seoul_mayor))["portfolio"]
            assert found["count"] == 1
            [group] = found["groups"]["nodes"]
            assert group == {"keys": {"state": state, "region": "002"}, "count": 1}
        variables = {"at": "2026-03-10T11:00:00Z", "state": "SUSPENDED"}
        found = (await api.data(document, variables, cast.seoul_mayor))["portfolio"]
        assert (found["count"], found["groups"]["nodes"]) == (0, [])


async def test_history_ends_of_intervals(api: Api, cast: Cast) -> None:
    document = """query($to: Date!, $every: Interval) {
        portfolioHistory(from: "2025-10-15", to: $to, every: $every) { on count } }"""
    expected = {
        "QUARTER": ["2025-12-31", "2026-02-10"],
        "YEAR": ["2025-12-31", "2026-02-10"],
        None: ["2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-10"],
    }
    with _on(28):
        for every, days in expected.items():
            variables = {"to": "2026-02-10"} | ({"every": every} if every else {})
            found = await api.data(document, variables, cast.officer)
            assert [point["on"] for point in found["portfolioHistory"]] == days
            assert {point["count"] for point in found["portfolioHistory"]} == {0}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{ portfolio(on: "2026-03-29") { count } }', "on: 2026-03-29 lies ahead"),
        ('{ portfolio(asOf: "2026-03-28T12:00:01Z") { count } }', "lies ahead"),
        ('{ portfolio(on: "2026-03-01", asOf: "2026-03-28T12:00:00Z") { count } }', "not both"),
        ('{ portfolio(on: "2026-03-01") { budget { lines } } }', "the past of this is not kept"),
        ('{ portfolio(on: "2026-03-01") { health { red } } }', "the past of this is not kept"),
        ('{ portfolioHistory(from: "2026-03-02", to: "2026-03-01") { count } }', "is later than"),
        ('{ portfolioHistory(from: "2026-03-02", to: "2027-03-01") { count } }', "lies ahead"),
        ('{ portfolioHistory(from: "0001-01-01", to: "9999-12-31", every: DAY) { count } }',
         "more than 60 points"),
    ],
)  # fmt: skip
async def test_past_that_cannot_be_told(api: Api, cast: Cast, document: str, message: str) -> None:
    with _on(28):
        [error] = await api.errors(document, actor=cast.officer)
    assert message in error


async def test_change_of_a_row_whose_past_was_never_kept_goes_through(
    cast: Cast, connection: Connection
) -> None:
    project = await joint_project(cast, "active")
    milestone = await add_milestone(cast, project.id)
    await connection.execute("DELETE FROM milestone_past; DELETE FROM project_past")
    await move_milestone(cast, milestone.id, today(40), "Late.")
    await lifecycle.suspend(cast.nairobi_coordinator, project.id, "No money.")
    kept = await connection.fetch("SELECT milestone, state, due_on FROM milestone_past")
    assert [tuple(row) for row in kept] == [(milestone.id, "planned", today(40))]
    kept = await connection.fetch("SELECT project, state FROM project_past")
    assert [tuple(row) for row in kept] == [(project.id, "suspended")]
