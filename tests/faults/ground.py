"""A database of a trial's own, with nothing in it but the cast."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests import cast as casting
from tests.cast import Cast
from tracker.domain.database import connected
from tracker.embedded import servers
from tracker.migrations import migrate
from tracker.settings import Settings


@asynccontextmanager
async def played(**chosen: str) -> AsyncIterator[tuple[Settings, Cast]]:
    """Servers in a folder that goes with them, migrated and connected, with further settings."""
    folder = _folder()
    environment = {"DATA_DIR": str(folder), "LOG_LEVEL": "warning", **chosen}
    try:
        with servers(Settings.from_environment(environment), durable=False) as settings:
            await migrate(settings)
            async with connected(settings):
                yield settings, await casting.make()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tracker-faults-"))
    folder.chmod(0o711)  # the servers' account must get in when we are root
    return folder
