"""What the trail tells has the names of the schema, whatever the database calls it."""

from decimal import Decimal

from strawberry.utils.str_converters import to_camel_case

from tests import factories
from tests.cast import Cast
from tests.factories import today
from tests.graphql.conftest import Api
from tests.web.test_trail import audited_columns
from tracker.domain.database import fetch
from tracker.domain.outcomes import drafting
from tracker.domain.outcomes.content import ValueDraft

TOLD = """
query ($verb: String!, $kind: String!) {
  auditEvents(filter: { verb: { eq: $verb }, subjectType: { eq: $kind } }) {
    nodes { before after about }
  }
}"""

PROPOSE = """
mutation ($project: ID!, $city: ID!, $milestone: ID!, $day: Date!) {
  planChangePropose(projectId: $project, cityId: $city, input: {
    reason: "Later", moves: [{ milestoneId: $milestone, dueOn: $day }]
  }) { planChange { id items { nodes { before after } } } problems { field message } }
}"""


async def test_trail_tells_fields_enums_and_rows_as_the_schema_names_them(
    api: Api, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "draft")
    found = await api.data(TOLD, {"verb": "add", "kind": "milestone"}, cast.nairobi_coordinator)
    told = found["auditEvents"]["nodes"][0]["after"]
    assert told["project"] == f"Project:{project.id}"
    assert told["city"] == f"City:{cast.nairobi}" or told["city"] == f"City:{cast.seoul}"
    assert (told["state"], told["submittedBy"]) == ("PLANNED", None)
    assert "dueOn" in told
    assert not any("_" in name for name in told)
    [kept] = await fetch("SELECT after ? 'due_on' AS raw FROM audit_event WHERE"
                         " subject_type = 'milestone' ORDER BY id LIMIT 1")  # fmt: skip
    assert kept["raw"], "what is sealed stays as it is"


async def test_parts_of_a_plan_change_are_told_in_the_schemas_names(api: Api, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    given = {
        "project": f"Project:{project.id}",
        "city": f"City:{cast.nairobi}",
        "milestone": f"Milestone:{project.milestone_id}",
        "day": str(today(60)),
    }
    made = (await api.data(PROPOSE, given, cast.nairobi_coordinator))["planChangePropose"]
    assert made["problems"] == []
    [item] = made["planChange"]["items"]["nodes"]
    assert item["after"] == {"dueOn": str(today(60))}
    found = await api.data(TOLD, {"verb": "propose", "kind": "plan_change"}, cast.seoul_coordinator)
    [event] = found["auditEvents"]["nodes"]
    [part] = event["after"]["items"]
    assert (part["kind"], part["after"]) == ("MOVE_MILESTONE", {"dueOn": str(today(60))})


async def test_draft_that_is_gone_is_told_with_its_indicator_and_period(
    api: Api, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    actor = cast.nairobi_coordinator
    draft = await drafting.draft(
        actor, project.period_id, cast.nairobi, ValueDraft(value=Decimal(3))
    )
    await drafting.discard(actor, draft.id)
    for verb in ("draft", "discard"):
        [event] = (await api.data(TOLD, {"verb": verb, "kind": "value"}, actor))["auditEvents"][
            "nodes"
        ]
        assert event["about"]["title"]
        assert event["about"]["startsOn"]
        assert event["about"]["gone"]


async def test_camel_case_of_postgresql_is_that_of_the_schema(api: Api) -> None:
    names = sorted({each._meta.name for each in audited_columns()})
    rows = await fetch("SELECT camel_case(n) AS told FROM unnest($1::text[]) n", names)
    assert [row["told"] for row in rows] == [to_camel_case(name) for name in names]
