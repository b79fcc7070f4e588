"""An edit changes what it names; what it leaves out stays, and null empties what may be empty."""

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.cast import Cast
from tests.domain import test_budgets, test_comments, test_risks
from tests.graphql.conftest import Api
from tests.graphql.play import document
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent
from tracker.domain.budgets import actions as budgets
from tracker.domain.comments import actions as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.digests.actions import subscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.edits import EDITS
from tracker.domain.evaluations import actions as evaluations
from tracker.domain.outcomes import dimensions, drafting, library
from tracker.domain.outcomes.actions import DimensionPlan
from tracker.domain.outcomes.content import PartDraft, ValueDraft
from tracker.domain.outcomes.library import DefinitionPlan
from tracker.domain.outcomes.tables import (
    Accumulation,
    Aggregation,
    Benefit,
    Dimension,
    Measure,
    ResultType,
)
from tracker.domain.people.actions import edit_profile
from tracker.domain.people.profiles import Profile
from tracker.domain.projects import actions as projects
from tracker.domain.projects.actions import Tolerances
from tracker.domain.projects.tables import Project
from tracker.domain.risks import actions as risks
from tracker.graphql.schema import PERFORMABLE

Made = tuple[Actor, dict[str, Any], dict[str, Any]]
"""Who edits, what names the row, and the one field with what it becomes."""


async def _project(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "draft", confidential=True)
    return cast.nairobi_coordinator, {"id": f"Project:{project.id}"}, {"title": "Another"}


async def _tolerances(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "active")
    chosen = Tolerances(amber_days=3, red_days=9, red_share=Decimal("0.4"))
    await projects.set_tolerances(cast.officer, project.id, chosen)
    return cast.officer, {"id": f"Project:{project.id}"}, {"staleDays": 12}


async def _practice(cast: Cast) -> Made:
    row = await factories.practice(cast, "draft", languages=["ko", "en"])
    return cast.seoul_coordinator, {"id": f"Practice:{row.id}"}, {"title": "Another"}


async def _request(cast: Cast) -> Made:
    row = await factories.request(cast)
    return cast.nairobi_cio, {"id": f"Request:{row.id}"}, {"title": "Another"}


async def _milestone(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "draft")
    row = await factories.add_milestone(cast, project.id, weight=5, acceptance_criteria="It runs.")
    return cast.nairobi_coordinator, {"id": f"Milestone:{row.id}"}, {"title": "Another"}


async def _result(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "draft")
    return cast.nairobi_coordinator, {"id": f"Result:{project.result_id}"}, {"title": "Another"}


async def _indicator(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "draft")
    named = {"id": f"Indicator:{project.indicator_id}"}
    return cast.nairobi_coordinator, named, {"meansOfVerification": "A survey."}


async def _definition(cast: Cast) -> Made:
    plan = DefinitionPlan(
        title="Visits spared",
        result_title="Fewer errands",
        result_type=ResultType.OUTCOME,
        benefit=Benefit.RECIPIENT,
        measure=Measure.UNIT,
        ascending=True,
        accumulation=Accumulation.PERIOD,
        aggregation=Aggregation.SUM,
        unit="visits",
        means_of_verification="The register.",
    )
    row = await library.add_definition(cast.officer, plan)
    return cast.officer, {"id": f"IndicatorDefinition:{row.id}"}, {"unit": "errands"}


async def _period(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "draft")
    day = str(factories.today(-9))
    return cast.nairobi_coordinator, {"id": f"Period:{project.period_id}"}, {"endsOn": day}


async def _dimension(cast: Cast) -> Made:
    row = await _gender(cast, await factories.joint_project(cast, "draft"))
    return cast.nairobi_coordinator, {"id": f"Dimension:{row.id}"}, {"name": "sex"}


async def _gender(cast: Cast, project: factories.JointProject) -> Dimension:
    plan = DimensionPlan(name="gender", categories=["women", "men"], additive=False)
    author = cast.nairobi_coordinator
    return await dimensions.add_dimension(author, project.indicator_id, plan)


async def _line(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "draft")
    author = cast.nairobi_coordinator
    row = await budgets.add(author, project.id, cast.nairobi, test_budgets.PLAN)
    return author, {"id": f"BudgetLine:{row.id}"}, {"title": "Another"}


async def _risk(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "active")
    author = cast.nairobi_coordinator
    draft = test_risks.draft(mitigation="A lawyer.", person_id=author.person_id)
    row = await risks.add(author, project.id, cast.nairobi, draft)
    return author, {"id": f"Risk:{row.id}"}, {"title": "Another"}


async def _report(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "active")
    row = await factories.status_report(cast, project, state="draft")
    return cast.nairobi_coordinator, {"id": f"StatusReport:{row.id}"}, {"next": "More"}


async def _comment(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "active")
    author = cast.nairobi_coordinator
    about = test_comments.draft(CommentSubject.PROJECT, project.id, "When?", cast.seoul_mayor)
    row = await comments.add(author, about)
    return author, {"id": f"Comment:{row.id}"}, {"text": "How much?"}


async def _subscription(cast: Cast) -> Made:
    person = cast.seoul_mayor.person_id or 0
    row = await subscribe(cast.seoul_mayor, person, Schedule(weekday=4, working_days=False))
    return cast.seoul_mayor, {"id": f"DigestSubscription:{row.id}"}, {"hour": 6}


