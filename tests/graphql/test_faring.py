"""How projects fare, worked out by hand: dimensions, the worst of them, what is reported beside,
and when they will be complete if the pace stays."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from tests import factories
from tests.cast import Cast
from tests.domain.kept import require_true
from tests.factories import JointProject, today
from tests.graphql.conftest import Api
from tracker.domain import clock
from tracker.domain.milestones import actions as milestones
from tracker.domain.milestones.actions import MilestoneReport
from tracker.domain.milestones.attaching import EvidenceLink, attach
from tracker.domain.outcomes.tables import Period
from tracker.domain.projects import actions
from tracker.domain.projects.tables import Health

HEALTH = """
query ($id: ID!) { project(id: $id) {
  health healthReason scheduleHealth outcomeHealth outcomeShare stale lateDays
  reportedHealth healthDisagreement healthComparison
} }
"""
LATE = """
{
  projects { nodes { lateDays lateMilestones scheduleHealth } }
  milestones { nodes { daysLate } }
  late: milestones(filter: {daysLate: {gt: 0}}) { totalCount }
  portfolio { overdue { milestones } }
}
"""
PHOTO = EvidenceLink(title="Photo", url="https://example.org/photo")
STALE = "query ($id: ID!) { project(id: $id) { stale updatedAt } }"
FORECAST = """
query ($id: ID!) { project(id: $id) {
  forecastEarliestOn forecastLikelyOn forecastLatestOn forecastGap
} }
"""


async def _asked(
    api: Api, cast: Cast, document: str, project: JointProject, days: int = 0
) -> dict[str, Any]:
    """What the officer is told about the project so many days from now, in the morning, when it is
    the same day in the cities as in `today`."""
    with clock.at((clock.now() + timedelta(days=days)).replace(hour=9)):
        answer = await api.data(document, {"id": f"Project:{project.id}"}, cast.officer)
    found: dict[str, Any] = answer["project"]
    return found


async def test_health_day_by_day(api: Api, cast: Cast) -> None:
    """A milestone is due in 30 days; the only value was due 10 days ago and is missing."""
    project = await factories.joint_project(cast, "active")
    told = {
        days: await _asked(api, cast, HEALTH, project, days) for days in (0, 20, 22, 37, 38, 60, 61)
    }
    assert {days: (each["health"], each["healthReason"]) for days, each in told.items()} == {
        0: ("GREEN", None),
        20: ("GREEN", None),
        22: ("UNKNOWN", "MISSING_VALUES"),
        37: ("UNKNOWN", "MISSING_VALUES"),
        38: ("AMBER", "LATE"),
        60: ("AMBER", "LATE"),
        61: ("RED", "LATE"),
    }
    assert {each["outcomeHealth"] for each in told.values()} == {"UNKNOWN"}
    assert [told[days]["scheduleHealth"] for days in (37, 38, 61)] == ["GREEN", "AMBER", "RED"]
    assert [told[days]["lateDays"] for days in (22, 37, 61)] == [0, 7, 31]
    assert [told[days]["stale"] for days in (22, 37)] == [False, True]


async def test_lateness_goes_by_the_day_on_which_it_was_done(
    api: Api, cast: Cast, connection: asyncpg.Connection
) -> None:
    """Due in 30 days, handed in twice as done on that day or thirty days later, 50 and 70 days from
    now, and looked at and returned ten days after each."""
    project = await factories.joint_project(cast, "active")
    begun, step, told = clock.now().replace(hour=9), project.milestone_id, []
    for done, days in ((30, 50), (60, 70)):
        with clock.at(begun + timedelta(days=days)):
            report = MilestoneReport(completed_on=today(done - days), evidence=[PHOTO])
            await milestones.submit(cast.nairobi_coordinator, step, report)
            told.append(await _late(api, cast))
        with clock.at(begun + timedelta(days=days + 10)):
            told.append(await _late(api, cast))
            await milestones.return_(cast.seoul_coordinator, step, "Which one?")
            told.append(await _late(api, cast))
            await require_true(connection)
    assert told == [
        (0, 0, "GREEN"), (0, 0, "GREEN"), (30, 1, "AMBER"),
        (30, 1, "AMBER"), (30, 1, "AMBER"), (50, 1, "RED"),
    ]  # fmt: skip


async def _late(api: Api, cast: Cast) -> tuple[int, int, str]:
    """How late the only milestone is, how many are, and the health of the schedule, which all who
    say it say alike."""
    found = await api.data(LATE, actor=cast.officer)
    [whole], [step] = found["projects"]["nodes"], found["milestones"]["nodes"]
    assert whole["lateDays"] == step["daysLate"]
    counted = found["portfolio"]["overdue"]["milestones"]
    assert whole["lateMilestones"] == found["late"]["totalCount"] == counted
    return step["daysLate"], counted, whole["scheduleHealth"]


async def test_health_by_outcomes(api: Api, cast: Cast) -> None:
    """From 40 days down to 10: at 12, 28/30 of the way; at 31, 9/30."""
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, "approved")
    good = await _asked(api, cast, HEALTH, project)
    assert (good["outcomeShare"], good["outcomeHealth"], good["health"]) == (
        *("0.9333", "GREEN", "GREEN"),
    )
    silent = await _asked(api, cast, HEALTH, project, 31)
    assert (silent["outcomeHealth"], silent["health"], silent["healthReason"]) == (
        *("GREEN", "UNKNOWN", "SILENT"),
    )
    await actions.report_health(cast.seoul_coordinator, project.id, Health.GREEN)
    assert (await _asked(api, cast, HEALTH, project))["healthDisagreement"] == "NONE"
    bad = await factories.add_indicator(cast, project.id, title="Cost of a permit")
    [period] = await Period.objects().where(Period.indicator == bad.id)
    await factories.value(
        cast, JointProject(project.id, period_id=period.id), "approved", value=Decimal(31)
    )
    found = await _asked(api, cast, HEALTH, project)
    assert found | {"stale": None, "lateDays": None} == {
        "health": "RED",
        "healthReason": "OUTCOMES",
        "scheduleHealth": "GREEN",
        "outcomeHealth": "RED",
        "outcomeShare": "0.3",
        "stale": None,
        "lateDays": None,
        "reportedHealth": "GREEN",
        "healthDisagreement": "REPORTED_BETTER",
        "healthComparison": "Reported green, computed red.",
    }


async def test_share_expected_before_the_period_ends(
    api: Api, cast: Cast, connection: asyncpg.Connection
) -> None:
    """Half of the way at half of the period is on course, and so is a maintained level."""
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project, "approved", value=Decimal(25))
    await connection.execute(
        "UPDATE period SET starts_on = $2, ends_on = $3 WHERE id = $1",
        project.period_id, today(-9), today(10),
    )  # fmt: skip
    await connection.execute(
        "UPDATE value SET created_at = $2 WHERE id = $1", value.id,
        datetime.combine(today(), datetime.min.time(), clock.now().tzinfo) + timedelta(hours=9),
    )  # fmt: skip
    found = await _asked(api, cast, HEALTH, project)
    assert (found["outcomeShare"], found["outcomeHealth"]) == ("1", "GREEN")
    await connection.execute("UPDATE period SET target_value = 40")
    assert (await _asked(api, cast, HEALTH, project))["outcomeShare"] == "1"


async def test_thresholds_of_the_project(
    api: Api, cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    await factories.value(cast, project, "approved")
    await connection.execute(
        "UPDATE project SET amber_days = 0, red_days = 3, amber_share = 0.95, stale_days = 60"
    )
    told = [await _asked(api, cast, HEALTH, project, days) for days in (0, 31, 34)]
    assert [(each["scheduleHealth"], each["outcomeHealth"], each["stale"]) for each in told] == [
        ("GREEN", "AMBER", False),
        ("AMBER", "AMBER", False),
        ("RED", "AMBER", False),
    ]


async def test_project_is_silent_to_the_minute_for_everybody(api: Api, cast: Cast) -> None:
    """Whoever asks, and whenever on the days around it: silent once nothing that they may see of
    it was updated for more than 30 days."""
    project = await factories.joint_project(cast, "active")
    link = EvidenceLink(title="Minutes", url="https://nairobi.example/minutes")
    start = (clock.now() + timedelta(days=3)).replace(minute=30, second=0, microsecond=0)
    with clock.at(start):
        await factories.move_milestone(cast, project.milestone_id, factories.today(70), "Rain.")
    with clock.at(start + timedelta(days=2, hours=5)):
        await attach(cast.nairobi_coordinator, project.milestone_id, [link])
    told = set()
    for hours in (-30, -1, 0, 1, 20, 48, 53, 54, 75):
        for minutes in (0, 1):
            now = start + timedelta(days=30, hours=hours, minutes=minutes)
            for who in ("public", "nairobi_coordinator", "lima_coordinator", "officer"):
                with clock.at(now):
                    found = await api.data(STALE, {"id": f"Project:{project.id}"}, cast[who])
                updated = datetime.fromisoformat(found["project"]["updatedAt"])
                silent = updated < now - timedelta(days=30)
                assert found["project"]["stale"] is silent, (hours, minutes, who)
                told.add((who in ("public", "lima_coordinator"), silent, hours))
    assert {(True, False, 0), (True, True, 0), (False, False, 53), (False, True, 53)} <= told


async def test_instants_at_which_dates_begin_everywhere(connection: asyncpg.Connection) -> None:
    """Tolerances end at kept instants: just when the civil date of the zone says so, where clocks
    change at midnight or a day was left out too."""
    assert await connection.fetchval(
        """SELECT count(*) FROM (
             SELECT z, now, d FROM unnest(ARRAY['Africa/Cairo', 'America/Havana', 'Asia/Beirut',
                 'America/Asuncion', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Europe/Lisbon',
                 'America/Santiago', 'Asia/Tehran', 'Pacific/Chatham', 'Pacific/Apia']) z,
               generate_series('2011-12-20'::date, '2012-12-31', interval '1 day') x (day),
               LATERAL (SELECT x.day::date AS d, begin_of(x.day::date, z) AS begins) b,
               unnest(ARRAY[-3601, -1, 0, 1, 3600]) s,
               LATERAL (SELECT b.begins + s * interval '1 second' AS now) n) y
           WHERE ((now AT TIME ZONE z)::date >= d)
             <> (begin_of(d, z) <= now)"""
    ) == 0  # fmt: skip


async def _past(connection: asyncpg.Connection, project: JointProject, *days: Any) -> None:
    """Milestones of the project with (baseline, completion or none) in days from today."""
    for number, (due, done) in enumerate(days):
        await connection.execute(
            """INSERT INTO milestone (project, city, title, kind, acceptance_criteria, weight,
                 baseline_due_on, due_on, completed_on, state, moves, created_at, updated_at,
                 version)
               SELECT project, city, title, kind, acceptance_criteria, $5, $2, $2, $3, $4, 0,
                 created_at, updated_at, 1 FROM milestone WHERE id = $1""",
            project.milestone_id, today(due), None if done is None else today(done),
            "planned" if done is None else "accepted", 1 + number % 2,
        )  # fmt: skip


async def test_forecast_by_hand(api: Api, cast: Cast, connection: asyncpg.Connection) -> None:
    """Planned from -60, begun at -58. Planned 20 days took 30 (pace 1.5, weight 1), planned 40
    took 50 (1.25, weight 2): (1 * 30 + 2 * 50) / (1 * 20 + 2 * 40) = 1.3. The last is planned for
    day 90: 117 days at that pace, 113 at the fast one, 135 at the slow one, since -58."""
    project = await factories.joint_project(cast, "active")
    with clock.at(clock.now().replace(hour=9, minute=0)):
        none = await _asked(api, cast, FORECAST, project)
        assert none == {
            "forecastEarliestOn": None,
            "forecastLikelyOn": None,
            "forecastLatestOn": None,
            "forecastGap": "TOO_LITTLE",
        }
        await _past(connection, project, (-40, -28), (-20, -8))
        found = await _asked(api, cast, FORECAST, project)
        assert found == {
            "forecastEarliestOn": today(52).isoformat(),
            "forecastLikelyOn": today(59).isoformat(),
            "forecastLatestOn": today(77).isoformat(),
            "forecastGap": None,
        }
        await connection.execute("UPDATE milestone SET state = 'waived', state_reason = 'x'"
                                 " WHERE state <> 'accepted'")  # fmt: skip
        assert (await _asked(api, cast, FORECAST, project))["forecastGap"] == "NOTHING_OPEN"
        await connection.execute("UPDATE project SET state = 'suspended', state_reason = 'x'")
        assert (await _asked(api, cast, FORECAST, project))["forecastGap"] == "NOT_ACTIVE"


async def test_forecast_never_comes_closer_by_being_later(
    api: Api, cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "active")
    chance = random.Random(7)  # noqa: S311 -- a lottery with a seed
    for _ in range(12):
        await connection.execute("DELETE FROM milestone WHERE id <> $1", project.milestone_id)
        done = [(chance.randint(-59, 20), -chance.randint(2, 57)) for _ in range(4)]
        await _past(connection, project, *done, (chance.randint(-30, 90), None))
        before = None
        for _ in range(4):
            days = [
                date.fromisoformat(each)
                for name, each in sorted((await _asked(api, cast, FORECAST, project)).items())
                if each and "Gap" not in name
            ]
            earliest, latest, likely = days
            assert today() - timedelta(days=1) <= earliest < latest
            assert earliest <= likely <= latest
            assert all(a <= b for a, b in zip(before or days, days, strict=True))
            before = days
            await connection.execute(
                "UPDATE milestone SET completed_on ="
                " least(completed_on + $1::integer, current_date)"
                " WHERE state = 'accepted' AND id % 2 = $2",
                chance.randint(1, 15), chance.randint(0, 1),
            )  # fmt: skip
