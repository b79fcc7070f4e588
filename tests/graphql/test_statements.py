"""The statement counter: however many rows there are, a document is one statement."""

import re
from typing import Any

import pytest
from asyncpg import Connection

from tests.cast import Cast
from tests.graphql import documents, worlds
from tests.graphql.conftest import Api
from tracker.graphql.registry import registry
from tracker.web.explorer import examples


@pytest.mark.parametrize("rows", [1, 3, 120])
async def test_list_and_example_takes_one_statement_however_many_rows(
    api: Api, cast: Cast, connection: Connection, rows: int
) -> None:
    await worlds.make(cast)
    assert cast.officer.person_id
    await worlds.copy(connection, rows - 1, cast.officer.person_id)
    took, found = {}, {}
    for declaration in registry.declarations.values():
        plural = declaration.plural
        document = documents.everything(declaration).replace(plural, f"{plural}(first: 100)", 1)
        page = (await api.data(document, actor=cast.officer))[plural]
        took[plural] = len(api.statements)
        found[plural] = (page["totalCount"] >= rows, len(page["nodes"]) >= min(rows, 100))
    for example in _queries():
        await api.data(example["document"], example["variables"], cast.officer)
        took[example["name"]] = len(api.statements)
    assert {name: count for name, count in took.items() if count != 1} == {}
    assert {name: each for name, each in found.items() if each != (True, True)} == {}


def _queries() -> list[dict[str, Any]]:
    """The explorer's examples, without the mutation and the subscription."""
    found = [each for each in examples() if re.search(r"^query ", each["document"], re.M)]
    assert len(found) >= 16
    return found
