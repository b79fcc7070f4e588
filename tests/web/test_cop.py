"""What graphql-cop looks for, at an installation for real use; `make conformance` asks a server."""

from dataclasses import replace

import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.conformance.cop import CHECKS
from tests.web.browser import HOST, client
from tracker.app import create_app
from tracker.settings import Settings


@pytest.fixture(scope="module")
def production(settings: Settings, app: Litestar) -> Litestar:
    """The application as `PRODUCTION=1` has it."""
    return create_app(replace(settings, base_url=HOST, production=True))


@pytest.mark.parametrize("name", CHECKS)
async def test_scanner_finds_nothing(production: Litestar, cast: Cast, name: str) -> None:
    async with client(production, {}) as asking:
        assert not await CHECKS[name](asking)
