"""Each way in which a relay goes wrong, alone: each mail ends as it should."""

import asyncio
import time
from collections import Counter

from tests.cast import Cast
from tests.conformance.rows import Row
from tests.faults import checker, histories
from tests.faults.ground import played
from tests.faults.histories import Histories
from tests.faults.lives import Life, crew
from tests.faults.relay import FOR_GOOD, Fault, relaying
from tests.faults.sowing import hurried, sown, told
from tracker.domain.deliveries.queries import unsettled
from tracker.domain.deliveries.tables import Delivery
from tracker.settings import Settings

MAILS = 25 * len(Fault)
WORKERS = 2
PATIENCE_SECONDS = 90

ENDS = {Fault.NO_MAILBOX: "bounced", Fault.POLICY: "failed"}
"""Of mails that cannot be sent; the others are."""


async def trial(mails: int = MAILS) -> list[Row]:
    """The whole run."""
    async with played() as (settings, cast):
        return await told(lambda found: run(settings, cast, found, mails))


async def run(settings: Settings, cast: Cast, noted: Histories, mails: int) -> list[Row]:
    """Send `mails` digests, the kinds of faults in turns, and tell what the histories say."""
    await histories.watch(settings)
    kinds = list(Fault)
    people = await sown(cast, mails)
    faults = {to: kinds[number % len(kinds)] for number, to in enumerate(people.values())}
    for to, fault in faults.items():
        noted.note("owed", to=to, fault=fault)

    def planned(address: str) -> list[Fault]:
        fault = faults[address]
        return [fault] * (99 if fault in FOR_GOOD else 1)

    with (
        relaying(noted, planned) as url,
        crew(hurried(settings, url, noted), noted.folder) as workers,
    ):
        for _ in range(WORKERS):
            workers.begin(Life())
        latest = time.monotonic() + PATIENCE_SECONDS + mails
        while time.monotonic() < latest:
            if await Delivery.count() >= mails and not await unsettled():
                break
            await asyncio.sleep(0.2)
    await histories.tell(settings, noted)
    return [*checker.judged(noted), *_rows(noted)]


def _rows(noted: Histories) -> list[Row]:
    """Of each kind of fault, how many mails ended in the right state."""
    last = {step["to"]: step["state"] for step in noted.read("ledger")}
    owed = noted.read("owed")
    many = Counter(line["fault"] for line in owed)
    right = Counter(
        line["fault"]
        for line in owed
        if last.get(line["to"]) == ENDS.get(Fault(line["fault"]), "sent")
    )
    return [
        Row(f"delivery.right_state.{fault}", right[fault], of=count, at_least=count)
        for fault, count in many.items()
    ]
