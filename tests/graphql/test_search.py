"""Search by words: what it finds, in which order, for whom, and in one statement."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import practice, request
from tests.factories.projects import joint_project
from tests.graphql.conftest import Api
from tracker.domain.practices import actions as practices
from tracker.domain.practices.actions import PracticePlan

SEARCH = """
query Search($query: String!, $types: [SearchType!], $first: Int, $after: String) {
  search(query: $query, types: $types, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage endCursor }
    edges { cursor rank snippet { text matched } node {
      __typename
      ... on Node { id }
      ... on Practice { title city { name } }
      ...Asked
      ... on Project { title leadCity { name } milestones { totalCount } }
    } }
  }
}
fragment Asked on SearchResult { ... on Request { title need } }
"""


async def _titles(api: Api, query: str, actor: Any, **variables: Any) -> list[str]:
    found = await api.data(SEARCH, {"query": query, **variables}, actor)
    assert len(api.statements) == 1
    assert found["search"]["totalCount"] == len(found["search"]["edges"])
    return [edge["node"]["title"] for edge in found["search"]["edges"]]


@pytest.mark.parametrize("rows", [1, 3])
async def test_search_takes_one_statement_over_all_types(api: Api, cast: Cast, rows: int) -> None:
    for _ in range(rows):
        await practice(cast, title="Parking by phone")
        await request(cast, title="Parking in the centre")
        await joint_project(cast, "agreed", title="Parking together")
    found = (await api.data(SEARCH, {"query": "parking"}, cast.seoul_coordinator))["search"]
    assert len(api.statements) == 1
    assert found["totalCount"] == 3 * rows
    kinds = [edge["node"]["__typename"] for edge in found["edges"]]
    assert sorted(set(kinds)) == ["Practice", "Project", "Request"]
    ranks = [edge["rank"] for edge in found["edges"]]
    assert ranks == sorted(ranks, reverse=True)
    assert all(0 < rank < 1 for rank in ranks)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("permits", True),
        ("permit", True),
        ("PERMITTED", True),
        ("perm", True),
        ("permts", True),
        ("perimts", True),
        ("ermit", True),
        ("permits online", True),
        ("online permits", True),
        ("permits elsewhere", False),
        ("elsewhere or permits", True),
        ('"permits for builders"', True),
        ('"builders for permits"', False),
        ("permits -online", False),
        ("permits -elsewhere", True),
        ("-elsewhere", False),
        ("sao jose", True),
        ("São José", True),
        ("são jósé", True),
        ("the permits of the builders", True),
        ("e-government", True),
        ("서울", True),
        ("전자", True),
        ("정부", True),
        ("부자", False),
        ("许可", True),
        ("可许", False),
        ("नक्शा", True),
        ("היתרי בניה", True),
        ('"', False),
        ("' & | ! :* <-> \\", False),
    ],
)
async def test_search_finds_words(api: Api, cast: Cast, query: str, found: bool) -> None:
    await practice(
        cast,
        title="Permits for builders online",
        summary="São José e-government: 서울시의 전자정부, 建筑许可证, नक्शा, הֶיתֵּרֵי־בְּנִיָּה.",
    )
    assert await _titles(api, query, cast.lima_mayor) == (
        ["Permits for builders online"] if found else []
    )


async def test_search_knows_the_languages_of_the_content(api: Api, cast: Cast) -> None:
    await practice(cast, title="Licencias municipales para construir", languages=["es"])
    await practice(cast, title="Строительные разрешения", languages=["ru"])
    await practice(cast, title="Baugenehmigungen", languages=["de"])
    assert await _titles(api, "construyendo licencia", cast.public) == [
        "Licencias municipales para construir"
    ]
    assert await _titles(api, "разрешение", cast.public) == ["Строительные разрешения"]
    assert await _titles(api, "Baugenehmigung", cast.public) == ["Baugenehmigungen"]


async def test_search_ranks_titles_before_summaries(api: Api, cast: Cast) -> None:
    await practice(cast, title="Streets", summary="Parking for everybody.")
    await practice(cast, title="Parking", summary="For streets.")
    assert await _titles(api, "parking", cast.public) == ["Parking", "Streets"]
    assert await _titles(api, "streets", cast.public) == ["Streets", "Parking"]


async def test_search_follows_what_changes(api: Api, cast: Cast) -> None:
    made = await practice(cast, title="Parking")
    plan = PracticePlan(title="Waste", summary="Of waste.", results_evidence="Counted.")
    await practices.edit(cast.seoul_coordinator, made.id, plan)
    assert await _titles(api, "parking", cast.public) == []
    assert await _titles(api, "waste", cast.public) == ["Waste"]


async def test_search_finds_projects_by_their_cities(api: Api, cast: Cast) -> None:
    await joint_project(cast, "agreed", title="Parking together")
    for query in ("nairobi", "Seoul", "서울", "nairobbi"):
        assert await _titles(api, query, cast.public) == ["Parking together"], query


async def test_search_shows_nobody_what_they_may_not_see(api: Api, cast: Cast) -> None:
    await joint_project(cast, "draft", title="Falconry draft")
    await joint_project(cast, "agreed", title="Falconry agreed", confidential=True)
    await request(cast, title="Falconry wanted")
    await practice(cast, "draft", title="Falconry practice")
    assert await _titles(api, "falconry", cast.public) == []
    assert await _titles(api, "falconry", cast.lima_mayor) == ["Falconry wanted"]
    assert sorted(await _titles(api, "falconry", cast.seoul_coordinator)) == [
        "Falconry agreed", "Falconry practice", "Falconry wanted",
    ]  # fmt: skip
    assert sorted(await _titles(api, "falconry", cast.nairobi_coordinator)) == [
        "Falconry agreed", "Falconry draft", "Falconry wanted",
    ]  # fmt: skip


async def test_search_corrects_words_by_public_texts_only(api: Api, cast: Cast) -> None:
    """Whether a slip is forgiven must not tell that the word stands in a hidden text."""
    await practice(cast, title="Falconries")
    before = await _titles(api, "falconrees", cast.public)
    await practice(cast, "draft", title="Falconrees")
    assert await _titles(api, "falconrees", cast.public) == before == ["Falconries"]


async def test_search_keeps_to_the_types_that_are_asked_for(api: Api, cast: Cast) -> None:
    await practice(cast, title="Parking by phone")
    await request(cast, title="Parking in the centre")
    one = await _titles(api, "parking", cast.lima_mayor, types=["REQUEST"])
    assert one == ["Parking in the centre"]
    both = await _titles(api, "parking", cast.lima_mayor, types=["REQUEST", "PRACTICE"])
    assert len(both) == 2
    assert await _titles(api, "parking", cast.lima_mayor, types=[]) == []


async def test_search_pages_meet_every_row_once(api: Api, cast: Cast) -> None:
    for number in range(5):
        await practice(cast, title=f"Parking {number}", summary="Parking. " * (number % 2 + 1))
    whole = await _titles(api, "parking", cast.public)
    seen: list[str] = []
    cursor = None
    while True:
        page = await api.data(SEARCH, {"query": "parking", "first": 2, "after": cursor})
        edges = page["search"]["edges"]
        seen += [edge["node"]["title"] for edge in edges]
        cursor = page["search"]["pageInfo"]["endCursor"]
        assert page["search"]["pageInfo"]["hasPreviousPage"] == (len(seen) > 2)
        if not page["search"]["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole
    back = f'{{ search(query: "parking", last: 2, before: "{cursor}") {{ nodes {{ ... on Practice'
    found = await api.data(back + " { title } } } }")
    assert [node["title"] for node in found["search"]["nodes"]] == whole[2:4]


async def test_search_snippet_puts_the_text_together(api: Api, cast: Cast) -> None:
    await practice(cast, title="<b>Permits</b> & “licences” 서울시", summary="For \x1d builders.")
    found = await api.data(SEARCH, {"query": "permit licence 서울"})
    [edge] = found["search"]["edges"]
    text = "".join(piece["text"] for piece in edge["snippet"])
    assert text.startswith("Permits</b> & “licences” 서울시 · For  builders.")
    assert [p["text"] for p in edge["snippet"] if p["matched"]] == ["Permits", "licences", "서울"]


async def test_search_by_graphql_core_gives_the_same_answer(api: Api, cast: Cast) -> None:
    await practice(cast, title="Parking by phone")
    await joint_project(cast, "agreed", title="Parking together")
    variables = {"query": "parking"}
    for actor in (cast.public, cast.seoul_coordinator):
        planned = await api.answer(SEARCH, variables, actor, limits=None)
        mixed = SEARCH.replace("totalCount\n", "totalCount\n", 1).replace(
            "  search(", "  __schema { queryType { name } }\n  search(", 1
        )
        answer = await api.answer(mixed, variables, actor, limits=None)
        answer["data"].pop("__schema")
        assert answer == planned
    bare = '{ __schema { queryType { name } } search(query: "phone") { nodes { ... on Practice'
    answer = await api.data(bare + " { __typename: title } } } }")
    assert answer["search"]["nodes"] == [{"__typename": "Parking by phone"}]


@pytest.mark.parametrize("noun", ["practices", "requests", "projects"])
async def test_filter_by_words_counts_and_lists(api: Api, cast: Cast, noun: str) -> None:
    for title in ("Parking by phone", "Waste by phone"):
        await practice(cast, title=title)
        await request(cast, title=title)
        await joint_project(cast, "agreed", title=title)
    document = f"""query($text: String) {{
      {noun}(filter: {{text: {{matches: $text}}}}) {{ totalCount nodes {{ title }} }}
      cities(filter: {{not: {{practices: {{some: {{text: {{matches: $text}}}}}}}}}}) {{
        totalCount
      }}
    }}"""
    found = await api.data(document, {"text": "parkng"}, cast.seoul_coordinator)
    assert len(api.statements) == 1
    assert found[noun] == {"totalCount": 1, "nodes": [{"title": "Parking by phone"}]}
    assert found["cities"] == {"totalCount": 2}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (f'{{ search(query: "{"x" * 201}") {{ totalCount }} }}', "201 characters"),
        ('{ search(query: " ") { totalCount } }', "give at least one word"),
        ("{ practices(filter: {text: {matches: null}}) { totalCount } }", "null finds nothing"),
        ("{ practices(filter: {text: null}) { totalCount } }", "null is no filter"),
        ('{ search(query: "x", first: 101) { totalCount nodes { __typename } } }', "not between"),
        ('{ search(query: "x", after: "x") { nodes { __typename } } }', "no cursor"),
        ('{ search(query: "\\u0000") { totalCount } }', "cannot be used"),
        (
            "{ practices(filter: {or: ["
            + '{text: {matches: "x"}}' * 6
            + "]}) { totalCount } }",
            "More than 5 searches",
        ),
    ],
)  # fmt: skip
async def test_bad_search_is_answered_with_what_is_wrong(
    api: Api, document: str, message: str
) -> None:
    [error] = await api.errors(document)
    assert message in error
