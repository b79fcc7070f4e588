"""All that is looked at."""

import asyncio

from tracker.doctor.choices import chosen
from tracker.doctor.findings import Finding, Unsafe
from tracker.doctor.surroundings import found_around
from tracker.settings import Settings


async def findings(settings: Settings, running: Settings) -> list[Finding]:
    """Everything that is found, the unsafe first. `running` are the same settings with embedded
    servers, where there are any; servers need not answer."""
    found = [*chosen(settings), *await found_around(running)]
    return sorted(found, key=lambda each: not each.unsafe)


def require_safe(settings: Settings, running: Settings) -> None:
    """Raises Unsafe where the installation is for real use and anything unsafe is found."""
    if not settings.production:
        return
    lines = [str(each) for each in asyncio.run(findings(settings, running)) if each.unsafe]
    if lines:
        raise Unsafe("\n".join(["PRODUCTION=1 does not start with what is unsafe:", *lines]))
