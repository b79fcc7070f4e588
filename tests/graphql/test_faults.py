"""What fails when an operation runs: one field does, with code, path and argument; the others are
answered."""

import asyncio
import gc
from contextlib import suppress
from importlib import import_module
from json import loads
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.graphql.conftest import Api
from tracker.domain.actor import PUBLIC
from tracker.graphql import READS, graphql_schema, respond
from tracker.graphql.planner.declare import Declaration, Scalar
from tracker.graphql.planner.kinds import FLOAT
from tracker.graphql.planner.limits import Limits
from tracker.graphql.registry import registry


@pytest.mark.parametrize(
    ("field", "code", "argument"),
    [
        ('city(id: "Project:1") { id }', "BAD_ARGUMENT", ["bad", "id"]),
        ('node(id: "Nothing:1") { id }', "BAD_ARGUMENT", ["bad", "id"]),
        ('city(id: "City:1") { requests(first: 1001) { totalCount nodes { id } } }', "BAD_ARGUMENT",
         ["bad", "requests", "first"]),
        ('city(id: "City:1") { requests(after: "x") { nodes { id } } }', "BAD_CURSOR",
         ["bad", "requests", "after"]),
        ('city(id: "City:1") { requests(first: 1, last: 1) { totalCount } }', "BAD_ARGUMENT",
         ["bad", "requests", "last"]),
        ('city(id: "City:1") { requests(filter: {city: {id: {in: ["City:1", "X:2"]}}})'
         " { totalCount } }", "BAD_ARGUMENT", ["bad", "requests", "filter", "city", "id", "in"]),
        ('city(id: "City:1") { participations { edges { node { project { p: milestones('
         'filter: {or: [{title: {eq: "a"}}, {title: {eq: null}}]}) { totalCount } } } } } }',
         "BAD_ARGUMENT", ["bad", "participations", "edges", "node", "project", "p", "filter", "or",
                          "1", "title", "eq"]),
        ('projectByCode(code: "\\u0000") { id }', "BAD_VALUE", None),
    ],
)  # fmt: skip
async def test_fault_of_one_field_leaves_the_others_alone(
    api: Api, cast: Cast, field: str, code: str, argument: list[str] | None
) -> None:
    document = f"{{ good: cities {{ totalCount }}\n  bad: {field} }}"
    found = await api.answer(document, limits=None)
    assert found["data"] == {"good": {"totalCount": 3}, "bad": None}
    [error] = found["errors"]
    assert error["path"] == ["bad"]
    assert error["locations"][0]["line"] == 2
    assert error["extensions"]["code"] == code
    assert error["extensions"].get("argument") == argument


async def test_fault_where_something_must_be_takes_all_with_it(api: Api, cast: Cast) -> None:
    """Per GraphQL: a connection is never null, so the null moves up to the whole answer."""
    document = "query($n: Int) { cities(first: $n) { nodes { id } } people { totalCount } }"
    found = await api.answer(document, {"n": 101})
    assert found["data"] is None
    [error] = found["errors"]
    assert (error["path"], error["extensions"]["argument"]) == (["cities"], ["cities", "first"])


@pytest.mark.parametrize(
    ("field", "argument"),
    [
        ('portfolio { b: budget { c: converted(to: "nope") { amount } } }',
         ["bad", "b", "c", "to"]),
        ('portfolio { groups(by: [STATE], first: 50000) { totalCount nodes { count } } }',
         ["bad", "groups", "first"]),
        ('portfolio { groups(by: []) { totalCount } }', ["bad", "groups", "by"]),
        ('portfolio { groups(by: [DONOR_CITY]) { nodes { keys { d: donorCity { '
         'requests(first: 101) { nodes { id } } } } } } }',
         ["bad", "groups", "nodes", "keys", "d", "requests", "first"]),
        ('portfolio(filter: {title: {eq: null}}) { count }', ["bad", "filter", "title", "eq"]),
        ('portfolio(on: "2999-01-01") { count }', ["bad", "on"]),
        ('portfolioHistory(from: "2026-02-01", to: "2026-01-01") { on count }', ["bad", "from"]),
        ('portfolioHistory(from: "2026-02-01", to: "2999-01-01", every: QUARTER) { on count }',
         ["bad", "every"]),
    ],
)  # fmt: skip
async def test_fault_inside_figures_says_the_whole_way(
    api: Api, cast: Cast, field: str, argument: list[str]
) -> None:
    found = await api.answer(f"{{\n  bad: {field} }}")
    [error] = found["errors"]
    assert (found["data"], error["path"]) == (None, ["bad"])
    assert error["locations"][0]["line"] == 2
    assert error["extensions"] == {"code": "BAD_ARGUMENT", "argument": argument}


