"""What nobody foresaw befalls one mail or post, and none of those beside it: many have what they
wait for at a server, which would get them twice."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracker.domain.deliveries import ledger
from tracker.domain.deliveries.claims import Claim, Verdict

log = logging.getLogger(__name__)


@asynccontextmanager
async def alone(claim: Claim, pause_seconds: float) -> AsyncIterator[None]:
    """Whatever goes wrong inside is logged, and the delivery postponed, unless a server may have it
    by now: then it stays in doubt, for as long as its lease says."""
    try:
        yield
    except Exception as error:
        log.exception("delivery %d goes wrong", claim.id)
        await _postponed(Verdict(claim, repr(error)), pause_seconds)


async def _postponed(verdict: Verdict, pause_seconds: float) -> None:
    """Where that cannot be kept, others take it up when its lease lapses."""
    try:
        await ledger.postpone([verdict], pause_seconds, keep_doubts=True)
    except Exception as error:  # noqa: BLE001 - as the one before, which has its traceback
        log.warning("delivery %d waits for its lease to lapse: %s", verdict.claim.id, error)
