"""All that is looked at."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from tracker.doctor.choices import chosen
from tracker.doctor.findings import Finding, Unsafe
from tracker.settings import Settings


async def findings(settings: Settings, running: Settings) -> list[Finding]:
    """Everything that is found, the unsafe first. `running` are the same settings with embedded
    servers, where there are any; servers need not answer."""
    from tracker.doctor.surroundings import found_around

    found = [*chosen(settings), *await found_around(running)]
    return sorted(found, key=lambda each: not each.unsafe)


def require_safe(settings: Settings, running: Settings) -> None:
    """Raises Unsafe where the installation is for real use and anything unsafe is found.

    A process of its own looks: what knows the migrations weighs 25 MB, which servers would carry
    along for good.
    """
    if not settings.production:
        return
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as looking:
        found = looking.submit(_found, settings, running).result()
    lines = [str(each) for each in found if each.unsafe]
    if lines:
        raise Unsafe("\n".join(["PRODUCTION=1 does not start with what is unsafe:", *lines]))


def _found(settings: Settings, running: Settings) -> list[Finding]:
    return asyncio.run(findings(settings, running))
