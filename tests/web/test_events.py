"""Live events: each to whom it concerns, once, whatever broke in between."""

import asyncio
from typing import Any

import pytest
from litestar import Litestar
from redis.asyncio import Redis

from tests.cast import Cast
from tests.conformance.live import until
from tests.factories import add_milestone, advance, joint_project, proposal
from tests.web.browser import client
from tests.web.talk import Talk, answer, talking, token
from tracker.domain.audit import AuditEvent
from tracker.domain.database import DB, transaction
from tracker.domain.leaving.actions import end_membership
from tracker.domain.milestones import actions as milestones
from tracker.domain.people.tables import Membership
from tracker.domain.projects import actions as projects
from tracker.graphql import READS
from tracker.graphql.live import feed

PROJECT = """
subscription Follow($id: ID, $code: String, $after: ID) {
  projectEvents(id: $id, code: $code, after: $after) {
    id at verb subjectType subjectId before after actor { name } project { id title }
  }
}
"""
MILESTONES = """
subscription Follow($projectId: ID, $after: ID) {
  milestoneEvents(projectId: $projectId, after: $after) { id verb milestone { title dueOn } }
}
"""
DECISIONS = """
subscription Follow($cityId: ID, $after: ID) {
  decisionEvents(cityId: $cityId, after: $after) { id verb decision { kind city { name } } }
}
"""
PORTFOLIO = """
subscription Follow($filter: ProjectFilter, $after: ID) {
  portfolioEvents(filter: $filter, after: $after) { id verb project { id title } }
}
"""


async def talker(talk: Talk, cast: Cast, name: str) -> Talk:
    """The socket, opened by a program of a member of the cast."""
    await talk.begin(Authorization=(await token(cast, name))[1])
    return talk


async def retitle(cast: Cast, project_id: int, title: str) -> None:
    """A change that leaves one event."""
    await projects.edit(cast.nairobi_coordinator, project_id, proposal(cast, title=title))


async def events(talk: Talk, count: int) -> list[Any]:
    """The next events."""
    return [await talk.event() for _ in range(count)]


async def titles(talk: Talk, count: int) -> list[str]:
    """The new titles in the next events."""
    return [(await talk.event())["after"]["title"] for _ in range(count)]


async def follow(talk: Talk, document: str, key: str = "1", **variables: Any) -> None:
    """Subscribe to what happens from here on, however soon it does."""
    await talk.ask(document, key, after=await place(talk), **variables)


async def place(talk: Talk) -> str:
    """Where the events are now."""
    found = await answer(talk, "{ livePosition }")
    text: str = found["data"]["livePosition"]
    return text


async def test_project_event_tells_what_the_trail_tells(served_cast: str, cast: Cast) -> None:
    project = await joint_project(cast, "submitted")
    row = await project.row()
    async with talking(served_cast) as talk:
        await talker(talk, cast, "seoul_coordinator")
        await follow(talk, PROJECT, "id", id=f"Project:{project.id}")
        await follow(talk, PROJECT, "code", code=row.code)
        await add_milestone(cast, project.id, title="Servers stand")
        for _ in range(2):
            message = await talk.hear()
            event = message["payload"]["data"]["projectEvents"]
            assert event["verb"] == "add"
            assert event["subjectType"] == "milestone"
            assert event["after"]["title"] == "Servers stand"
            assert event["project"] == {"id": f"Project:{project.id}", "title": row.title}
            assert event["actor"]["name"] == "Nairobi: coordinator"


async def test_event_keeps_its_own_id_when_it_is_replayed(served_cast: str, cast: Cast) -> None:
    project = await joint_project(cast, "submitted")
    document = "subscription ($after: ID) { portfolioEvents(after: $after) { id event { id } } }"
    async with talking(served_cast) as talk:
        await talker(talk, cast, "seoul_coordinator")
        before = await place(talk)
        await add_milestone(cast, project.id, title="Servers stand")
        last = await AuditEvent.select(AuditEvent.id).order_by(AuditEvent.id, ascending=False)
        for key in ("first", "again"):
            await talk.ask(document, key, after=before)
            message = await talk.hear()
            event = message["payload"]["data"]["portfolioEvents"]
            assert event["event"] == {"id": f"AuditEvent:{last[0]['id']}"}


