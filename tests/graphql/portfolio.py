"""A small portfolio with something of everything, and what documents about it can name."""

from typing import Any

import orjson

from tests import factories
from tests.cast import Cast
from tests.graphql.drawing import Seeds
from tracker.domain.actor import SYSTEM, Actor
from tracker.domain.digests.actions import subscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.digests.tables import Cadence
from tracker.graphql import respond
from tracker.graphql.planner.declare import Declaration, Registry, Scalar

STATES = ("draft", "submitted", "agreed", "active", "suspended", "finalising", "closed",
          "cancelled")  # fmt: skip

VIEWER_TOKENS = (":person", ":cities", ":secretariat")


async def make(cast: Cast) -> None:
    """Projects in many states with all their parts, practices, requests and a digest."""
    for state in STATES:
        project = await factories.joint_project(
            cast, state, title=f"Permits, {state}", confidential=state == "suspended"
        )
        if state == "active":
            await factories.add_milestone(cast, project.id, title="Counter closes", weight=3)
            await factories.add_indicator(cast, project.id, title="Share online")
            await factories.value(cast, project, "superseded")
    for practice in ("draft", "published", "archived"):
        await factories.practice(cast, practice, title=f"One-stop permits {practice}")
    await factories.request(cast)
    mayor = cast.nairobi_mayor
    assert mayor.person_id
    await subscribe(mayor, mayor.person_id, Schedule(cadence=Cadence.WEEKLY))


async def seeds(registry: Registry) -> Seeds:
    """Ids, values and cursors of everything there is now."""
    ids, cursors, values = {}, {}, _constants()
    for name, declaration in registry.declarations.items():
        found = await _rows(declaration, values)
        if found:
            ids[name] = found
            cursors[name] = {
                order: await _cursors(declaration, order) for order in _orders(declaration)
            }
    return Seeds(ids, {name: sorted(each) for name, each in values.items()}, cursors)


def _constants() -> dict[str, set[Any]]:
    """Values to compare with, beside those of the data."""
    return {
        "ID": {"City:1"},
        "String": {"a", "Permits", "e", "", "서울", "%"},
        "Int": {0, 1, 11},
        "Date": {"2026-01-31"},
        "DateTime": {"2026-01-31T08:00:00Z"},
        "Decimal": {"0", "1.50", "12"},
        "JSON": {"x"},
    }


async def _rows(declaration: Declaration, values: dict[str, set[Any]]) -> list[str]:
    """The ids of a type's rows; a few of the rows' values are added to `values`."""
    names = [
        name for name, field in declaration.fields.items()
        if isinstance(field, Scalar) and field.kind.name in values
    ]  # fmt: skip
    data = await _data(f"{{ {declaration.plural}(first: 9) {{ nodes {{ {' '.join(names)} }} }} }}")
    rows = data[declaration.plural]["nodes"]
    for name in names:
        field = declaration.fields[name]
        assert isinstance(field, Scalar)
        if field.kind.name not in ("ID", "JSON"):
            given = [row[name] for row in rows if row[name] is not None]
            values[field.kind.name].update(each for each in given[:2] if _short(each))
    return [row["id"] for row in rows]


def _short(value: Any) -> bool:
    return not isinstance(value, str) or len(value) < 40


async def _cursors(declaration: Declaration, order: tuple[tuple[str, str], ...]) -> list[str]:
    keys = " ".join(f"{{field: {name}, direction: {way}}}" for name, way in order)
    document = f"""{{ {declaration.plural}(first: 100, orderBy: [{keys}]) {{ edges {{ cursor }} }}
    }}"""
    found = (await _data(document))[declaration.plural]["edges"]
    return [edge["cursor"] for edge in found[:: max(1, len(found) // 4)]]


def _orders(declaration: Declaration) -> list[tuple[tuple[str, str], ...]]:
    """A few orders that give everybody the same cursors: by each key, and by two."""
    constants = [
        "".join(f"_{c}" if c.isupper() else c.upper() for c in name)
        for name, field in declaration.fields.items()
        if isinstance(field, Scalar)
        and field.kind.orderable
        and not any(token in field.sql for token in VIEWER_TOKENS)
    ]
    single = [((name, way),) for name in constants for way in ("ASC", "DESC")]
    return [*single, *(((one, "DESC"), (two, "ASC"))
                       for one, two in zip(constants[1:], constants, strict=False))]  # fmt: skip


async def _data(document: str, actor: Actor = SYSTEM) -> dict[str, Any]:
    answer = await respond(document, actor=actor, limits=None)
    found: dict[str, Any] = orjson.loads(answer.body)
    assert "errors" not in found, found
    data: dict[str, Any] = found["data"]
    return data
