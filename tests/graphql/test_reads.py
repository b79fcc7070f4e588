"""The planner's statements: one per operation, right for every shape of document, and visible
only to whom it should be."""

from decimal import Decimal

import pytest

from tests.cast import Cast
from tests.factories import practice
from tests.factories.projects import JointProject, evaluate, joint_project
from tests.graphql.conftest import Api
from tracker.domain.database import fetch
from tracker.domain.outcomes import reporting
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.graphql.planner.kept import Recent

NESTED = """
{ projects(first: 10) { totalCount nodes {
    code donorCity { name } recipientCity { name }
    milestones { nodes { title evidence { nodes { url } } } }
    results { nodes { indicators { nodes { title latestValue { value } } } } }
} } }
"""


@pytest.mark.parametrize("rows", [1, 3])
async def test_nested_query_takes_one_statement_however_many_rows(
    api: Api, cast: Cast, rows: int
) -> None:
    for _ in range(rows):
        await joint_project(cast, "closed")
    found = (await api.data(NESTED, actor=cast.officer))["projects"]
    assert len(api.statements) == 1
    assert found["totalCount"] == rows == len(found["nodes"])
    project = found["nodes"][0]
    assert (project["donorCity"]["name"], project["recipientCity"]["name"]) == ("Seoul", "Nairobi")
    assert project["milestones"]["nodes"][0]["evidence"]["nodes"]
    assert project["results"]["nodes"][0]["indicators"]["nodes"][0]["latestValue"]["value"] == "12"


async def test_values_are_bound_and_never_part_of_the_statement(api: Api) -> None:
    for text in ("Bobby'); DROP TABLE city;--", "{t}", ":person", "%(x)s", "$1", "\\"):
        document = "query($text: String) { cities(filter: {name: {eq: $text}}) { totalCount } }"
        assert (await api.data(document, {"text": text}))["cities"]["totalCount"] == 0
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        await api.data(f'{{ cities(filter: {{name: {{contains: "{quoted}"}}}}) {{ totalCount }} }}')
        assert text == "$1" or text not in api.statements[0]


async def test_text_survives_the_way_to_json(api: Api, cast: Cast) -> None:
    summary = 'Quotes " and \\ and 서울 and \u2028 and \x07 and ’ and 🏙'
    await joint_project(cast)
    await fetch("UPDATE project SET summary = $1", summary)  # as rows of before have it
    found = await api.data("{ projects { nodes { summary } } }", actor=cast.nairobi_coordinator)
    assert found["projects"]["nodes"][0]["summary"] == summary


async def test_aliases_fragments_and_directives(api: Api, cast: Cast) -> None:
    document = """
    query Q($with: Boolean!, $id: ID!) {
      one: city(id: $id) {
        ...Name @include(if: $with)
        ... on Node { id }
        ... @skip(if: $with) { zone: timeZone }
      }
      two: cities(first: 1, orderBy: [{field: NAME}]) {
        nodes { a: name b: name __typename }
        __typename
      }
      __typename
    }
    fragment Name on City { name }
    """
    variables = {"id": f"City:{cast.seoul}"}
    found = await api.data(document, {**variables, "with": True})
    assert found == {
        "one": {"name": "Seoul", "id": f"City:{cast.seoul}"},
        "two": {
            "nodes": [{"a": "Lima", "b": "Lima", "__typename": "City"}],
            "__typename": "CityConnection",
        },
        "__typename": "Query",
    }
    found = await api.data(document, {**variables, "with": False})
    assert found["one"] == {"id": f"City:{cast.seoul}", "zone": "Asia/Seoul"}


async def test_node_finds_any_type_by_its_id(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "agreed")
    document = (
        "query($id: ID!) { node(id: $id) { __typename id ... on Project { state }"
        " ... on City { name } } }"
    )
    found = await api.data(document, {"id": f"Project:{project.id}"})
    assert found["node"] == {
        "__typename": "Project",
        "id": f"Project:{project.id}",
        "state": "AGREED",
    }
    found = await api.data(document, {"id": f"City:{cast.lima}"})
    assert found["node"]["name"] == "Lima"
    assert (await api.data(document, {"id": "City:999999999999"}))["node"] is None
    [error] = await api.errors(document, {"id": "Nothing:1"})
    assert "'Nothing' is no type" in error


