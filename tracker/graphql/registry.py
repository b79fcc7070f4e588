"""The registry that all declarations are made in."""

from datetime import datetime
from functools import cache
from typing import Any

from tracker.domain import clock
from tracker.domain.visibility import TOKENS
from tracker.graphql import told
from tracker.graphql.planner import Registry


def _this_minute(_: Any) -> datetime:
    """Reads ask for civil dates, which change on full minutes in every zone. Cut to the minute,
    `:now` lets an answer be kept (`answers.py`) for longer than an instant."""
    return clock.now().replace(second=0, microsecond=0)


def _kinds(_: Any) -> str:
    return _kinds_of(len(registry.declarations))


@cache
def _kinds_of(declared: int) -> str:
    return told.bound(registry)


registry = Registry(
    parameters={**TOKENS, "now": ("timestamptz", _this_minute), "kinds": ("jsonb", _kinds)}
)
