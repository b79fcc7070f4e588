"""What every address may hold, looked at before anything is read for it."""

from litestar.handlers import BaseRouteHandler

from tracker.domain.errors import NotFound
from tracker.web.identity import Connection

ROW_NUMBERS = range(1, 2**31)
"""PostgreSQL's serial; it refuses larger integers as parameters."""


def require_row_numbers(connection: Connection, _: BaseRouteHandler) -> None:
    """A Litestar guard of pages. Raises NotFound for a number that no row can have."""
    numbers = (value for value in connection.path_params.values() if isinstance(value, int))
    if any(number not in ROW_NUMBERS for number in numbers):
        raise NotFound("Rows are numbered from 1.")
