"""Connections: keyset pages in any order, forwards and backwards."""

from base64 import b64encode

import pytest

from tests.cast import Cast
from tests.factories.keeping import once
from tests.factories.projects import add_milestone, joint_project, today
from tests.graphql.conftest import Api

DOCUMENT = """
query Page($first: Int, $after: String, $last: Int, $before: String, $order: [MilestoneOrder!]) {
  milestones(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id }
    edges { cursor node { id title } }
  }
}
"""

ORDERS = [
    None,
    [{"field": "TITLE"}],
    [{"field": "TITLE", "direction": "DESC"}],
    [{"field": "COMPLETED_ON"}],
    [{"field": "COMPLETED_ON", "direction": "DESC"}],
    [{"field": "SLIPPED_DAYS", "direction": "DESC"}, {"field": "TITLE"}],
    [{"field": "WEIGHT"}, {"field": "DUE_ON", "direction": "DESC"}],
    [{"field": "DAYS_LATE"}],
]


@pytest.fixture
async def milestones(cast: Cast) -> int:
    """Nine milestones with ties and nulls in every key; how many there are."""
    return await once("tied_milestones", int, lambda: _planned(cast))


async def _planned(cast: Cast) -> int:
    for number, state in enumerate(("active", "draft", "closed")):
        project = await joint_project(cast, state)
        for index in range(3 if state != "closed" else 0):
            await add_milestone(
                cast,
                project.id,
                title=f"Step {index}",
                due_on=today(index * 10 - number),
                weight=1 + index % 2,
            )
    return 9


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 2, 4])
async def test_pages_walked_either_way_show_each_row_once(
    api: Api, cast: Cast, milestones: int, order: list[dict[str, str]] | None, size: int
) -> None:
    whole = await api.data(DOCUMENT, {"first": 100, "order": order}, cast.nairobi_coordinator)
    expected = [node["id"] for node in whole["milestones"]["nodes"]]
    assert len(expected) == milestones == whole["milestones"]["totalCount"]
    assert await _walk(api, cast, order, size, forward=True) == expected
    assert await _walk(api, cast, order, size, forward=False) == expected


async def _walk(
    api: Api, cast: Cast, order: list[dict[str, str]] | None, size: int, *, forward: bool
) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    for _ in range(50):
        forth = {"first": size, "after": cursor} if forward else {"last": size, "before": cursor}
        page = (await api.data(DOCUMENT, {**forth, "order": order}, cast.nairobi_coordinator))[
            "milestones"
        ]
        assert len(api.statements) == 1
        ids = [node["id"] for node in page["nodes"]]
        assert ids == [edge["node"]["id"] for edge in page["edges"]]
        info = page["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == (
            page["edges"][0]["cursor"],
            page["edges"][-1]["cursor"],
        )
        found = found + ids if forward else ids + found
        cursor = info["endCursor"] if forward else info["startCursor"]
        if not info["hasNextPage" if forward else "hasPreviousPage"]:
            return found
    raise AssertionError("the pages never end")


async def test_page_of_an_empty_connection_has_no_cursors(api: Api, cast: Cast) -> None:
    page = (await api.data(DOCUMENT, {"first": 5}, cast.officer))["milestones"]
    assert page == {
        "totalCount": 0,
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
        "nodes": [],
        "edges": [],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("first: 101", "first: 101 is not between 0 and 100"),
        ("first: -1", "first: -1 is not between 0 and 100"),
        ("last: 101", "last: 101 is not between 0 and 100"),
        ("first: 1, last: 1", "Give first or last, not both."),
        ('after: "nonsense"', "after is no cursor of this list"),
        ('after: "WyJ4Il0="', "after is no cursor of this list"),
        ('before: "é"', "before is no cursor of this list"),
        (f'after: "{b64encode(b"[" * 50_000).decode()}"', "after is no cursor of this list"),
        ("orderBy: [" + "{field: NAME} " * 6 + "]", "at most 5"),
    ],
)
async def test_page_with_bad_arguments_says_what_to_do(
    api: Api, arguments: str, message: str
) -> None:
    for wanted in ("nodes { id }", "totalCount"):
        [error] = await api.errors(f"{{ cities({arguments}) {{ {wanted} }} }}")
        assert message in error


async def test_cursor_of_another_order_is_refused(api: Api, cast: Cast, milestones: int) -> None:
    page = await api.data(DOCUMENT, {"first": 1, "order": ORDERS[1]}, cast.officer)
    variables = {"after": page["milestones"]["pageInfo"]["endCursor"], "order": ORDERS[2]}
    [error] = await api.errors(DOCUMENT, variables, cast.officer)
    assert "in this order" in error


@pytest.mark.parametrize("wanted", ["hasPreviousPage", "__typename"])
async def test_page_info_that_needs_no_row_is_there_once(
    api: Api, cast: Cast, milestones: int, wanted: str
) -> None:
    document = f"{{ milestones {{ pageInfo {{ {wanted} }} }} }}"
    found = (await api.data(document, actor=cast.nairobi_coordinator))["milestones"]["pageInfo"]
    assert found == {wanted: "PageInfo" if wanted == "__typename" else False}
