"""Evaluations and lessons as the API shows them, and to whom."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests import factories
from tests.cast import Cast
from tests.graphql.conftest import Api
from tracker.domain import clock
from tracker.domain.errors import Conflict
from tracker.domain.evaluations import actions
from tracker.domain.evaluations.actions import EvaluationDraft, LessonDraft
from tracker.domain.evaluations.tables import Lesson
from tracker.domain.projects import decisions
from tracker.domain.projects.raising import WaiverRequest, ask_waiver
from tracker.domain.projects.tables import Requirement

DRAFT = factories.evaluation_draft()

READ = """{
  evaluations { nodes { relevance impact submittedAt lessons { nodes { title themes } } } }
  auditEvents(filter: {subjectType: {eq: "evaluation"}}) { nodes { verb before after } }
  notifications { nodes { event { verb subjectType } } } }"""


async def test_draft_is_its_citys_own_for_good(cast: Cast, api: Api) -> None:
    """The other city sees what is submitted once both are in, and never what was drafted."""
    project = await factories.joint_project(cast, "finalising")
    mine = (project.id, cast.seoul)
    partly = EvaluationDraft(relevance=2, lessons=[LessonDraft(title="Half a", narrative="")])
    drafted = await actions.draft(cast.seoul_coordinator, *mine, partly)
    await actions.draft(cast.seoul_coordinator, *mine, replace(partly, relevance=3), 1)
    with pytest.raises(Conflict):
        await actions.draft(cast.seoul_coordinator, *mine, replace(partly, relevance=1), 1)
    own = await api.data(READ, actor=cast.seoul_mayor)
    assert own["evaluations"]["nodes"] == [
        {
            "relevance": 3, "impact": None, "submittedAt": None,
            "lessons": {"nodes": [{"title": "Half a", "themes": ["permits"]}]},
        }
    ]  # fmt: skip
    assert [each["verb"] for each in own["auditEvents"]["nodes"]] == ["draft", "draft"]
    await factories.evaluate(cast, project.id, "nairobi")
    for who in ("nairobi_coordinator", "officer", "public"):
        seen = await api.data(READ, actor=cast[who])
        assert [e["relevance"] for e in seen["evaluations"]["nodes"]] == (
            [5] if who == "nairobi_coordinator" else []
        ), who
        assert "Half a" not in str(seen)
    submitted = await actions.submit(cast.seoul_coordinator, *mine, DRAFT, drafted.version + 1)
    assert submitted.id == drafted.id
    told = await api.data(READ, actor=cast.nairobi_coordinator)
    assert len(told["evaluations"]["nodes"]) == 2
    assert [each["verb"] for each in told["auditEvents"]["nodes"]] == ["submit", "submit"]
    assert "Half a" not in str(told)
    assert {"verb": "draft", "subjectType": "evaluation"} not in [
        each["event"] for each in told["notifications"]["nodes"]
    ]
    assert await Lesson.count() == 2


LESSONS = """query($q: String!) { lessons { totalCount } search(query: $q) { nodes { __typename } }
  projects { nodes { evaluationMean financing: impactMean lessonsOnThemes { totalCount } } } }"""


async def test_lessons_are_for_everybody_once_the_project_is_closed(cast: Cast, api: Api) -> None:
    project = await factories.joint_project(cast, "finalising")
    await factories.evaluate(cast, project.id, "seoul")
    better = factories.evaluation_draft(impact=6)
    await actions.submit(cast.nairobi_coordinator, project.id, cast.nairobi, better)
    asked = {"q": "legal review"}
    before = await api.data(LESSONS, asked, cast.lima_coordinator)
    assert before["lessons"]["totalCount"] == len(before["search"]["nodes"]) == 0
    assert before["projects"]["nodes"][0]["evaluationMean"] is None
    await factories.advance(cast, project, "approve", "close")
    await factories.joint_project(cast, "closed", title="Quiet", confidential=True)
    await factories.joint_project(cast, "agreed", title="The next one")
    after = await api.data(LESSONS, asked, cast.public)
    assert after["lessons"]["totalCount"] == 2
    assert after["search"]["nodes"] == [{"__typename": "Lesson"}] * 2
    following, closed = after["projects"]["nodes"]
    assert following == {
        "evaluationMean": None, "financing": None, "lessonsOnThemes": {"totalCount": 2},
    }  # fmt: skip
    # (5 + 5 + 5 + 5 + 5 + 5) / 6 = 5 and (5 + 5 + 5 + 5 + 6 + 5) / 6 = 5.1667, the mean 5.0833.
    assert Decimal(closed["evaluationMean"]) == Decimal("5.08")
    assert Decimal(closed["financing"]) == Decimal("5.5")
    assert closed["lessonsOnThemes"]["totalCount"] == 0


async def test_draft_that_its_project_was_closed_without_stays_its_citys_own(
    cast: Cast, api: Api
) -> None:
    project = await factories.joint_project(cast, "finalising")
    partly = EvaluationDraft(lessons=[LessonDraft(title="Quarrelsome partners", narrative="They")])
    await actions.draft(cast.seoul_coordinator, project.id, cast.seoul, partly)
    await factories.evaluate(cast, project.id, "nairobi")
    why = WaiverRequest(requirement=Requirement.EVALUATED, question="Nobody is left.")
    waiver = await ask_waiver(cast.nairobi_coordinator, project.id, why)
    await decisions.give(cast.officer, waiver.id)
    await factories.advance(cast, project, "approve", "close")
    for who, count in (("public", 1), ("nairobi_coordinator", 1), ("seoul_mayor", 2)):
        seen = await api.data(LESSONS, {"q": "quarrelsome"}, cast[who])
        assert seen["lessons"]["totalCount"] == count, who
        assert len(seen["search"]["nodes"]) == count - 1, who
    misspelt = await api.data(LESSONS, {"q": "quarelsome"}, cast.seoul_mayor)
    assert misspelt["search"]["nodes"] == [], "no correction tells of it"


RECORD = """{
  practices { nodes { replications { totalCount nodes { state evaluationMean } } } }
  projects(filter: {followUpDue: {eq: true}}) { nodes { followUpOn followUps { totalCount } } } }"""


async def test_practice_keeps_a_record_of_what_began_with_it(cast: Cast, api: Api) -> None:
    offered = await factories.practice(cast)
    for state in ("draft", "agreed", "active", "closed"):
        await factories.joint_project(cast, state, practice_id=offered.id)
    await factories.joint_project(cast, "closed", practice_id=offered.id, confidential=True)
    seen = await api.data(RECORD, actor=cast.public)
    [record] = [each["replications"] for each in seen["practices"]["nodes"]]
    assert record["totalCount"] == 2
    assert sorted(each["state"] for each in record["nodes"]) == ["ACTIVE", "CLOSED"]
    means = {each["state"]: each["evaluationMean"] for each in record["nodes"]}
    assert means == {"ACTIVE": None, "CLOSED": "5"}
    assert seen["projects"]["nodes"] == []
    with clock.at(clock.now() + timedelta(days=368)):
        due = await api.data(RECORD, actor=cast.public)
    assert [each["followUps"]["totalCount"] for each in due["projects"]["nodes"]] == [1]
