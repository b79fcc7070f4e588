"""Who sees what, as SQL: the parameters a predicate may name, and how to bind them.

A noun's `rules.py` holds `visible(t)`: SQL text over the table alias `t` that names the viewer
by the tokens below. The planner and the actions' loader replace the tokens by bind parameters,
so a predicate is written once and no value ever enters the statement's text.
"""

import re
from collections.abc import Callable
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor

Predicate = Callable[[str], str]
"""Table alias -> SQL condition with tokens."""

TOKENS: dict[str, tuple[str, Callable[[Actor], Any]]] = {
    "person": ("integer", lambda actor: actor.person_id),
    "cities": ("integer[]", lambda actor: actor.seen_city_ids),
    "secretariat": ("boolean", lambda actor: actor.secretariat),
    "whole": ("boolean", lambda actor: actor.whole),
    "only_city": ("integer", lambda actor: actor.only_city),
    "now": ("timestamptz", lambda actor: clock.now()),
}
"""Token -> PostgreSQL type and the value it takes for an actor."""

PATTERN = re.compile(r"(?<![:\w]):(" + "|".join(TOKENS) + r")\b")
"""`:person` and the like; `::person` is a cast and stays."""


def everyone(t: str) -> str:
    """No restriction: what everybody, the public included, may see."""
    return "true"


def bound(condition: str, actor: Actor) -> tuple[str, list[Any]]:
    """Tokens -> Piccolo's `{}` placeholders with the values to bind, in order."""
    values: list[Any] = []

    def placeholder(match: re.Match[str]) -> str:
        kind, value = TOKENS[match[1]]
        values.append(value(actor))
        return "{}::" + kind

    return PATTERN.sub(placeholder, condition), values
