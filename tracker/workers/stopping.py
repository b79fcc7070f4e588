"""A worker that was told to stop begins nothing more: what stands at a relay comes to its end, what
it holds besides is given back at once, and the process ends, whoever still keeps it waiting."""

import logging
import os
from threading import Event, Timer

log = logging.getLogger(__name__)

JOBS_SECONDS = 5
"""How long jobs may finish; the rest is cancelled, and taken up again by others."""

MOST_SECONDS = 10
"""After which the process ends all the same: a thread may wait for a server. Orchestrators kill
after 10 (Docker) to 30 seconds (Kubernetes)."""

_told = Event()


def told() -> bool:
    """Whether this process is to end."""
    return _told.is_set()


def tell() -> None:
    """Have it end."""
    if not told():
        _told.set()
        ending = Timer(MOST_SECONDS, _end)
        ending.daemon = True
        ending.start()


def _end() -> None:
    log.warning("something is still waited for; leases of what it holds will lapse")
    os._exit(0)