async def _profile(cast: Cast) -> Made:
    person = cast.nairobi_cio.person_id or 0
    whole = Profile(name="Wanjiru", language="sw", time_zone="Africa/Nairobi")
    await edit_profile(cast.nairobi_cio, person, whole)
    return cast.nairobi_cio, {"id": f"Person:{person}"}, {"name": "Another"}


async def _value(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "active")
    part = PartDraft(
        dimension_id=(await _gender(cast, project)).id, category="men", value=Decimal(4)
    )
    draft = ValueDraft(value=Decimal(12), parts=[part])
    author = cast.nairobi_coordinator
    row = await drafting.draft(author, project.period_id, cast.nairobi, draft)
    return author, {"id": f"Value:{row.id}"}, {"narrative": "Median"}


async def _evaluation(cast: Cast) -> Made:
    project = await factories.joint_project(cast, "finalising")
    author = cast.nairobi_coordinator
    await evaluations.draft(author, project.id, cast.nairobi, factories.evaluation_draft())
    named = {"projectId": f"Project:{project.id}", "cityId": f"City:{cast.nairobi}"}
    return author, named, {"remarks": "Slowly"}


EDITED: dict[str, Callable[[Cast], Awaitable[Made]]] = {
    "projectEdit": _project,
    "projectSetTolerances": _tolerances,
    "practiceEdit": _practice,
    "requestEdit": _request,
    "milestoneEdit": _milestone,
    "resultEdit": _result,
    "indicatorEdit": _indicator,
    "indicatorDefinitionEdit": _definition,
    "periodEdit": _period,
    "dimensionEdit": _dimension,
    "budgetLineEdit": _line,
    "riskEdit": _risk,
    "statusReportEdit": _report,
    "commentEdit": _comment,
    "digestSubscriptionEdit": _subscription,
    "personEditProfile": _profile,
    "valueRedraft": _value,
    "evaluationDraft": _evaluation,
}
BESIDES = {"commentEdit": {"edited_at"}, "valueRedraft": {"city"}}
"""What else such an edit says of itself."""


def test_every_mutation_that_edits_leaves_out_what_it_may() -> None:
    verbs = ("Edit", "EditProfile", "SetTolerances", "Redraft")
    edits = {name for name in PERFORMABLE if name.endswith(verbs)}
    assert edits <= set(EDITED)
    assert {name for name, each in PERFORMABLE.items() if each.mutation.action in EDITS} == set(
        EDITED
    )


@pytest.mark.parametrize("name", EDITED)
async def test_edit_of_one_field_leaves_the_rest(api: Api, cast: Cast, name: str) -> None:
    who, named, one = await EDITED[name](cast)
    for written in ({}, one):
        arguments = {**named, "input": written}
        text = document(name, arguments, lambda node: "id")
        found = await api.data(text, arguments, who)
        assert found[name]["problems"] == []
    event = await AuditEvent.objects().order_by(AuditEvent.id, ascending=False).first()
    assert event
    after, before = json.loads(event.after), json.loads(event.before)
    [field] = one
    told = "".join(f"_{c.lower()}" if c.isupper() else c for c in field)
    assert set(after) - BESIDES.get(name, set()) == {told}
    assert before[told] != after[told]


async def test_null_empties_what_may_be_empty_and_nothing_else(api: Api, cast: Cast) -> None:
    who, named, _ = await _project(cast)
    emptied: dict[str, Any] = {"themes": None, "sectors": [], "sdgGoals": None}
    text = document("projectEdit", {**named, "input": {}}, lambda node: "id")
    found = await api.data(text, {**named, "input": emptied}, who)
    assert found["projectEdit"]["problems"] == []
    [row] = await Project.objects().where(Project.id == int(named["id"][8:]))
    assert (row.themes, row.sdg_goals, row.confidential) == ([], [], True)
    needed = {"confidential": None, "title": None}
    found = await api.data(text, {**named, "input": needed}, who)
    fields = [each["field"] for each in found["projectEdit"]["problems"]]
    assert sorted(fields) == [["input", "confidential"], ["input", "title"]]


async def test_field_that_is_named_is_judged_with_those_that_are_not(api: Api, cast: Cast) -> None:
    row = await factories.request(cast, budget_amount=None, budget_currency=None)
    arguments = {"id": f"Request:{row.id}", "input": {"budgetAmount": "5"}}
    text = document("requestEdit", arguments, lambda node: "id")
    found = await api.data(text, arguments, cast.nairobi_cio)
    [problem] = found["requestEdit"]["problems"]
    assert problem["field"] == ["input", "budgetCurrency"]


async def test_edit_of_what_two_agreed_on_changes_its_title_only(api: Api, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    named, who = {"id": f"Milestone:{project.milestone_id}"}, cast.nairobi_coordinator
    easier = {"title": "Portal", "kind": "TRAINING", "acceptanceCriteria": "None."}
    text = document("milestoneEdit", {**named, "input": easier}, lambda node: "id")
    found = await api.data(text, {**named, "input": easier}, who)
    refused = {each["field"][1]: each["message"] for each in found["milestoneEdit"]["problems"]}
    assert set(refused) == {"kind", "acceptanceCriteria"}
    assert "propose another milestone with it" in refused["kind"]
    kept = {"title": "Portal", "kind": "DELIVERABLE"}
    found = await api.data(text, {**named, "input": kept}, who)
    assert found["milestoneEdit"]["problems"] == []
