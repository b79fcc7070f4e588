"""What anybody's document may ask for: refused in words, and before it costs anything."""

import pytest
from graphql import get_introspection_query

from tests.graphql.conftest import Api
from tracker.domain.actor import PUBLIC, Actor
from tracker.graphql import limits_of
from tracker.graphql.planner.limits import Limits

PERSON = Actor(person_id=1)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ a: id " + " ".join(f"a{n}: id" for n in range(15)) + " }", "16 aliases"),
        ("{ __typename " + "@include(if: true) @skip(if: false) " * 6 + " }", "12 directives"),
        ("query ($a: Int @x) @y { __typename " + "@z " * 9 + "}", "11 directives"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(16)) + " }", "16 root fields"),
        ("{ ...a ...b } fragment a on Query { " + "__typename " * 9 + "} "
         "fragment b on Query { " + "__typename " * 9 + "}", "18 root fields"),
        ("{ cities { nodes { " + "name " * 1000 + "} } }", "more than 1000"),
        ("{ __schema { types { fields { name } x: fields { name } } } }", "introspection 2 times"),
        ("{ cities { nodes { " + "name " * 900 + "} } }", "select each field once"),
        ("{ __schema { types { fields { type { fields { name } } } } } }", "lists nest"),
    ],
)  # fmt: skip
async def test_too_much_of_anything_is_refused(api: Api, document: str, message: str) -> None:
    answer = await api.answer(document)
    assert "data" not in answer
    assert any(message in error["message"] for error in answer["errors"]), answer


async def test_wrappers_of_connections_are_no_levels(api: Api) -> None:
    framework = (
        "{ projects { nodes { results { edges { node { indicators { nodes { periods { nodes {"
        " values { pageInfo { hasNextPage } nodes { evidence { nodes { value { %s"
        " } } } } } } } } } } } } } } }"
    )
    limits = Limits(rows=10**9)
    assert "errors" not in await api.answer(framework % "id", limits=limits)
    [deeper] = (await api.answer(framework % "city { name }", limits=limits))["errors"]
    assert "Fields nest 9 deep" in deeper["message"]


async def test_node_by_id_is_a_level(api: Api) -> None:
    [error] = (await api.answer('{ node(id: "City:1") { id } }', limits=Limits(depth=1)))["errors"]
    assert "Fields nest 2 deep" in error["message"]


async def test_fragments_count_as_what_they_unfold_to(api: Api) -> None:
    bomb = "{ cities { nodes { ...f0 } } } "
    bomb += " ".join(f"fragment f{n} on City {{ name ...f{n + 1} ...f{n + 1} }}" for n in range(40))
    bomb += " fragment f40 on City { name }"
    answer = await api.answer(bomb)
    [message] = [error["message"] for error in answer["errors"]]
    assert "fields, fragments unfolded; at most 1,000" in message


async def test_every_excess_is_told_at_once(api: Api) -> None:
    deep = "{ a: cities { nodes { " + "projects { nodes { " * 5 + "id" + " } }" * 5 + " } } }"
    limits = Limits(depth=2, aliases=0, root_fields=0)
    answer = await api.answer(deep.replace("projects", "x"), limits=limits)
    assert len(answer["errors"]) == 3


async def test_page_of_an_installation_may_be_smaller(api: Api) -> None:
    limits = Limits(page=10)
    answer = await api.answer("{ cities(first: 11) { totalCount } }", limits=limits)
    assert "at most 10" in answer["errors"][0]["message"]
    assert "errors" not in await api.answer("{ cities(first: 10) { totalCount } }", limits=limits)


async def test_schema_and_suggestions_are_for_people(api: Api) -> None:
    for actor, shown in ((PUBLIC, False), (PERSON, True)):
        limits = limits_of(actor)
        schema = await api.answer(get_introspection_query(), limits=limits)
        assert ("data" in schema) is shown
        [error] = (await api.answer("{ citie { totalCount } }", limits=limits))["errors"]
        assert ("Did you mean" in error["message"]) is shown
        document = "query ($o: CityOrderField!) { cities(orderBy: {field: $o}) { totalCount } }"
        [error] = (await api.answer(document, {"o": "NAMEE"}, limits=limits))["errors"]
        assert ("Did you mean" in error["message"]) is shown


async def test_hostile_variables_are_told_a_few_mistakes(api: Api) -> None:
    document = "query ($f: CityFilter) { cities(filter: $f) { totalCount } }"
    wrong = {"and": [{f"nope{n}": 1} for n in range(2000)]}
    answer = await api.answer(document, {"f": wrong})
    assert len(answer["errors"]) <= 21
    deep: dict[str, object] = {}
    for _ in range(500):
        deep = {"not": deep}
    [error] = (await api.answer(document, {"f": deep}))["errors"]
    assert "deep" in error["message"]