@pytest.mark.parametrize(
    "filter_",
    [
        {"state": {"eq": "ACTIVE"}},
        {"state": {"in": ["ACTIVE", "CLOSED"]}, "title": {"contains": "PERMITS"}},
        {"or": [{"state": {"eq": "ACTIVE"}}, {"code": {"eq": "none"}}]},
        {"not": {"state": {"eq": "DRAFT"}}},
        {"and": [{"sdgGoals": {"has": 11}}, {"themes": {"has": "permits"}},
                 {"state": {"in": ["ACTIVE"]}}]},
        {"milestones": {"some": {"city": {"name": {"startsWith": "nai"}}}},
         "state": {"eq": "ACTIVE"}},
        {"agreedAt": {"isNull": False}},
        {"recipientCity": {"name": {"eq": "Nairobi"}}, "state": {"eq": "ACTIVE"}},
    ],
)  # fmt: skip
async def test_filter_given_as_variable_or_literal_finds_the_same(
    api: Api, cast: Cast, filter_: dict[str, object]
) -> None:
    active = await joint_project(cast, "active")
    await joint_project(cast, "draft")
    document = "query($f: ProjectFilter) { projects(filter: $f) { nodes { id } } }"
    found = await api.data(document, {"f": filter_}, cast.nairobi_coordinator)
    assert found["projects"]["nodes"] == [{"id": f"Project:{active.id}"}]
    literal = f"{{ projects(filter: {_graphql(filter_)}) {{ nodes {{ id }} }} }}"
    assert await api.data(literal, actor=cast.nairobi_coordinator) == found


