"""What a comment, an event or a reminder is about, by one global id and as a row of its type."""

from tests import factories
from tests.cast import Cast
from tests.graphql.conftest import Api

ADD = """
mutation ($input: CommentDraftInput!) {
  commentAdd(input: $input) {
    comment { id unresolvedMentions mentions { nodes { person { id } } }
              subject { __typename id ... on Milestone { title } } }
    problems { field code message }
  }
}"""

ABOUT = """
query ($ids: [ID!]) {
  comments(filter: { subject: { in: $ids } }) { nodes { text subject { id } } }
  auditEvents(filter: { subject: { in: $ids } }) { nodes { verb subject { id } } }
}"""


async def test_comment_is_added_and_found_by_the_global_id_of_its_subject(
    api: Api, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    milestone = f"Milestone:{project.milestone_id}"
    for subject in (milestone, f"Project:{project.id}"):
        said = {"subjectId": subject, "text": "Who pays?"}
        found = await api.data(ADD, {"input": said}, cast.nairobi_coordinator)
        assert found["commentAdd"]["comment"]["subject"]["id"] == subject
    found = await api.data(ABOUT, {"ids": [milestone]}, cast.nairobi_coordinator)
    assert found["comments"]["nodes"] == [{"text": "Who pays?", "subject": {"id": milestone}}]
    assert {each["subject"]["id"] for each in found["auditEvents"]["nodes"]} == {milestone}
    for ids in ([], ["Practice:1"], ["Person:2147483648"]):
        found = await api.data(ABOUT, {"ids": ids}, cast.nairobi_coordinator)
        assert found == {"comments": {"nodes": []}, "auditEvents": {"nodes": []}}


async def test_comment_on_what_is_none_is_refused_by_the_argument(api: Api, cast: Cast) -> None:
    await factories.joint_project(cast, "active")
    for subject, code in (("Milestone:999", "NOT_FOUND"), ("Person:1", "NOT_FOUND"),
                          ("Budget:1", "INVALID"), ("Milestone", "INVALID")):  # fmt: skip
        asked = {"input": {"subjectId": subject, "text": "Who pays?"}}
        found = (await api.data(ADD, asked, cast.nairobi_coordinator))["commentAdd"]
        assert [each["code"] for each in found["problems"]] == [code], subject


async def test_filter_by_what_is_no_id_says_so(api: Api, cast: Cast) -> None:
    for text in ("milestone", "", ":5"):
        [said] = await api.errors(ABOUT, {"ids": [text]}, cast.officer)
        assert "ids look like Project:12" in said


async def test_event_of_a_row_that_is_gone_has_no_subject(api: Api, cast: Cast) -> None:
    project = await factories.joint_project(cast, "draft")
    remove = "mutation ($id: ID!) { milestoneRemove(id: $id) { problems { message } } }"
    text = """mutation ($project: ID!, $city: ID!, $day: Date!) { milestoneAdd(
      projectId: $project, cityId: $city, input: { title: "Spare", dueOn: $day, kind: TRAINING })
      { milestone { id } problems { message field } } }"""
    given = {"project": f"Project:{project.id}", "city": f"City:{cast.nairobi}"}
    added = await api.data(
        text, {**given, "day": str(factories.today(30))}, cast.nairobi_coordinator
    )
    own = added["milestoneAdd"]["milestone"]["id"]
    await api.data(remove, {"id": own}, cast.nairobi_coordinator)
    found = await api.data(ABOUT, {"ids": [own]}, cast.nairobi_coordinator)
    assert [each["subject"] for each in found["auditEvents"]["nodes"]] == [None, None]


async def test_mention_of_nobody_is_told_as_a_warning_and_one_by_a_wrong_id_is_refused(
    api: Api, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    who, mayor = cast.nairobi_coordinator, cast.seoul_mayor
    name = (await api.data("{ viewer { name } }", actor=mayor))["viewer"]["name"]
    said = {"subjectId": f"Project:{project.id}", "text": f"@Nobody, ask @{name} or a@b.org"}
    found = (await api.data(ADD, {"input": said}, who))["commentAdd"]["comment"]
    assert found["unresolvedMentions"] == ["Nobody"]
    assert found["mentions"]["nodes"] == [{"person": {"id": f"Person:{mayor.person_id}"}}]
    wrong = {**said, "personIds": ["Person:2147483648"]}
    refused = (await api.data(ADD, {"input": wrong}, who))["commentAdd"]
    assert refused["problems"] == [
        {"field": ["input", "personIds"], "code": "INVALID", "message": "There is no such person."}
    ]
