"""One document answered three ways: by the planner's one statement, by graphql-core over rows
that the planner fetched, and by the reference that shares nothing with the planner.

Answers are compared as texts, byte by byte. Only where a document asks for a number with a
fraction or for stored JSON, the ways may write the same differently: PostgreSQL writes `1` and
`{"a": 1}` where graphql-core writes `1.0` and `{"a":1}`. There, numbers and the white space
between tokens are made alike before; names, strings, escapes and the order of keys never are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)
from graphql import execute as graphql_execute

from tests.graphql.drawing import Drawn
from tests.graphql.reference import Reference
from tracker.domain.actor import Actor
from tracker.graphql import graphql_schema, respond
from tracker.graphql.planner.run import Planner
from tracker.graphql.reading import Context
from tracker.graphql.registry import registry

VIEWERS = ("public", "seoul_coordinator", "nairobi_coordinator", "lima_coordinator",
           "nairobi_mayor", "officer", "auditor")  # fmt: skip

LOOSE = {"Float", "JSON"}
"""Scalars that may be written in several ways."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\s+|-?\d[\d.eE+-]*')


@dataclass(frozen=True)
class Outcome:
    """What the ways disagree about, and whether the document told them apart at all."""

    differences: list[str]
    has_rows: bool
    has_errors: bool


async def compare(
    drawn: Drawn, actor: Actor, reference: Reference | None, *, core: bool = True
) -> Outcome:
    """Answer the document every way; without a `reference`, the two ways of the product; without
    `core`, the planner's and the reference's.

    An error is compared between planner and graphql-core only: the reference evaluates less
    where there are no rows, and so may not meet it.
    """
    planned = (await respond(drawn.text, drawn.variables, actor=actor, limits=None)).body.decode()
    document = parsed(drawn.text)
    has_errors = "errors" in orjson.loads(planned)
    answers = {}
    if core:
        answers["graphql-core"] = _text(await _core(document, drawn.variables, actor))
    if reference and not has_errors:
        answers["the reference"] = _text(await reference.answer(document, drawn.variables))
    found = [
        f"{who} answers {answer}\nwhere the planner answers {planned}"
        for who, answer in answers.items()
        if answer != planned and not (_is_loose(document) and _alike(answer) == _alike(planned))
    ]
    return Outcome(found, _holds_text(orjson.loads(planned).get("data")), has_errors)


@lru_cache(maxsize=256)
def parsed(text: str) -> DocumentNode:
    """One after the other asks the same."""
    return parse(text)


async def _core(
    document: DocumentNode, variables: Mapping[str, Any], actor: Actor
) -> ExecutionResult:
    result = graphql_execute(
        graphql_schema,
        document,
        context_value=Context(actor, Planner(graphql_schema, registry, 1), None),
        variable_values=dict(variables),
    )
    return result if isinstance(result, ExecutionResult) else await result


def _text(result: ExecutionResult) -> str:
    """The answer as the door writes it."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    return orjson.dumps(body).decode()


def _alike(text: str) -> str:
    """The text with every number written the same way, and no white space between tokens."""

    def written(token: re.Match[str]) -> str:
        if token[0].startswith('"'):
            return token[0]
        return "" if token[0].isspace() else repr(float(token[0]))

    return _TOKEN.sub(written, text)


def _is_loose(document: DocumentNode) -> bool:
    """Whether the document asks for a scalar that may be written in several ways."""
    info = TypeInfo(graphql_schema)
    kinds = _Kinds(info)
    visit(document, TypeInfoVisitor(info, kinds))
    return not LOOSE.isdisjoint(kinds.found)


class _Kinds(Visitor):
    """The types of all fields of a document."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Note the field's type."""
        self.found.add(str(get_named_type(self.info.get_type())))


def _holds_text(data: Any) -> bool:
    """Whether something was read from a row."""
    if isinstance(data, dict):
        return any(_holds_text(each) for key, each in data.items() if key != "__typename")
    if isinstance(data, list):
        return any(map(_holds_text, data))
    return isinstance(data, str)