def _graphql(value: object) -> str:
    """A JSON value as a GraphQL literal; words in capitals are enum values."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_graphql(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_graphql, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.isupper() and value != "PERMITS":
        return value
    return f'"{value}"' if isinstance(value, str) else str(value)


INVISIBLE = [
    ("{ projects { totalCount nodes { id } } }", {"projects": {"totalCount": 0, "nodes": []}}),
    ('{ project(id: "Project:ID") { id } }', {"project": None}),
    ('{ node(id: "Project:ID") { id } }', {"node": None}),
    ('{ milestones { totalCount } }', {"milestones": {"totalCount": 0}}),
    ('{ milestone(id: "Milestone:MS") { id } }', {"milestone": None}),
    ("{ indicators { totalCount } periods { totalCount } results { totalCount } }",
     {"indicators": {"totalCount": 0}, "periods": {"totalCount": 0}, "results": {"totalCount": 0}}),
    ("{ participations { totalCount } sectors { totalCount } }",
     {"participations": {"totalCount": 0}, "sectors": {"totalCount": 0}}),
    ("{ auditEvents(filter: {project: {}}) { totalCount } }", {"auditEvents": {"totalCount": 0}}),
    ('{ cities(filter: {participations: {some: {}}}) { totalCount } }',
     {"cities": {"totalCount": 0}}),
    ('{ cities(filter: {participations: {some: {project: {title: {contains: "e"}}}}})'
     " { totalCount } }", {"cities": {"totalCount": 0}}),
]  # fmt: skip


@pytest.mark.parametrize(("document", "expected"), INVISIBLE)
@pytest.mark.parametrize("viewer", ["public", "lima_coordinator", "seoul_coordinator", "officer"])
async def test_draft_does_not_exist_for_anybody_but_its_city(
    api: Api, cast: Cast, document: str, expected: object, viewer: str
) -> None:
    draft = await joint_project(cast, "draft")
    document = document.replace("ID", str(draft.id), 1) if "Project:ID" in document else document
    document = document.replace("MS", str(draft.milestone_id))
    assert await api.data(document, actor=cast[viewer]) == expected


async def test_unapproved_value_is_hidden_from_the_public_everywhere(api: Api, cast: Cast) -> None:
    await _reported(cast)
    document = """{
      values { totalCount }
      projects { nodes { values { totalCount } } }
      periods { nodes { values { totalCount } approvedValue { id } } }
      some: periods(filter: {values: {some: {value: {gt: "0"}}}}) { totalCount }
    }"""
    public = await api.data(document)
    assert public["values"] == {"totalCount": 0}
    assert public["projects"]["nodes"] == [{"values": {"totalCount": 0}}]
    assert public["periods"]["nodes"] == [{"values": {"totalCount": 0}, "approvedValue": None}]
    assert public["some"] == {"totalCount": 0}
    inside = await api.data(document, actor=cast.seoul_coordinator)
    assert (inside["values"], inside["some"]) == ({"totalCount": 1}, {"totalCount": 1})


async def _reported(cast: Cast) -> JointProject:
    project = await joint_project(cast, "active")
    await reporting.report(
        cast.nairobi_coordinator, project.period_id, cast.nairobi, ValueDraft(value=Decimal(12))
    )
    return project


async def test_confidential_project_stays_inside_after_agreement(api: Api, cast: Cast) -> None:
    await joint_project(cast, "active", confidential=True)
    document = "{ projects { totalCount } milestones { totalCount } }"
    nothing = {"projects": {"totalCount": 0}, "milestones": {"totalCount": 0}}
    assert await api.data(document) == nothing
    assert await api.data(document, actor=cast.lima_mayor) == nothing
    assert (await api.data(document, actor=cast.seoul_mayor))["projects"]["totalCount"] == 1
    assert (await api.data(document, actor=cast.auditor))["projects"]["totalCount"] == 1


async def test_address_is_shown_to_colleagues_only(api: Api, cast: Cast) -> None:
    document = '{ people(filter: {email: {contains: "seoul_mayor"}}) { nodes { email } } }'
    shown = {"people": {"nodes": [{"email": "seoul_mayor@example.org"}]}}
    assert await api.data(document, actor=cast.seoul_coordinator) == shown
    assert await api.data(document, actor=cast.auditor) == shown
    assert await api.data(document, actor=cast.nairobi_mayor) == {"people": {"nodes": []}}
    assert await api.data(document) == {"people": {"nodes": []}}


async def test_viewer_is_whoever_is_signed_in(api: Api, cast: Cast) -> None:
    document = "{ viewer { name memberships { nodes { role city { name } } } } }"
    found = await api.data(document, actor=cast.nairobi_mayor)
    assert found["viewer"]["memberships"]["nodes"] == [
        {"role": "MAYOR", "city": {"name": "Nairobi"}}
    ]
    assert await api.data(document) == {"viewer": None}


@pytest.mark.parametrize(
    "selection",
    [
        NESTED.strip().removeprefix("{").removesuffix("}"),
        "cities { totalCount nodes { id name languages latitude population membership today } }",
        "projects { nodes { id state progress health createdAt plannedStartOn sdgGoals"
        " confidential practice { id } nextMilestone { dueOn kind } } }",
        "people { nodes { email createdAt memberships { nodes { role } } } }",
        "auditEvents { nodes { verb at before after actor { name } } }",
        "viewer { name } node(id: \"City:1\") { __typename id }",
        "node(id: \"City:1\") { id }",
        "projects(first: 1) { pageInfo { endCursor hasNextPage } edges { cursor node { code } } }",
    ],
)  # fmt: skip
async def test_graphql_core_gives_the_same_answer(api: Api, cast: Cast, selection: str) -> None:
    """Introspection sends an operation to graphql-core, which completes the planner's rows."""
    await joint_project(cast, "closed")
    await joint_project(cast, "active")
    for actor in (cast.public, cast.seoul_coordinator, cast.officer):
        planned = await api.answer(f"{{ {selection} }}", actor=actor, limits=None)
        mixed = await api.answer(
            f"{{ {selection} __schema {{ queryType {{ name }} }} }}", actor=actor, limits=None
        )
        mixed["data"].pop("__schema")
        assert mixed == planned


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ projects( ", "Syntax Error"),
        ("{ nothing }", "Cannot query field 'nothing'"),
        ("{ project { id } }", "of type 'ID!' is required"),
        ('{ project(id: "City:1") { id } }', "'City:1' is not the id of a Project"),
        ("{ projects(filter: {title: {eq: null}}) { totalCount } }", "write isNull: true"),
        ("{ projects(filter: {not: null}) { totalCount } }", "null is no filter"),
        ("{ projects(filter: {and: null}) { totalCount } }", "null is no filter"),
        ("{ projects(filter: {leadCity: null}) { totalCount } }", "null is no filter"),
        ('{ cities(filter: {name: {eq: "\\u0000"}}) { totalCount } }', "cannot be used here"),
        ('{ values(filter: {value: {eq: "1e131072"}}) { totalCount } }', "1,000 digits"),
        ('{ values(filter: {value: {lt: "1e-20000"}}) { totalCount } }', "1,000 digits"),
        ("query A { __typename } query B { __typename }", "operationName"),
        ("{ projects(first: 100) { nodes { milestones(first: 100) { nodes { id } } } } }",
         "asks for up to 10,000 rows"),
        ("{ projects { nodes " + "{ milestones(first: 1) { nodes { project " * 3
         + "{ leadCity { name } }" + " } } }" * 3 + " } }", "Fields nest 9 deep"),
        ("{ " + " ".join(f"a{i}: __typename" for i in range(16)) + " }", "16 aliases"),
        ("{ " + "cities { totalCount } " * 400 + "}", "more than 1000"),
    ],
)  # fmt: skip
async def test_bad_document_is_answered_with_what_is_wrong(
    api: Api, document: str, message: str
) -> None:
    errors = await api.errors(document)
    assert any(message in error for error in errors), errors


async def test_null_variable_in_a_filter_never_widens_it(api: Api, cast: Cast) -> None:
    document = "query($id: ID) { projects(filter: {leadCity: {id: {eq: $id}}}) { totalCount } }"
    [error] = await api.errors(document, {"id": None}, cast.officer)
    assert "isNull" in error
    await joint_project(cast, "submitted")
    assert (await api.data(document, {}, cast.officer))["projects"]["totalCount"] == 1


