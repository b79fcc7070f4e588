"""What goes wrong with an operation after it was found valid: as GraphQL errors with a code, the
field, and the argument that is to blame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphql import FieldNode, GraphQLError

BAD_ARGUMENT, BAD_CURSOR, TOO_MUCH = "BAD_ARGUMENT", "BAD_CURSOR", "TOO_MUCH"
TIMEOUT, INTERNAL = "TIMEOUT", "INTERNAL"
UNPARSABLE, INVALID = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"
"""Documents that are no GraphQL, and those that do not fit the schema, by the names that clients
know from other servers."""

CODES = {
    "22012": "DIVISION_BY_ZERO",
    "22003": "NUMBER_OUT_OF_RANGE",
    "22008": "DATE_OUT_OF_RANGE",
    "2201B": "BAD_PATTERN",
    "57014": TIMEOUT,
}
"""SQLSTATE -> code, of what a document or its variables can bring about."""

DATA_EXCEPTION = "22"
"""The class of SQLSTATEs that are about values. They go by BAD_VALUE where they have no code."""


class Fault(GraphQLError):
    """An error of one field that everything else can be answered beside."""

    def __init__(
        self,
        message: str,
        code: str,
        nodes: Sequence[FieldNode] = (),
        argument: tuple[str, ...] = (),
    ) -> None:
        extensions: dict[str, object] = {"code": code}
        if argument:
            extensions["argument"] = list(argument)
        super().__init__(message, list(nodes) or None, extensions=extensions)

    @property
    def code(self) -> object:
        """What went wrong, for programs."""
        return (self.extensions or {}).get("code")


@dataclass(frozen=True)
class Place:
    """Where in the operation something stands: response keys, then an argument and the way into
    it; `nodes` are the fields that carry it."""

    path: tuple[str, ...] = ()
    nodes: tuple[FieldNode, ...] = ()

    def inside(self, *steps: str) -> "Place":
        """A place further in."""
        return replace(self, path=self.path + steps)

    def fault(self, message: str, code: str = BAD_ARGUMENT) -> Fault:
        """An error to raise about this place."""
        return Fault(message, code, self.nodes, self.path)


def of_database(error: BaseException) -> Fault | None:
    """What PostgreSQL or its driver refused, if it was about values or took too long; None for
    anything that is a defect of ours."""
    state = str(getattr(error, "sqlstate", "") or "")
    if state == "57014" or isinstance(error, TimeoutError):
        return Fault("This took too long. Ask for fewer rows or less in each.", TIMEOUT)
    code = CODES.get(state)
    if code or state.startswith(DATA_EXCEPTION):
        return Fault(f"A value cannot be used here{_why(error, state)}.", code or "BAD_VALUE")
    return None


def _why(error: BaseException, state: str) -> str:
    """What PostgreSQL says of the value. Its driver would show how Python writes it."""
    from_server = getattr(error, "severity", None)
    return f": {error}" if from_server and state else ""
