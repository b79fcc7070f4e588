"""A mail relay that goes wrong as it is told to, and notes what it did."""

import asyncio
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from enum import StrEnum
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faults.histories import Histories
from tracker.demo.catcher import keep


class Fault(StrEnum):
    """What a relay does instead of saying 250 to a mail. `KEPT` have been accepted all the same."""

    GREYLISTED = "greylisted"
    BUSY = "busy"
    NO_MAILBOX = "no_mailbox"
    POLICY = "policy"
    DROPPED_BEFORE = "dropped_before"
    DROPPED_AFTER = "dropped_after"
    KEPT_AND_DROPPED = "kept_and_dropped"
    TAR_PIT = "tar_pit"
    TRUNCATED = "truncated"


FOR_GOOD = {Fault.NO_MAILBOX: "550 5.1.1 no such user", Fault.POLICY: "554 5.7.1 not from you"}
PASSING = tuple(each for each in Fault if each not in FOR_GOOD)

Plan = Callable[[str], Sequence[Fault]]
"""Address -> what goes wrong at the first tries to reach it, one after the other."""

TAR_PIT_SECONDS = 3.0
"""Longer than any worker here waits for an answer."""


class Relay:
    """aiosmtpd's handler, with an address of its own."""

    def __init__(self, histories: Histories, plan: Plan) -> None:
        self.url = ""
        self._histories, self._plan = histories, plan
        self._tries = Counter[str]()

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """The reply to a recipient, when the try is chosen how it will go."""
        faults = self._plan(address)
        tried = self._tries[address]
        self._tries[address] += 1
        fault = faults[tried] if tried < len(faults) else None
        cast(Any, envelope).fault = fault
        if fault in FOR_GOOD:
            self._note(fault, address, for_good=True)
            return FOR_GOOD[fault]
        if fault == Fault.BUSY:
            self._note(fault, address)
            _wire(server).write(b"421 4.3.2 shutting down\r\n")
            _wire(server).close()
        elif fault == Fault.DROPPED_BEFORE:
            self._note(fault, address)
            _wire(server).abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """The reply to the end of a mail."""
        [address], fault = envelope.rcpt_tos, cast(Any, envelope).fault
        if fault in (Fault.GREYLISTED, Fault.DROPPED_AFTER):
            self._note(fault, address)
            if fault == Fault.DROPPED_AFTER:
                _wire(server).abort()
            return "451 4.7.1 greylisted"
        content = cast(bytes, envelope.original_content)
        await asyncio.to_thread(self._keep, content, address, fault)
        if fault == Fault.KEPT_AND_DROPPED:
            _wire(server).abort()
        elif fault == Fault.TRUNCATED:
            _wire(server).write(b"25")
            _wire(server).close()
        elif fault == Fault.TAR_PIT:
            await asyncio.sleep(TAR_PIT_SECONDS)
        return "250 2.0.0 kept"

    def _keep(self, content: bytes, address: str, fault: Fault | None) -> None:
        keep(self._histories.outbox, content)
        number = message_from_bytes(content, policy=default)["Message-ID"]
        self._histories.note(
            "relay", to=address, accepted=True, for_good=False, fault=fault,
            message_id=str(number).strip(), bytes=hashlib.sha256(content).hexdigest(),
            at=time.time(),
        )  # fmt: skip

    def _note(self, fault: Fault | None, address: str, *, for_good: bool = False) -> None:
        self._histories.note("relay", to=address, accepted=False, for_good=for_good, fault=fault)


def _wire(server: SMTP) -> asyncio.Transport:
    return cast(asyncio.Transport, server.transport)


@contextmanager
def relaying(histories: Histories, plan: Plan) -> Iterator[str]:
    """The address of a relay that runs for as long as the block lasts."""
    relay, loop = Relay(histories, plan), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listen(relay, loop), loop).result(10)
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _listen(relay: Relay, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
    return await loop.create_server(
        lambda: SMTP(relay, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
    )


async def _close(server: asyncio.Server) -> None:
    """Take no more mails, and let go of the connections that workers have left behind."""
    server.close()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for each in left:
        each.cancel()
    await asyncio.gather(*left, return_exceptions=True)
