"""The public door without the wire, as the tests of the API have it."""

from tests.graphql.conftest import api, reads

__all__ = ["api", "reads"]
