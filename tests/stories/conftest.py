"""The public door without the wire, as the tests of the API have it."""

from tests.graphql.conftest import _reads, api

__all__ = ["_reads", "api"]
