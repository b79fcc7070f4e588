"""Which actions are mutations, under which names."""

import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from tracker.graphql.arguments import own_id


@dataclass(frozen=True)
class Mutation:
    """An action to expose: `name` in the schema, its payload's type, the function itself.

    `returns` tells what the action gives: a row, a row with a secret, or many rows.
    """

    name: str
    node: str
    action: Callable[..., Awaitable[Any]]
    returns: "Returns"


class Returns(Enum):
    """What an action gives back."""

    ROW = 1
    ROW_AND_SECRET = 2
    ROWS = 3


def mutations(node: str, *actions: Callable[..., Awaitable[Any]], noun: str = "") -> list[Mutation]:
    """Mutations named noun and verb: `submit` of Project is `projectSubmit`, and so is
    `add_result` of Result `resultAdd`, and `report_all` of the noun milestones
    `milestonesReport`."""
    noun = noun or node[0].lower() + node[1:]
    last_word = own_id(node).split("_")[-2]
    found = []
    for action in actions:
        verb = action.__name__.strip("_").removesuffix(f"_{last_word}").removesuffix(f"_{noun}")
        verb = verb.removesuffix("_all")
        kind = typing.get_origin(typing.get_type_hints(action)["return"])
        returns = {tuple: Returns.ROW_AND_SECRET, list: Returns.ROWS}.get(kind, Returns.ROW)
        found.append(Mutation(to_camel_case(f"{noun}_{verb}"), node, action, returns))
    return found
