"""What goes wrong with an operation after it was found valid: as GraphQL errors with a code, the
field, and the argument that is to blame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import FieldNode, GraphQLError

from tracker.graphql.planner.codes import ErrorCode

CODES = {
    "22012": ErrorCode.DIVISION_BY_ZERO,
    "22003": ErrorCode.NUMBER_OUT_OF_RANGE,
    "22008": ErrorCode.DATE_OUT_OF_RANGE,
    "2201B": ErrorCode.BAD_PATTERN,
    "57014": ErrorCode.TIMEOUT,
}
"""SQLSTATE -> code, of what a document or its variables can bring about."""

DATA_EXCEPTION = "22"
"""The class of SQLSTATEs that are about values. They go by BAD_VALUE where they have no code."""


class Fault(GraphQLError):
    """An error of one field that everything else can be answered beside."""

    def __init__(
        self,
        message: str,
        code: ErrorCode,
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

    def fault(self, message: str, code: ErrorCode = ErrorCode.BAD_ARGUMENT) -> Fault:
        """An error to raise about this place."""
        return Fault(message, code, self.nodes, self.path)


def coded(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    """The error with a code for programs, unless it has one."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error


def formatted(error: GraphQLError) -> Any:
    """The error as clients get it, with a code: what nothing else is said of is about an
    argument, because documents and variables have been looked at before."""
    return coded(error, ErrorCode.BAD_ARGUMENT).formatted


def of_database(error: BaseException) -> Fault | None:
    """What PostgreSQL or its driver refused, if it was about values or took too long; None for
    anything that is a defect of ours."""
    state = str(getattr(error, "sqlstate", "") or "")
    if state == "57014" or isinstance(error, TimeoutError):
        return Fault("This took too long. Ask for fewer rows or less in each.", ErrorCode.TIMEOUT)
    code = CODES.get(state)
    if code or state.startswith(DATA_EXCEPTION):
        why = f"A value cannot be used here{_why(error, state)}."
        return Fault(why, code or ErrorCode.BAD_VALUE)
    return None


def _why(error: BaseException, state: str) -> str:
    """What PostgreSQL says of the value. Its driver would show how Python writes it."""
    from_server = getattr(error, "severity", None)
    return f": {error}" if from_server and state else ""
