"""Rows and their fields: by pages, by related rows, one by one."""

from typing import TYPE_CHECKING, Any

from tests.matrix.selections import MOST, column_of, guarded_scalars, key_of, number, selection
from tests.matrix.sight import seen, sees, shows
from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.pointers import Pointer
from tracker.graphql.registry import registry

if TYPE_CHECKING:
    from tests.matrix.cells import Asking


async def pages(asking: "Asking", declaration: Declaration) -> None:
    """The connection, page by page, with every field of its rows."""
    kind = declaration.name
    found: list[dict[str, Any]] = []
    after, total = "null", 0
    while True:
        page = (await asking.ask(
            f"{{ page: {declaration.plural}(first: {MOST}, after: {after}) {{ totalCount"
            f" nodes {{ {selection(declaration)} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        ))["page"]  # fmt: skip
        found, total = found + page["nodes"], page["totalCount"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = f'"{page["pageInfo"]["endCursor"]}"'
    expected = seen(asking.world, asking.viewer, kind)
    what = f"{asking.name} {kind}"
    asking.tally.compare(what, [number(row["id"]) for row in found], expected)
    asking.tally.compare(f"{what} totalCount", [total], [len(expected)])
    for row in found:
        _fields(asking, declaration, row)


def _fields(asking: "Asking", declaration: Declaration, row: dict[str, Any]) -> None:
    kind, own = declaration.name, number(row["id"])
    truth = asking.world.rows[kind].get(own)
    if truth is None:
        return
    for name, declared in declaration.fields.items():
        allowed = shows(asking.world, asking.viewer, kind, own, name)
        what = f"{asking.name} {kind}:{own}.{name}"
        if isinstance(declared, Scalar):
            _scalar(asking, what, declared, row[name], truth, allowed)
        elif isinstance(declared, Pointer):
            _pointed(asking, what, row[name], truth)
        elif isinstance(declared, One):
            _one(asking, what, name, declared, row[name], truth, allowed)
        else:
            _many(asking, what, declared, row[name], own, allowed)


def _scalar(
    asking: "Asking", what: str, declared: Scalar, value: Any, truth: Any, allowed: bool
) -> None:
    there = value is not None
    if not allowed:
        asking.tally.deny(what, ["a value"] if there else [], ())
    elif declared.column:
        asking.tally.compare(what, [there], [truth[declared.column] is not None])
    elif declared.visible:  # the world has something of each
        asking.tally.compare(what, [there], [True])


def _pointed(asking: "Asking", what: str, value: Any, truth: Any) -> None:
    """A row of whichever type, if it is there and the viewer sees it."""
    kinds = {each.table._meta.tablename: name for name, each in registry.declarations.items()}
    kind, other = kinds.get(truth["subject_type"], ""), truth["subject_id"]
    there = other in asking.world.rows.get(kind, {}) and sees(
        asking.world, asking.viewer, kind, other
    )
    found = [value["id"]] if value else []
    asking.tally.compare(what, found, [f"{kind}:{other}"] if there else [])


def _one(
    asking: "Asking", what: str, name: str, declared: One, value: Any, truth: Any, allowed: bool
) -> None:
    found = [number(value["id"])] if value else []
    column = column_of(name, declared, truth)
    if column is None:
        visible = [n for n in found if sees(asking.world, asking.viewer, declared.target, n)]
        asking.tally.deny(what, found, visible if allowed else ())
        return
    other = truth[column]
    there = other is not None and sees(asking.world, asking.viewer, declared.target, other)
    asking.tally.compare(what, found, [other] if there and allowed else [])


def _many(
    asking: "Asking", what: str, declared: Many, value: Any, parent: int, allowed: bool
) -> None:
    found = [number(each["id"]) for each in value["nodes"]]
    visible = seen(asking.world, asking.viewer, declared.target) if allowed else []
    key = key_of(declared)
    if key is None:
        asking.tally.deny(what, found, visible)
        return
    rows = asking.world.rows[declared.target]
    expected = [n for n in visible if rows[n][key] == parent]
    asking.tally.compare(f"{what} totalCount", [value["totalCount"]], [len(expected)])
    if len(expected) <= MOST:
        asking.tally.compare(what, found, expected)


async def singles(asking: "Asking", declaration: Declaration) -> None:
    """By the noun's own root, `node` and `nodes`, for every row there is."""
    kind = declaration.name
    numbers = list(asking.world.rows[kind])[-MOST:]
    if not numbers:
        return
    ids = ", ".join(f'"{kind}:{n}"' for n in numbers)
    guarded = " ".join(guarded_scalars(declaration))
    noun = kind[0].lower() + kind[1:]
    each_alone = " ".join(
        f'a{n}: node(id: "{kind}:{n}") {{ id ... on {kind} {{ {guarded} }} }}'
        f' b{n}: {noun}(id: "{kind}:{n}") {{ id {guarded} }}'
        for n in numbers[-25:]
    )
    nodes = f"nodes(ids: [{ids}]) {{ id ... on {kind} {{ {guarded} }} }}"
    data = await asking.ask(f"{{ {nodes} {each_alone} }}")
    expected = {n for n in numbers if sees(asking.world, asking.viewer, kind, n)}
    listed = data.pop("nodes")
    found = [number(each["id"]) for each in listed if each]
    asking.tally.compare(f"{asking.name} nodes {kind}", found, expected)
    for row in [*listed, *data.values()]:
        if row:
            _guards(asking, kind, row)
    for way in "ab":
        found = [number(each["id"]) for k, each in data.items() if k[0] == way and each]
        asking.tally.compare(f"{asking.name} {way} {kind}", found, expected & set(numbers[-25:]))


def _guards(asking: "Asking", kind: str, row: dict[str, Any]) -> None:
    for name, value in row.items():
        allowed = shows(asking.world, asking.viewer, kind, number(row["id"]), name)
        if not allowed and value is not None:
            asking.tally.deny(f"{asking.name} {kind}.{name}", [row["id"]], ())
