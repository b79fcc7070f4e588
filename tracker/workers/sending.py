"""Mails of a batch over a few connections to relays; each step stands in the ledger before it is
taken."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from email.utils import parseaddr
from functools import partial

from tracker.domain.deliveries import ledger, relays
from tracker.domain.deliveries.claims import Claim, Try, Verdict
from tracker.domain.deliveries.tables import DeliveryState
from tracker.domain.deliveries.tokens import Purpose, token_of
from tracker.mail import Connection, Refused, Relay, Unanswered, Unreachable, chosen
from tracker.mail.addressing import is_same, with_token
from tracker.settings import Settings
from tracker.workers import stopping
from tracker.workers.alone import alone
from tracker.workers.gathering import Gathered, LeaseLost

log = logging.getLogger(__name__)

HANDS = 2
"""Mails under way for each connection: while the ledger takes one's step, another is sent."""

SETTLING = 1.5
"""Leases for which a doubtful mail is left alone: the dot is sent within one lease, and its
answer waited for half a lease (`mail.relay.ways`)."""

WAITING_MOST = 40
"""Mails that are written and wait for a connection: as many as keep all busy. No more are written
while relays are slow, nor is another batch begun."""

FRESH_SECONDS = 10.0
"""For so long counts what was found of a batch at its begin: behind a slow relay, each mail that
waits longer is looked at again before it goes."""

Ready = tuple[Claim, bytes]
Stands = Callable[[Claim], Awaitable[bool]]


class Away(Exception):
    """No relay can be talked to: nothing was tried."""


