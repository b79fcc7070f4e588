"""Unexpected errors: the client sees a number, the log has the rest, and nobody fills the log."""

import logging
import secrets
import time
from dataclasses import dataclass

from graphql import GraphQLError

from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.kept import Recent

log = logging.getLogger(__name__)

MINUTE = 60.0
CLIENTS_MOST = 1000


@dataclass
class _Window:
    """What one client caused since `began`, in seconds of the monotonic clock."""

    began: float
    errors: int = 0


class Faults:
    """Masks errors and logs them, `most` per client and minute."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._windows: Recent[str, _Window] = Recent(CLIENTS_MOST)

    def masked(self, error: Exception, client: str) -> GraphQLError:
        """The error as the client may see it: GraphQL's own as they are, others as a number that
        finds them in the log."""
        inner = error.original_error if isinstance(error, GraphQLError) else error
        if inner is None or isinstance(inner, GraphQLError):
            return error if isinstance(error, GraphQLError) else inner  # type: ignore[return-value]
        number = secrets.token_hex(4)
        self._log(number, inner, client)
        path = error.path if isinstance(error, GraphQLError) else None
        return GraphQLError(
            f"Something went wrong here, not with you (error {number}).",
            path=path,
            extensions={"code": ErrorCode.INTERNAL},
        )

    def _log(self, number: str, error: Exception, client: str) -> None:
        now = time.monotonic()
        window = self._windows.recall(client, lambda: _Window(now))
        if now - window.began > MINUTE:
            if window.errors > self.most:
                log.error("%d more errors of %s were not logged", window.errors - self.most, client)
            window.began, window.errors = now, 0
        window.errors += 1
        if window.errors <= self.most:
            log.error("error %s of %s", number, client or "the tracker itself", exc_info=error)
        elif window.errors == self.most + 1:
            log.error("error %s of %s; its further ones are only counted", number, client)
