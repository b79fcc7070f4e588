"""The planner: a GraphQL operation over declared types becomes one SQL statement whose result is
the response's text.

Nothing in here knows this domain: types are declared over Piccolo tables (`declare`), their
Strawberry types are generated (`types`), a document is compiled (`compile`, with `values`,
`filters`, `pages` and, for subscriptions, `events`) and plans are cached and run (`run`).
"""

from tracker.graphql.planner.declare import (
    Declaration,
    Registry,
    auto,
    beside,
    computed,
    many,
    one,
)
from tracker.graphql.planner.pointers import Pointer

__all__ = ["Declaration", "Pointer", "Registry", "auto", "beside", "computed", "many", "one"]
