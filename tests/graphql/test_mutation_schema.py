"""What the schema says of mutations: one for every action, each part of it described."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type

from tracker import domain
from tracker.domain.people import actions as people
from tracker.graphql import graphql_schema
from tracker.graphql.schema import PERFORMABLE

FRAMES = (
    "tracker.domain.projects.asking",
    "tracker.domain.audit",
    "tracker.domain.outcomes.sides",
    "tracker.domain.idempotency.actions",
    "tracker.domain.people.identities",
)
"""What actions stand in; no actions themselves."""

BY_PEOPLE_ALONE = (
    "tracker.domain.people.passwords",
    "tracker.domain.people.factors",
    "tracker.domain.people.addresses",
    "tracker.domain.people.second_step",
    "tracker.domain.people.sessions",
    "tracker.domain.people.everywhere",
    "tracker.domain.leaving.erasure",
    "tracker.domain.leaving.export",
    "tracker.domain.digests.feeds",
    "tracker.domain.digests.hooks",
)
"""How somebody signs in, and what reads their digests for good, which programs do not change: a
stolen token opens no account, and leaves nothing behind that does."""

PARTS = {
    *("attach_links", "attach_received", "take_away", "consequences", "prospect", "follow"),
    "handed_over",
    *("confirm_by_approval", "declare", "plan_indicator", "plan_period", "planned"),
    *("move_as_agreed", "retarget_as_agreed", "propose_move", "apply"),
    *("reweigh_as_agreed", "end_as_agreed"),
    *("add_as_agreed", "change_as_agreed", "give_up_as_agreed", "sees", "record"),
    *("add_indicator_as_agreed", "add_period_as_agreed", "result_for", "open_copy"),
}
"""What actions are made of, or tell before they are done, or note because a page was opened."""


def actions() -> Iterator[Any]:
    """Everything in the domain that somebody does."""
    for module in pkgutil.walk_packages(domain.__path__, "tracker.domain."):
        for name, each in vars(importlib.import_module(module.name)).items():
            if not name.startswith("_") and inspect.iscoroutinefunction(each):
                whole = inspect.unwrap(each)
                here = whole.__module__ == module.name not in (*FRAMES, *BY_PEOPLE_ALONE)
                if here and "actor" in inspect.signature(whole).parameters:
                    yield whole


def test_every_action_has_a_mutation() -> None:
    known = {inspect.unwrap(each.mutation.action) for each in PERFORMABLE.values()}
    within = inspect.unwrap(people.grant)  # `joining.grant` is it, with what begins
    rest = {each for each in actions() if each not in known} - {within}
    assert {each.__qualname__ for each in rest} == PARTS
    assert len(known) == len(PERFORMABLE)


def test_every_argument_says_more_than_its_name() -> None:
    assert graphql_schema.mutation_type
    bare = set()
    for place, name, description in _described():
        words = "".join(f" {c.lower()}" if c.isupper() else c for c in name)
        if not description or description.rstrip(".").lower() == words.lower():
            bare.add(f"{place}.{name}")
    assert bare == set()


def test_every_mutation_takes_a_key_and_answers_with_problems() -> None:
    assert graphql_schema.mutation_type
    for field in graphql_schema.mutation_type.fields.values():
        assert str(field.args["idempotencyKey"].type) == "String"
        payload: Any = get_named_type(field.type)
        assert str(payload.fields["problems"].type) == "[Problem!]!"


def _described() -> Iterator[tuple[str, str, str | None]]:
    assert graphql_schema.mutation_type
    waiting: list[Any] = []
    for mutation, field in graphql_schema.mutation_type.fields.items():
        for name, argument in field.args.items():
            yield mutation, name, argument.description
            waiting.append(get_named_type(argument.type))
    seen = set()
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, GraphQLInputObjectType) and kind.name not in seen:
            seen.add(kind.name)
            for name, each in kind.fields.items():
                yield kind.name, name, each.description
                waiting.append(get_named_type(each.type))
