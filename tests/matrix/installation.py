"""A real server over the world: what comes through it has come by the wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from uvicorn import Config, Server

from tests.web.browser import HOST
from tracker.app import create_app
from tracker.graphql import serving
from tracker.graphql.live import live
from tracker.settings import Limit, Limits, Settings
from tracker.throttle import throttling
from tracker.web.admission import watching
from tracker.web.wire import wire

NO_LIMIT = Limits(Limit(0, 1), Limit(0, 1))


def unlimited(settings: Settings) -> Settings:
    """Whoever asks about everything asks more than anybody may."""
    return replace(
        settings,
        base_url=HOST,
        graphql_tokens=100_000,
        graphql_aliases=1_000,
        graphql_root_fields=1_000,
        graphql_rows=1_000_000,
        graphql_page=100,
        graphql_body_bytes=1_000_000,
        limit_api=NO_LIMIT,
        limit_export=NO_LIMIT,
        limit_sign_in=NO_LIMIT,
    )


@asynccontextmanager
async def installed(settings: Settings) -> AsyncIterator[str]:
    """The address of a server over this database, such as `127.0.0.1:8000`."""
    ours = unlimited(settings)
    async with serving(ours), throttling(ours), live(ours), watching(ours):
        config = Config(create_app(ours), port=0, lifespan="off", log_level="error", **wire(ours))
        server, listening = Server(config), config.bind_socket()
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
