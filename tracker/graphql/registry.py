"""The registry that all declarations are made in."""

from tracker.domain.visibility import TOKENS
from tracker.graphql.planner import Registry

registry = Registry(parameters=TOKENS)