async def test_milestone_events_are_of_the_project_or_of_all(served_cast: str, cast: Cast) -> None:
    project, other = await joint_project(cast), await joint_project(cast)
    async with talking(served_cast) as talk, talking(served_cast) as wide:
        for each in (talk, wide):
            await talker(each, cast, "nairobi_coordinator")
        await follow(talk, MILESTONES, projectId=f"Project:{project.id}")
        await follow(wide, MILESTONES)
        await add_milestone(cast, other.id, title="Of another")
        await retitle(cast, project.id, "No milestone")
        await add_milestone(cast, project.id, title="Servers stand")
        assert (await talk.event())["milestone"]["title"] == "Servers stand"
        found = [(await wide.event())["milestone"]["title"] for _ in range(2)]
        assert found == ["Of another", "Servers stand"]


async def test_decision_events_are_of_the_city_or_of_all(served_cast: str, cast: Cast) -> None:
    project = await joint_project(cast, "submitted")
    async with talking(served_cast) as talk, talking(served_cast) as wide:
        for each in (talk, wide):
            await talker(each, cast, "officer")
        await follow(talk, DECISIONS, cityId=f"City:{cast.nairobi}")
        await follow(wide, DECISIONS)
        await advance(cast, project, "review", "decide")
        found = [(e["verb"], e["decision"]["city"]["name"]) for e in await events(talk, 2)]
        assert found == [("ask", "Nairobi"), ("give", "Nairobi")]
        assert {e["decision"]["city"]["name"] for e in await events(wide, 4)} == {
            "Nairobi",
            "Seoul",
        }


async def test_portfolio_events_fit_the_filter_when_they_are_sent(
    served_cast: str, cast: Cast
) -> None:
    project, other = await joint_project(cast), await joint_project(cast)
    async with talking(served_cast) as talk:
        await talker(talk, cast, "nairobi_coordinator")
        await follow(talk, PORTFOLIO, filter={"title": {"startsWith": "Wanted"}})
        await retitle(cast, other.id, "Unwanted")
        await retitle(cast, project.id, "Wanted")
        assert (await talk.event())["project"]["id"] == f"Project:{project.id}"
        await talk.silence()


async def test_milestone_that_is_gone_is_null(served_cast: str, cast: Cast) -> None:
    project = await joint_project(cast)
    async with talking(served_cast) as talk:
        await talker(talk, cast, "nairobi_coordinator")
        await follow(talk, MILESTONES)
        await milestones.remove(cast.nairobi_coordinator, project.milestone_id)
        event = await talk.event()
        assert (event["verb"], event["milestone"]) == ("remove", None)


# --- who sees what


async def test_events_follow_visibility(served_cast: str, cast: Cast) -> None:
    """A draft's are the leading city's; from submission on also the partner's and the
    secretariat's; never an outsider's."""
    project = await joint_project(cast, "draft")
    names = ["nairobi_coordinator", "seoul_coordinator", "officer", "lima_coordinator"]
    async with (
        talking(served_cast) as nairobi,
        talking(served_cast) as seoul,
        talking(served_cast) as officer,
        talking(served_cast) as lima,
    ):
        talks = (nairobi, seoul, officer, lima)
        for talk, name in zip(talks, names, strict=True):
            await talker(talk, cast, name)
            await follow(talk, PORTFOLIO)
        await retitle(cast, project.id, "Hidden")
        assert (await nairobi.event())["project"]["title"] == "Hidden"
        await asyncio.sleep(0.3)  # for what should not come
        for talk in (seoul, officer, lima):
            await talk.silence()
        await advance(cast, project, "submit")
        for talk in (nairobi, seoul, officer):
            assert (await talk.event())["verb"] == "submit"
        await lima.silence()