class Sender:
    """Sends what is put into it, over the first relays that can be reached. Where there is none,
    what is left is put back untried. `stands` looks again at what has waited long."""

    def __init__(self, settings: Settings, among: Sequence[Relay], stands: Stands) -> None:
        self._settings, self._among, self._stands = settings, list(among), stands
        self._fresh_until = time.monotonic() + FRESH_SECONDS
        self._lease = settings.delivery_lease_seconds
        self._latest: float | None = None
        self._probed: set[str] = set()
        self._ready: asyncio.Queue[Ready | None] = asyncio.Queue(WAITING_MOST)
        self._start = Gathered(partial(ledger.start, lease_seconds=self._lease), _tried)
        doubt = partial(
            ledger.doubt,
            settling_seconds=self._lease * SETTLING,
            journal_seconds=settings.journal_seconds,
        )
        self._doubt, self._sent = Gathered(doubt, _self), Gathered(ledger.sent, _self)
        self._pause = pause = settings.sweep_seconds
        self._postpone = Gathered(partial(ledger.postpone, first_seconds=pause), _of)
        self._put_back = Gathered(partial(ledger.put_back, seconds=pause), _self)
        self._bounce = Gathered(ledger.bounce, _of)
        self._fail = Gathered(partial(ledger.end, state=DeliveryState.FAILED), _of)

    async def reached(self) -> bool:
        """Whether a relay can be talked to: nothing is written before, so that what is sent when
        there is one again is of that day."""
        able = await relays.usable([each.name for each in self._among])
        self._among = [each for each in self._among if each.name in able]
        self._probed = {name for name, probing in able.items() if probing}
        with suppress(Away):
            async with self._connection():
                pass
        return bool(self._among)

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Mails that are put in inside are on their way, or put back, when the block ends, also by
        an error."""
        hands = HANDS * sum(each.most for each in self._among)
        failed = None
        async with asyncio.TaskGroup() as tasks:
            for _ in range(hands):
                tasks.create_task(self._work())
            try:
                yield
            except Exception as error:  # noqa: BLE001 - raised once they are
                failed = error
            for _ in range(hands):
                await self._ready.put(None)
        if failed:
            raise failed

    async def put(self, claim: Claim, message: bytes) -> None:
        """Have this sent; waits while as much as may wait does. The batch's time runs from the
        first one on: however long that took to write, it is tried."""
        if self._latest is None:
            self._latest = time.monotonic() + self._lease
        await self._ready.put((claim, message))

    async def _work(self) -> None:
        """One mail after the other. What is not begun within the lease is anybody's: so a batch
        comes to its end, however slow the relay, before it is ended amid a mail."""
        while (ready := await self._ready.get()) is not None:
            if stopping.told() or time.monotonic() > (self._latest or 0):
                continue  # given back with all else, or no longer held
            async with alone(ready[0], self._pause):
                try:
                    await self._deliver(*ready)
                except LeaseLost as error:
                    log.warning("%s", error)

    async def _is_to_go(self, claim: Claim, message: bytes) -> bool:
        if time.monotonic() <= self._fresh_until:
            return True
        return await self._stands(replace(claim, message=message))

    async def _deliver(self, claim: Claim, message: bytes) -> None:
        """Take one mail to sent, failed, later or in doubt. Raises LeaseLost."""
        try:
            async with self._connection() as (relay, connection):
                if not await self._is_to_go(claim, message):
                    return
                await self._start(Try(claim, relay.name))
                journal = journal_of(self._settings, claim)
                journalled = await connection.begin(
                    claim.address,
                    message,
                    sender=sender_of(self._settings, claim),
                    copy_to=journal,
                )
                if journal and not journalled:
                    log.warning("delivery %d goes without a copy: it is refused", claim.id)
                await self._finish(connection, replace(claim, journalled=journalled))
            await self._sent(claim)
        except Away:
            await self._put_back(claim)
        except Unanswered as error:
            log.warning("delivery %d is in doubt: %s", claim.id, error)
        except Refused as error:
            await self._refused(Verdict(claim, str(error)), error)
        except Unreachable as error:
            await self._postpone(Verdict(claim, str(error)))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[Relay, Connection]]:
        """A connection to the relay whose turn it is. Raises Away where there is none; each is
        asked once, not again for every mail."""
        async with AsyncExitStack() as held:
            while (relay := chosen(self._among)) is not None:
                try:
                    connection = await held.enter_async_context(relay.connection())
                except Unreachable as error:
                    await self._lost(relay, str(error))
                else:
                    await self._found(relay)
                    yield relay, connection
                    return
            raise Away

    async def _lost(self, relay: Relay, why: str) -> None:
        """All workers leave it alone for a while."""
        if relay in self._among:
            self._among = [each for each in self._among if each is not relay]
            log.warning("a mail relay cannot be reached: %s", why)
            await relays.failed(relay.name, why)

    async def _found(self, relay: Relay) -> None:
        if relay.name in self._probed:
            self._probed.discard(relay.name)
            await relays.recovered(relay.name)

    async def _finish(self, connection: Connection, claim: Claim) -> None:
        """Commit the doubt, send the final dot, hear the answer. Whoever was asleep for a lease in
        between sends no dot: others may be at it by now."""
        latest = time.monotonic() + self._lease
        await self._doubt(claim)
        if time.monotonic() > latest:
            raise Unanswered("this worker was too slow")
        await connection.finish()

    async def _refused(self, verdict: Verdict, error: Refused) -> None:
        if error.mailbox:
            log.warning("delivery %d bounced: %s", verdict.claim.id, error)
            await self._bounce(verdict)
        elif error.permanent:
            log.error("delivery %d is given up: %s", verdict.claim.id, error)
            await self._fail(verdict)
        else:
            await self._postpone(verdict)


def sender_of(settings: Settings, claim: Claim) -> str:
    """Who stands on the mail's envelope: an address of its own, so that what comes back is known to
    be about it; "" where nobody reads what comes back, for whom it is from (`Way.sender`). Never
    nobody: the null sender is for reports (RFC 5321, 4.5.5)."""
    if settings.bounce_address is None:
        return ""
    return with_token(settings.bounce_address, token_of(Purpose.BOUNCE, claim.id))


def journal_of(settings: Settings, claim: Claim) -> str:
    """Who gets a copy of the mail; "" for none. What opens something is for its reader alone."""
    if claim.sealed or is_same(settings.journal_address, claim.address):
        return ""
    return parseaddr(settings.journal_address or "")[1]


def _tried(given: Try) -> Claim:
    return given.claim


def _self(claim: Claim) -> Claim:
    return claim


def _of(verdict: Verdict) -> Claim:
    return verdict.claim