async def test_one_variable_read_as_two_types_of_id_fits_neither(api: Api, cast: Cast) -> None:
    document = """query($id: ID) { projects(filter:
      {or: [{id: {eq: $id}}, {leadCity: {id: {eq: $id}}}]}) { nodes { code } } }"""
    [error] = await api.errors(document, {"id": "Project:1"}, cast.officer)
    assert "is not the id of a" in error


def _nested(depth: int) -> dict[str, object]:
    filter_: dict[str, object] = {"state": {"eq": "ACTIVE"}}
    for _ in range(depth):
        filter_ = {"milestones": {"some": {"project": filter_}}}
    return filter_


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        (_nested(3), "through more than 5 relations"),
        (_nested(60), "through more than 5 relations"),
        ({"or": [{"title": {"contains": "x"}}] * 101}, "More than 100 conditions"),
        ({"and": [{"and": [{"and": [{}] * 60}]}] * 2}, None),
    ],
)
async def test_filter_nobody_means_is_refused_before_it_is_planned(
    api: Api, filter_: dict[str, object], message: str | None
) -> None:
    document = "query($f: ProjectFilter) { projects(filter: $f) { totalCount } }"
    found = await api.answer(document, {"f": filter_})
    if message is None:
        assert "errors" not in found
    else:
        assert message in found["errors"][0]["message"]
        assert api.statements == []


async def test_empty_filters_say_what_they_say(api: Api, cast: Cast) -> None:
    for filter_, count in (("{and: []}", 3), ("{or: []}", 0), ("{not: {}}", 0), ("{}", 3)):
        found = await api.data(f"{{ cities(filter: {filter_}) {{ totalCount }} }}")
        assert found["cities"]["totalCount"] == count


async def test_skip_by_null_is_an_error(api: Api) -> None:
    document = "query($s: Boolean = true) { cities { totalCount @skip(if: $s) __typename } }"
    [error] = await api.errors(document, {"s": None})
    assert "null" in error
    assert (await api.data(document, {}))["cities"] == {"__typename": "CityConnection"}


async def test_trail_tells_nothing_of_an_evaluation_that_is_still_hidden(
    api: Api, cast: Cast
) -> None:
    project = await joint_project(cast, "finalising")
    await evaluate(cast, project.id, "seoul")
    document = """{ auditEvents(filter: {subjectType: {eq: "evaluation"}}) { nodes { after } }
      projects { nodes { events(filter: {subjectType: {eq: "evaluation"}}) { totalCount } } } }"""
    for viewer, count in (("nairobi_coordinator", 0), ("seoul_mayor", 1)):
        found = await api.data(document, actor=cast[viewer])
        assert len(found["auditEvents"]["nodes"]) == count
        assert found["projects"]["nodes"][0]["events"]["totalCount"] == count
    await evaluate(cast, project.id, "nairobi")
    found = await api.data(document, actor=cast.nairobi_coordinator)
    assert len(found["auditEvents"]["nodes"]) == 2


async def test_trail_tells_the_secretariat_nothing_of_a_practice_draft(
    api: Api, cast: Cast
) -> None:
    await practice(cast, state="draft")
    document = '{ auditEvents(filter: {subjectType: {eq: "practice"}}) { totalCount } }'
    for viewer, count in (("officer", 0), ("auditor", 0), ("seoul_coordinator", 1)):
        found = await api.data(document, actor=cast[viewer])
        assert found["auditEvents"]["totalCount"] == count


async def test_null_for_a_whole_filter_means_none(api: Api, cast: Cast) -> None:
    await joint_project(cast, "submitted")
    document = "query($f: ProjectFilter) { projects(filter: $f, orderBy: null) { totalCount } }"
    given: list[dict[str, object]] = [{}, {"f": None}, {"f": {}}]
    for variables in given:
        found = await api.data(document, variables, cast.officer)
        assert found["projects"]["totalCount"] == 1


def test_cache_forgets_what_was_used_longest_ago() -> None:
    recent: Recent[int, str] = Recent(2)
    for key in (1, 2, 1, 3):
        recent.recall(key, lambda: "made")
    assert list(recent) == [1, 3]


async def test_regions_are_named_beside_their_codes(api: Api, cast: Cast) -> None:
    document = "{ cities(first: 100) { nodes { name regionCode regionName } } }"
    nodes = (await api.data(document))["cities"]["nodes"]
    named = {each["name"]: (each["regionCode"], each["regionName"]) for each in nodes}
    assert named["Seoul"] == ("142", "Asia")
    assert named["Nairobi"] == ("002", "Africa")
    filtered = '{ cities(filter: { regionName: { eq: "Africa" } }) { nodes { name regionCode } } }'
    found = (await api.data(filtered))["cities"]["nodes"]
    assert {each["regionCode"] for each in found} == {"002"}
