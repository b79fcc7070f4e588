"""Risks as the API shows them: score, level and trend, reviews that are due, and to whom."""

from datetime import timedelta

from tests import factories
from tests.cast import ACTORS, Cast
from tests.domain.test_risks import ISSUE, draft
from tests.graphql.conftest import Api
from tracker.domain import clock
from tracker.domain.risks import actions
from tracker.domain.risks.actions import RiskAssessment, RiskOccurrence

today = factories.today

SCORED = "query ($id: ID!) { risk(id: $id) { type score level trend reviewDue daysOverdue } }"

INSIDERS = {name for name in ACTORS if name.startswith(("seoul", "nairobi"))} | {
    *("officer", "administrator", "auditor")
}


async def test_trend_follows_from_the_trail(api: Api, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who = cast.nairobi_coordinator
    risk = await actions.add(who, project.id, cast.nairobi, draft())
    told = [await _scored(api, cast, risk.id)]
    for probability, impact in ((4, 4), (4, 4), (2, 2)):
        assessment = RiskAssessment(
            probability=probability, impact=impact, review_on=today(9), note="As heard."
        )
        await actions.assess(who, risk.id, assessment)
        told.append(await _scored(api, cast, risk.id))
    await actions.edit(who, risk.id, draft(title="The law is not passed"))
    told.append(await _scored(api, cast, risk.id))
    happened = RiskOccurrence(occurred_on=today(-2), impact=2, review_on=today(9))
    await actions.materialise(who, risk.id, happened)
    told.append(await _scored(api, cast, risk.id))
    # By hand: 2 × 4, 4 × 4, 4 × 4 again, 2 × 2, unchanged by an edit, then 5 × 2 as an issue.
    assert told == [
        ("RISK", 8, "MODERATE", "UNKNOWN"),
        ("RISK", 16, "CRITICAL", "RISING"),
        ("RISK", 16, "CRITICAL", "STEADY"),
        ("RISK", 4, "LOW", "FALLING"),
        ("RISK", 4, "LOW", "FALLING"),
        ("ISSUE", 10, "HIGH", "RISING"),
    ]


async def _scored(api: Api, cast: Cast, number: int) -> tuple[object, ...]:
    risk = (await api.data(SCORED, {"id": f"Risk:{number}"}, cast.auditor))["risk"]
    return risk["type"], risk["score"], risk["level"], risk["trend"]


async def test_review_falls_due_by_the_owner_citys_calendar(api: Api, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who, wanted = cast.nairobi_coordinator, {"reviewDue": True, "daysOverdue": 3}
    risk = await actions.add(who, project.id, cast.nairobi, draft(review_on=today(10)))
    variables = {"id": f"Risk:{risk.id}"}
    midnight = clock.now().replace(hour=21, minute=0, second=0, microsecond=0)  # Nairobi: UTC+3
    with clock.at(midnight + timedelta(days=9, minutes=-1)):
        before = (await api.data(SCORED, variables, who))["risk"]
    with clock.at(midnight + timedelta(days=9)):
        on_the_day = (await api.data(SCORED, variables, who))["risk"]
    with clock.at(midnight + timedelta(days=12)):
        late = (await api.data(SCORED, variables, who))["risk"]
        await actions.close(who, risk.id, "The law is passed.")
        settled = (await api.data(SCORED, variables, who))["risk"]
    assert not before["reviewDue"]
    assert (on_the_day["reviewDue"], on_the_day["daysOverdue"]) == (True, 0)
    assert {name: late[name] for name in wanted} == wanted
    assert (settled["reviewDue"], settled["daysOverdue"]) == (False, 0)


async def test_risks_are_listed_worst_first_for_insiders_only(api: Api, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who = cast.seoul_coordinator
    for row in (draft(impact=1), draft(**ISSUE), draft(probability=5, impact=3)):
        await actions.add(who, project.id, cast.seoul, row)
    document = """query ($id: ID!) {
        project(id: $id) { risks(first: 9) { nodes { score } } }
        high: risks(filter: { score: { gte: 10 }, type: { eq: RISK } }) { totalCount }
    }"""
    for name in ACTORS:
        if name == "system":
            continue
        found = await api.data(document, {"id": f"Project:{project.id}"}, cast[name])
        scores = [each["score"] for each in found["project"]["risks"]["nodes"]]
        inside = name in INSIDERS
        assert scores == ([20, 15, 2] if inside else []), name
        assert found["high"]["totalCount"] == inside, name