async def test_project_that_may_not_be_seen_is_not_followed(served_cast: str, cast: Cast) -> None:
    project = await joint_project(cast, "draft")
    row = await project.row()
    async with talking(served_cast) as talk:
        await talker(talk, cast, "lima_coordinator")
        both = {"id": f"Project:{project.id}", "code": row.code}
        one_each = [{name: value} for name, value in both.items()]
        for variables in (both, *one_each, {}, {"id": "City:1"}, {"id": f"Project:{2**40}"}):
            await talk.ask(PROJECT, "none", **variables)
            message = await talk.hear()
            assert message["type"] == "error", message


async def test_rights_are_read_again_for_each_event(served_cast: str, cast: Cast) -> None:
    project = await joint_project(cast, "submitted")
    async with talking(served_cast) as talk, talking(served_cast) as officer:
        await talker(talk, cast, "seoul_approver")
        await talker(officer, cast, "officer")
        for each in (talk, officer):
            await follow(each, PROJECT, id=f"Project:{project.id}")
        await add_milestone(cast, project.id)
        assert (await talk.event())["verb"] == (await officer.event())["verb"] == "add"
        [membership] = await Membership.objects().where(
            Membership.person == cast.seoul_approver.person_id
        )
        await end_membership(cast.administrator, membership.id)
        await add_milestone(cast, project.id)
        await officer.event()
        await talk.silence()


# --- nothing missed, nothing twice


@pytest.mark.parametrize("left_after", [0, 2, 4])
async def test_after_resumes_where_a_client_left(
    served_cast: str, cast: Cast, left_after: int
) -> None:
    project = await joint_project(cast, "draft")
    async with talking(served_cast) as talk:
        await talker(talk, cast, "nairobi_coordinator")
        start = await place(talk)
        for number in range(5):
            await retitle(cast, project.id, f"Title {number}")
        await talk.ask(PROJECT, id=f"Project:{project.id}", after=start)
        seen = [await talk.event() for _ in range(5)]
        assert [e["after"]["title"] for e in seen] == [f"Title {n}" for n in range(5)]
    async with talking(served_cast) as talk:
        await talker(talk, cast, "nairobi_coordinator")
        await talk.ask(PROJECT, id=f"Project:{project.id}", after=seen[left_after]["id"])
        await retitle(cast, project.id, "Afterwards")
        rest = [f"Title {n}" for n in range(left_after + 1, 5)]
        assert await titles(talk, len(rest) + 1) == [*rest, "Afterwards"]
        await talk.silence()


async def test_event_that_commits_late_is_not_skipped(served_cast: str, cast: Cast) -> None:
    """Its number is lower than that of an event which was seen before it."""
    early, late = await joint_project(cast), await joint_project(cast)
    async with talking(served_cast) as talk:
        await talker(talk, cast, "nairobi_coordinator")
        start = await place(talk)
        await talk.ask(PORTFOLIO, after=start)
        written, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> None:
            async with transaction():
                await retitle(cast, late.id, "Commits late")
                written.set()
                await go_on.wait()

        slow = asyncio.create_task(slowly())
        await written.wait()
        await retitle(cast, early.id, "Commits early")
        first = await talk.event()
        assert first["project"]["title"] == "Commits early"
        go_on.set()
        await slow
        second = await talk.event()
        assert second["project"]["title"] == "Commits late"
    for after, expected in ((first, ["Commits late"]), (second, [])):
        async with talking(served_cast) as talk:
            await talker(talk, cast, "nairobi_coordinator")
            await talk.ask(PORTFOLIO, after=after["id"])
            for title in expected:
                assert (await talk.event())["project"]["title"] == title
            await talk.silence()