@pytest.fixture
def computed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """City.latitude computed by the given SQL."""
    declaration: Declaration = registry.declarations["City"]
    broken = Scalar(FLOAT, f"({request.param})", True, "Broken for a test.")
    monkeypatch.setitem(declaration.fields, "latitude", broken)
    return str(request.param)


@pytest.mark.parametrize(
    ("computed", "code"),
    [
        ("1 / ({t}.id - {t}.id)", "DIVISION_BY_ZERO"),
        ("power(10::float8, 300 + {t}.id) * power(10::float8, 300)", "NUMBER_OUT_OF_RANGE"),
        ("CASE WHEN {t}.name ~ ('(' || {t}.name) THEN 1 END", "BAD_PATTERN"),
        ("({t}.name)::integer", "BAD_VALUE"),
    ],
    indirect=["computed"],
)
async def test_error_of_postgresql_becomes_one_of_its_field(
    api: Api, cast: Cast, computed: str, code: str
) -> None:
    document = f"""{{ good: city(id: "City:{cast.seoul}") {{ name }}
      bad: city(id: "City:{cast.lima}") {{ latitude }} # {code}
    }}"""
    found = await api.answer(document)
    assert found["data"] == {"good": {"name": "Seoul"}, "bad": None}
    [error] = found["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["bad"], code)


@pytest.mark.parametrize("computed", ["(SELECT 1 FROM pg_sleep(30))"], indirect=True)
async def test_timeout_is_told_once_and_takes_no_longer_than_twice(
    api: Api, cast: Cast, computed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone, a field is not tried again; beside others, each gets its share of the time."""
    monkeypatch.setattr(import_module("tracker.graphql.reading"), "SECONDS_MOST", 0.8)
    slow = f'city(id: "City:{cast.lima}") {{ latitude }}'
    found = await _hurried(api, f"{{ slow: {slow} }}")
    assert (found["data"], len(api.statements)) == ({"slow": None}, 1)
    [error] = found["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["slow"], "TIMEOUT")
    found = await _hurried(api, f"{{ slow: {slow} quick: cities {{ totalCount }} }}")
    assert found["data"] == {"slow": None, "quick": {"totalCount": 3}}


async def _hurried(api: Api, document: str) -> dict[str, Any]:
    """The answer where one statement may take a moment only."""
    run = READS.run

    async def hurried(
        plan: Any, variables: Any, actor: Any, seconds: Any = None, **rest: Any
    ) -> bytes:
        return await run(plan, variables, actor, seconds or 0.4, **rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(READS, "run", hurried)
        return await api.answer(document)


NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ...N ... on City { name } } }"
NODES += " fragment N on Node { id ... on Project { state milestones { totalCount } } }"


async def test_nodes_come_in_order_and_null_where_there_is_none(api: Api, cast: Cast) -> None:
    project = await joint_project(cast, "agreed")
    draft = await joint_project(cast, "draft")
    lima, agreed = f"City:{cast.lima}", f"Project:{project.id}"
    ids = [lima, agreed, f"Project:{draft.id}", "City:999999999999", lima]
    shown = {"__typename": "City", "id": lima, "name": "Lima"}
    expected = [
        shown,
        {"__typename": "Project", "id": agreed, "state": "AGREED", "milestones": {"totalCount": 1}},
        None,
        None,
        shown,
    ]
    assert (await api.data(NODES, {"ids": ids}))["nodes"] == expected
    assert len(api.statements) == 1
    literals = ", ".join(f'"{each}"' for each in ids[1:])
    mixed = NODES.replace("$ids: [ID!]!", "$id: ID!").replace("$ids", f"[$id, {literals}]")
    assert (await api.data(mixed, {"id": lima}))["nodes"] == expected
    assert (await api.data(NODES, {"ids": []}))["nodes"] == []
    assert (await api.data(NODES, {"ids": lima}))["nodes"] == [shown]
    core = await api.answer(
        NODES.replace("{ nodes", "{ __schema { __typename } nodes"), {"ids": ids}
    )
    assert core["data"]["nodes"] == expected


async def test_nodes_are_a_hundred_at_most_of_known_types(api: Api) -> None:
    [error] = await api.errors(NODES, {"ids": ["City:1"] * 101})
    assert "at most 100" in error


async def test_what_is_no_id_is_null_beside_the_others(api: Api, cast: Cast) -> None:
    lima = f"City:{cast.lima}"
    shown = {"__typename": "City", "id": lima, "name": "Lima"}
    ids = [lima, "Nothing:1", "City:x", lima]
    beside = NODES.replace("{ nodes", "{ __schema { __typename } nodes")
    for document in (NODES, beside):
        found = await api.answer(document, {"ids": ids})
        assert found["data"]["nodes"] == [shown, None, None, shown]
        first, second = found["errors"]
        assert "'Nothing' is no type" in first["message"]
        assert "'City:x' is not the id of a City" in second["message"]
        assert (first["path"], second["path"]) == (["nodes", 1], ["nodes", 2])
        assert first["extensions"] == {"code": "BAD_ARGUMENT", "argument": ["nodes", "ids", "1"]}
    for text in ("x", "", ":", ":1", "7"):
        found = await api.answer(NODES, {"ids": [text]})
        assert found["data"]["nodes"] == [None]
        assert "ids look like Project:12" in found["errors"][0]["message"]
    found = await api.answer('{ node(id: "Foo:1") { id } }')
    assert found["data"] == {"node": None}
    assert found["errors"][0]["path"] == ["node"]


async def test_nodes_count_towards_the_rows_of_nested_pages(api: Api) -> None:
    document = NODES.replace("milestones {", "milestones(first: 100) {")
    [error] = await api.errors(document, {"ids": ["Project:1"] * 100})
    assert "asks for up to 10,000 rows" in error


def test_schema_names_the_same_limit() -> None:
    assert graphql_schema.query_type
    ids = graphql_schema.query_type.fields["nodes"].args["ids"]
    assert "100" in str(ids.description)


async def test_operation_that_is_cancelled_leaves_nothing_begun(
    api: Api, recwarn: pytest.WarningsRecorder
) -> None:
    document = "{ wrong: cities(first: -1) { totalCount } a: cities { totalCount } b: __typename }"
    for turns in range(8):
        asking = asyncio.create_task(api.answer(document))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
    gc.collect()
    assert not [each for each in recwarn if "never awaited" in str(each.message)]


@pytest.mark.parametrize(
    ("document", "code", "message", "column"),
    [
        ("{ viewer { id ", "GRAPHQL_PARSE_FAILED", "found <EOF>", 15),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field", 3),
        ('{ milestones(filter: {dueOn: {eq: "2026-13-01"}}) { totalCount } }',
         "GRAPHQL_VALIDATION_FAILED", "is not a date", 35),
        ("{ projects(filter: {health: {eq: BLUE}}) { totalCount } }",
         "GRAPHQL_VALIDATION_FAILED", "There are: GREEN, AMBER, RED, UNKNOWN.", 34),
    ],
)  # fmt: skip
async def test_document_at_fault_has_a_code_and_a_place(
    document: str, code: str, message: str, column: int
) -> None:
    answer = await respond(document, actor=PUBLIC)
    [error] = loads(answer.body)["errors"]
    assert message in error["message"]
    assert (error["extensions"], error["locations"]) == (
        {"code": code},
        [{"line": 1, "column": column}],
    )


async def test_permitted_values_are_not_told_where_suggestions_are_not() -> None:
    document = "{ projects(filter: {health: {eq: BLUE}}) { totalCount } }"
    answer = await respond(document, actor=PUBLIC, limits=Limits(suggestions=False))
    assert b"GREEN" not in answer.body
