"""Steps of the ledger for many mails at once, though each mail takes them in its own time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from tracker.domain.deliveries.claims import Claim

Item = TypeVar("Item")


class LeaseLost(Exception):
    """Somebody else has taken the mail over; whoever gets this must leave it alone."""


class Gathered(Generic[Item]):
    """A step whose calls are made as one statement: those that come while the statement before is
    under way. Alone, a call waits for nothing."""

    def __init__(
        self,
        step: Callable[[Sequence[Item]], Awaitable[Sequence[Claim]]],
        claim_of: Callable[[Item], Claim],
    ) -> None:
        self._step, self._claim_of = step, claim_of
        self._waiting: list[tuple[Item, asyncio.Future[bool]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> None:
        """Take the step. Raises LeaseLost, or whatever the statement raised."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        if not await done:
            raise LeaseLost(f"delivery {self._claim_of(item).id} was taken over")

    async def _run(self) -> None:
        try:
            while self._waiting:
                turn, self._waiting = self._waiting, []
                await self._take(turn)
        finally:
            self._running = None

    async def _take(self, turn: list[tuple[Item, "asyncio.Future[bool]"]]) -> None:
        try:
            held = {each.id for each in await self._step([item for item, _ in turn])}
        except Exception as error:  # noqa: BLE001 - to everybody who waits for it
            for _, done in turn:
                if not done.done():
                    done.set_exception(error)
            return
        for item, done in turn:
            if not done.done():
                done.set_result(self._claim_of(item).id in held)
