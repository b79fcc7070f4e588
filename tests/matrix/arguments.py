"""The arguments with which each mutation is attempted, made from the schema."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from tests.matrix.deeds import NAMED, Deed
from tests.matrix.world import World
from tracker.domain import clock
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.graphql.schema import PERFORMABLE, schema

FIELDS = schema._schema.type_map["Mutation"].fields  # type: ignore[attr-defined]

TEXTS = {"email": "somebody.new@example.org", "currency": "KES", "url": "https://example.org/x",
         "language": "en", "timeZone": "UTC", "country": "KE", "issuer": "https://id.example.org",
         "code": "15125", "quote": "KES", "base": "EUR", "subjectType": "milestone",
         "licence": "CC-BY-4.0"}  # fmt: skip

FILE = ReceivedFile("q" * 32, "list.pdf", "application/pdf", 9, "a" * 64)


def targets(world: World, name: str, most: int) -> Iterator[dict[str, int]]:
    """The rows that the arguments name, from all over the world."""
    found = list(_all_targets(world, name))
    step = max(1, len(found) // most)
    yield from islice(found[:: step if step % 2 else step + 1], most)


def _all_targets(world: World, name: str) -> Iterator[dict[str, int]]:
    node, arguments = PERFORMABLE[name].mutation.node, _names(name)
    cities = list(world.rows["City"])
    if "donorCityId" in arguments:
        yield from ({"donorCityId": a, "recipientCityId": b}
                    for a in cities for b in cities if a != b)  # fmt: skip
    elif "evidenceId" in arguments:
        for number, row in world.rows["Evidence"].items():
            if row[node.lower()] is not None:
                yield {"id": row[node.lower()], "evidenceId": number}
    elif "id" in arguments:
        yield from ({"id": number} for number in world.rows[node])
    elif "subjectId" in arguments:  # of the first kind that there is
        yield from ({"subjectId": number} for number in world.rows["Project"])
    elif parent := next((a for a in arguments if a in PARENTS), None):
        for number, row in world.rows[NAMED[parent]].items():
            project = row.get("project", number)
            for city in cities if "cityId" in arguments else [0]:
                if not city:
                    yield {parent: number}
                elif city in world.partners[project]:
                    yield {parent: number, "cityId": city}
    elif name == "apiTokenIssue" or "cityId" not in arguments:
        persons = world.rows["Person"] if "personId" in arguments else [0]
        yield from ({"personId": number} if number else {} for number in persons)
    else:
        yield from ({"cityId": city} for city in cities)


PARENTS = ("projectId", "resultId", "indicatorId", "periodId", "statusReportId")


def _names(name: str) -> set[str]:
    """Of all arguments, and of the fields of those that are inputs."""
    found = set()
    for argument, told in FIELDS[name].args.items():
        kind = _named(told.type)
        found |= set(kind.fields) if isinstance(kind, GraphQLInputObjectType) else {argument}
    return found


def _named(kind: Any) -> Any:
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return kind


def document_of(deed: Deed) -> str:
    """The mutation as a document: its problems, and all plain fields of the row."""
    arguments = {n: a for n, a in FIELDS[deed.mutation].args.items() if _wanted(deed, n, a)}
    declared = ", ".join(f"${name}: {each.type}" for name, each in arguments.items())
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    payload = _named(FIELDS[deed.mutation].type)
    return (f"mutation({declared}) {{ {deed.mutation}({passed})"
            f" {{ problems {{ code message field }} {_shown(payload)} }} }}")  # fmt: skip


def _shown(payload: Any) -> str:
    """The row that comes back, with every text that could be somebody else's."""
    for name, each in payload.fields.items():
        kind = _named(each.type)
        if isinstance(kind, GraphQLObjectType) and name != "problems":
            plain = [n for n, f in kind.fields.items()
                     if not f.args and not hasattr(_named(f.type), "fields")]  # fmt: skip
            return f"{name} {{ {' '.join(plain)} }}"
    return ""


def _wanted(deed: Deed, name: str, argument: Any) -> bool:
    return isinstance(argument.type, GraphQLNonNull) or (
        name in deed.ids and deed.mutation != "membershipEnd"
    )


def values_of(deed: Deed) -> dict[str, Any]:
    """Values that the rules of input take, of what must be given and what names the rows."""
    return {
        name: _value(deed, name, each.type)
        for name, each in FIELDS[deed.mutation].args.items()
        if _wanted(deed, name, each)
    }


def _value(deed: Deed, name: str, kind: Any) -> Any:
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        return [_value(deed, name, kind.of_type)]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            field: _value(deed, field, each.type)
            for field, each in kind.fields.items()
            if isinstance(each.type, GraphQLNonNull) or field in deed.ids
        }
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    return _plain(deed, name, kind.name)


def _plain(deed: Deed, name: str, kind: str) -> Any:
    if kind == "ID":
        target = deed.node if name == "id" else NAMED[name]
        number = deed.ids.get(name) or next(iter(deed.world.rows[target]))
        return f"{target}:{number}"
    days = 300 if name.lower().endswith("endon") else 30
    day = (clock.now() + timedelta(days=days)).date().isoformat()
    known = {"Int": deed.ids.get(name, 1), "Date": day, "Decimal": "1", "Boolean": True,
             "Float": 1.0, "Upload": FILE}  # fmt: skip
    return known[kind] if kind in known else TEXTS.get(name, "Something that is long enough")
