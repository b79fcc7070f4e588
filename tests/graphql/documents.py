"""Documents generated from the declarations: every field, filter and order of a type."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.graphql.drawing import Order, Seeds, ordered_by
from tracker.graphql.planner.declare import Declaration, Many, One, Scalar
from tracker.graphql.planner.kinds import Kind, constant
from tracker.graphql.planner.pointers import Pointer
from tracker.graphql.registry import registry

LITERALS = {
    "Int": 1,
    "Float": 1.5,
    "Boolean": True,
    "String": "a",
    "Date": "2026-01-31",
    "DateTime": "2026-01-31T08:00:00Z",
    "Decimal": "1.5",
}
"""What is asked for where no row has a value."""


def everything(declaration: Declaration) -> str:
    """All scalars of a type, and the ids of everything related to it; what is skipped is not."""
    lines = ["gone: id @skip(if: true)", "never: __typename @include(if: false)"]
    for name, field in declaration.fields.items():
        if isinstance(field, Scalar):
            lines.append(name)
        elif isinstance(field, One | Pointer):
            lines.append(f"{name} {{ __typename id }}")
        else:
            lines.append(f"{name} {{ totalCount nodes {{ id }} }}")
    return f"{{ {declaration.plural} {{ totalCount nodes {{ {' '.join(lines)} }} }} }}"


def filters(declaration: Declaration, seeds: Seeds) -> Iterator[str]:
    """A filter for every operator of every field of a type, about values that rows have: what
    is equal is told from what is greater. And one of each way to join filters."""
    for name, field in declaration.fields.items():
        if isinstance(field, Scalar):
            for operator in sorted(field.kind.operators):
                for value in _asked(declaration, name, field.kind, operator, seeds):
                    yield f"{{ {name}: {{ {operator}: {value} }} }}"
        elif isinstance(field, Pointer):
            one, two = _pair("Milestone", seeds)
            yield from (f"{{ {name}: {{ {each} }} }}" for each in (f"eq: {one}", f"notIn: [{two}]"))
        else:
            yield from _through(name, field, seeds)
    one, two = (f"{{ id: {{ eq: {each} }} }}" for each in _pair(declaration.name, seeds))
    for joined in (f"or: [{one}, {two}]", f"and: [{one}, {two}]", f"not: {one}", "or: []"):
        yield f"{{ {joined} }}"


def _through(name: str, field: One | Many, seeds: Seeds) -> Iterator[str]:
    """Filters by a relation: a row that few may see, one that many see, any row, and no row."""
    hidden, certain = (f"{{ id: {{ eq: {row} }} }}" for row in _pair(field.target, seeds))
    if isinstance(field, One):
        yield from (f"{{ {name}: {each} }}" for each in (hidden, certain, "{}"))
        yield from (f"{{ {name}: {{ isNull: {each} }} }}" for each in ("true", "false"))
    else:
        for quantifier in ("some", "every", "none"):
            yield f"{{ {name}: {{ {quantifier}: {certain} }} }}"
        yield f"{{ {name}: {{ some: {hidden} }} }}"
        yield from (f"{{ {name}: {{ {each}: {{}} }} }}" for each in ("some", "none"))


def _pair(target: str, seeds: Seeds) -> tuple[str, str]:
    """The ids of two rows of a type, if it has so many: one that few people see, and one that
    most see."""
    known = seeds.ids.get(target) or [f"{target}:1"]
    return json.dumps(known[0]), json.dumps(known[-1])


def _asked(
    declaration: Declaration, name: str, kind: Kind, operator: str, seeds: Seeds
) -> Iterator[str]:
    """The literals to give to an operator."""
    if operator == "isNull":
        yield from ("true", "false")
        return
    known = seeds.fields.get((declaration.name, name)) or [_unknown(kind, declaration)]
    value = known[0]
    if isinstance(value, str) and kind.name == "String":
        value = {"contains": value[1:-1].swapcase(), "startsWith": value[:3].swapcase(),
                 "endsWith": value[-3:].swapcase()}.get(operator, value)  # fmt: skip
    plain = kind.name.removesuffix("List") in {*LITERALS, "ID"}
    text = json.dumps(value, ensure_ascii=False) if plain else value
    yield f"[{text}]" if operator in ("in", "notIn", "hasAny", "hasAll") else text


def _unknown(kind: Kind, declaration: Declaration) -> Any:
    name = kind.name.removesuffix("List")
    if name == "ID":
        return f"{declaration.name}:1"
    if name in LITERALS:
        return LITERALS[name]
    python = kind.annotation.__args__[0] if kind.name.endswith("List") else kind.annotation
    return next(iter(python)).name


def orders(declaration: Declaration) -> list[Order]:
    """Every key that a type can be ordered by, both ways; and pairs of keys, one descending."""
    constants = [
        constant(name)
        for name, field in declaration.fields.items()
        if isinstance(field, Scalar) and field.kind.orderable
    ]
    single = [((name, way),) for name in constants for way in ("ASC", "DESC")]
    return [*single, *(((one, "DESC"), (two, "ASC"))
                       for one, two in zip(constants[1:], constants, strict=False))]  # fmt: skip


def pages(declaration: Declaration, seeds: Seeds) -> Iterator[str]:
    """Arguments for pages in every order: forward and backward, from a row's cursor where all
    viewers know the same one."""
    known = seeds.cursors.get(declaration.name, {})
    for order in orders(declaration):
        by = ordered_by(order)
        cursors = known.get(order, [])
        if not cursors:
            yield from (f"{way}: 2, orderBy: {by}" for way in ("first", "last"))
            continue
        middle, end = (json.dumps(cursors[at]) for at in (len(cursors) // 2, -1))
        yield f"first: 3, after: {middle}, orderBy: {by}"
        yield f"last: 3, before: {middle}, orderBy: {by}"
        if len(order) > 1:
            yield f"first: 2, after: {middle}, before: {end}, orderBy: {by}"


def together(
    declaration: Declaration, given: Sequence[str], selection: str, counted: int = 0
) -> str:
    """One document with a connection for each of these arguments; the rows of so many of them are
    counted."""
    shown = (f"{'totalCount ' if i < counted else ''}...F" for i in range(len(given)))
    asked = (
        f"r{i}: {declaration.plural}({each}) {{ {rows} }}"
        for i, (each, rows) in enumerate(zip(given, shown, strict=True))
    )
    fragment = f"fragment F on {declaration.name}Connection {{ {selection} }}"
    return "\n".join(["{", *asked, "}", fragment])


def names() -> list[str]:
    """All declared types."""
    return list(registry.declarations)
