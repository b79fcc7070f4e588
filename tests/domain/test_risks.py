"""Risks and issues: who looks after them, how they are scored, and how they go on."""

from dataclasses import replace
from typing import Any

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.risks import actions
from tracker.domain.risks.actions import RiskAssessment, RiskDraft, RiskOccurrence, RiskPlan
from tracker.domain.risks.tables import Risk, RiskType

today = factories.today


def draft(**changes: Any) -> RiskDraft:
    """A risk that breaks no rule."""
    plain = RiskDraft(
        title="The permit law is not passed",
        mitigation="Talk with the committee each month.",
        probability=2,
        impact=4,
        review_on=today(30),
    )
    return replace(plain, **changes)


ISSUE = {"type": RiskType.ISSUE, "probability": None, "occurred_on": today(-3)}


async def test_risk_by_partners_only(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    risk = await actions.add(cast.nairobi_coordinator, project.id, cast.nairobi, draft())
    allowed = {"nairobi_coordinator", "nairobi_cio", "seoul_coordinator"}
    for who in ACTORS:
        tries: list[Any] = [
            actions.add(cast[who], project.id, cast.seoul, draft()),
            actions.edit(cast[who], risk.id, RiskPlan(title=who)),
            actions.assess(
                cast[who], risk.id, RiskAssessment(impact=3, probability=3, review_on=today(9))
            ),
        ]
        for each in tries:
            if who in allowed:
                await each
                continue
            with pytest.raises((Forbidden, NotFound)):
                await each
    assert await Risk.count() == 1 + len(allowed)


async def test_risk_with_everything_wrong_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    wrong = draft(
        title=" ",
        probability=0,
        impact=6,
        review_on=today(-9),
        occurred_on=today(-3),
        person_id=cast.seoul_mayor.person_id,
    )
    with pytest.raises(Invalid) as refusal:
        await actions.add(cast.seoul_coordinator, project.id, cast.lima, wrong)
    assert set(refusal.value.fields) == {
        *("title", "city_id", "person_id", "probability", "impact", "review_on", "occurred_on"),
    }
    issue = draft(type=RiskType.ISSUE)
    with pytest.raises(Invalid) as refusal:
        await actions.add(cast.seoul_coordinator, project.id, cast.seoul, issue)
    assert set(refusal.value.fields) == {"probability", "occurred_on"}


async def test_risk_of_a_project_that_has_ended_stays(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who = cast.seoul_coordinator
    risk = await actions.add(who, project.id, cast.seoul, draft())
    await factories.advance(cast, project, "cancel")
    tries: list[Any] = [
        actions.close(who, risk.id, "Over."),
        actions.add(who, project.id, cast.seoul, draft()),
    ]
    for each in tries:
        with pytest.raises(Invalid, match="its risks stay as they were"):
            await each


async def test_risk_settles_with_a_reason_and_opens_again(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who = cast.nairobi_coordinator
    risk = await actions.add(who, project.id, cast.nairobi, draft())
    issue = await actions.add(who, project.id, cast.nairobi, draft(**ISSUE))
    with pytest.raises(Invalid, match="Write something here"):
        await actions.mitigate(who, risk.id, " ")
    for row, watched in ((risk, "open"), (issue, "occurred")):
        assert row.state == watched
        assert (await actions.mitigate(who, row.id, "The law is passed.")).state == "mitigated"
        assert (await actions.close(who, row.id, "No longer.")).state == "closed"
        again = RiskAssessment(impact=1, probability=row.probability, review_on=today(9))
        with pytest.raises(Invalid, match="reopen it first"):
            await actions.assess(who, row.id, again)
        back = await actions.reopen(who, row.id, "It is back.")
        assert (back.state, back.state_reason) == (watched, "It is back.")
    with pytest.raises(Conflict):
        await actions.close(who, risk.id, "Late.", seen_version=1)


async def test_risk_becomes_an_issue_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who = cast.nairobi_coordinator
    risk = await actions.add(who, project.id, cast.nairobi, draft())
    with pytest.raises(Invalid, match="is in the future"):
        await actions.materialise(who, risk.id, _occurrence(occurred_on=today(5)))
    issue = await actions.materialise(who, risk.id, _occurrence())
    assert (issue.type, issue.state) == ("issue", "occurred")
    assert not issue.probability
    with pytest.raises(Invalid, match="an issue already"):
        await actions.materialise(who, risk.id, _occurrence())


def _occurrence(**changes: Any) -> RiskOccurrence:
    plain = RiskOccurrence(occurred_on=today(-3), impact=4, review_on=today(9))
    return replace(plain, **changes)