async def test_events_are_found_without_any_wake_up(
    served_cast: str, cast: Cast, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = await joint_project(cast)
    monkeypatch.setattr(feed.FEED, "wake", lambda: None)
    async with talking(served_cast) as talk:
        await talker(talk, cast, "nairobi_coordinator")
        await follow(talk, PROJECT, id=f"Project:{project.id}")
        async with DB.pool.acquire() as connection:  # type: ignore[union-attr]
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'tracker live events'"
            )
        await redis.client_kill_filter(_type="pubsub")
        await retitle(cast, project.id, "Unheard")
        assert await titles(talk, 1) == ["Unheard"]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "AuditEvent:1",
        "1:1:~1:1:~0",
        "5:1:~5:5:~0~0",
        "1:1:~9:9:3~0~0",
        "1:1:~4294967296:4294967296:~0~0",
        "x" * 9_000,
    ],
)
async def test_place_that_is_none_is_refused(served_cast: str, cast: Cast, after: str) -> None:
    async with talking(served_cast) as talk:
        await talker(talk, cast, "officer")
        await talk.ask(PORTFOLIO, after=after)
        message = await talk.hear()
        assert message["type"] == "error"
        assert "livePosition" in message["payload"][0]["message"]


@pytest.mark.parametrize("fault", ["too many", "too old", "another database"])
async def test_place_too_far_back_asks_to_read_again(
    served_cast: str, cast: Cast, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    project = await joint_project(cast, "submitted")
    async with talking(served_cast) as talk:
        await talker(talk, cast, "officer")
        after = await place(talk)
        for number in range(3):
            await add_milestone(cast, project.id, title=f"Step {number}")
        if fault == "too many":
            monkeypatch.setattr(feed, "BATCH_MOST", 2)
        elif fault == "too old":
            after = after.rpartition("~")[0] + "~1000000000"
        else:
            after = (
                f"{2**60 + 9}:{2**60 + 9}:~{2**60 + 9}:{2**60 + 9}:~0~" + after.rpartition("~")[2]
            )
        await talk.ask(PORTFOLIO, after=after)
        message = await talk.hear()
        assert message["payload"][0]["extensions"] == {"code": "REFETCH"}
        await talk.ask(PORTFOLIO, "other", after=await place(talk))
        await talk.silence()


async def test_subscriber_that_lags_is_told_to_come_back(
    served_cast: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = await joint_project(cast)
    monkeypatch.setattr(feed, "PENDING_MOST", 2)
    async with talking(served_cast) as talk:
        await talker(talk, cast, "nairobi_coordinator")
        start = await place(talk)
        await talk.ask(PORTFOLIO)
        await until(lambda: feed.FEED.followers, "it follows")
        async with transaction():
            for number in range(3):
                await retitle(cast, project.id, f"Title {number}")
        assert await talk.closed() == 1013
    async with talking(served_cast) as talk:
        await talker(talk, cast, "nairobi_coordinator")
        await talk.ask(PROJECT, id=f"Project:{project.id}", after=start)
        assert await titles(talk, 3) == [f"Title {number}" for number in range(3)]


@pytest.mark.parametrize("count", [1, 3])
async def test_events_that_wait_take_one_statement(
    served_cast: str, cast: Cast, count: int
) -> None:
    project = await joint_project(cast)
    async with talking(served_cast) as talk:
        await talker(talk, cast, "nairobi_coordinator")
        start = await place(talk)
        for number in range(count):
            await retitle(cast, project.id, f"Title {number}")
        heard: list[str] = []
        READS.listeners.append(heard.append)
        try:
            await talk.ask(PORTFOLIO, after=start)
            for _ in range(count):
                await talk.event()
        finally:
            READS.listeners.remove(heard.append)
        assert len(heard) == 1


async def test_subscription_over_http_says_where_it_belongs(app: Litestar, cast: Cast) -> None:
    asked = {"query": "subscription { portfolioEvents { id } }"}
    found = (await client(app, {}).post("/graphql", json=asked)).json()
    assert "graphql-transport-ws" in found["errors"][0]["message"]
