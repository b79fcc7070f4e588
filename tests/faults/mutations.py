"""Workers that make a mistake on purpose: the checker must see what comes of it, or it proves
nothing. They are changed here, in the trial's own process of a worker; the product has no switch
for it."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tracker import mail
from tracker.domain import database
from tracker.domain.deliveries import ledger, owing
from tracker.domain.deliveries.claims import Claim
from tracker.domain.digests import queries
from tracker.mail import Connection
from tracker.workers.sending import Sender

LAST_TURN = re.compile(r"GREATEST\(s\.created_at, .*? AS since", re.DOTALL)

TOKEN = " AND d.lease_token = c.token"


@dataclass(frozen=True)
class Mutant:
    """A mistake; `database` is what the database lacks for it, `trial` what brings it to light,
    in one of the figures `seen`, when `mails` are owed. An `endless` one owes ever more."""

    change: Callable[[], None]
    trial: str
    seen: Sequence[str]
    mails: int
    database: str = ""
    endless: bool = False


async def _send_then_mark(self: Any, connection: Connection, claim: Claim, message: bytes) -> None:
    await connection.begin(claim.address, message)
    await connection.finish()
    await self._sent(claim)


async def _mark_then_send(self: Any, connection: Connection, claim: Claim, message: bytes) -> None:
    await self._sent(claim)
    await connection.begin(claim.address, message)
    await connection.finish()


async def _undoubting(claims: Sequence[Claim], *_: float, **__: float) -> list[Claim]:
    return list(claims)


def _deliver_by(way: Callable[..., Any]) -> Callable[[], None]:
    def change() -> None:
        async def delivered(self: Any, claim: Claim, message: bytes) -> None:
            # Where it fails, the lease runs out, and it is tried again.
            with suppress(mail.Refused, mail.Unreachable, mail.Unanswered):
                async with self._connection() as (_, connection):
                    await way(self, connection, claim, message)

        Sender._deliver = delivered  # type: ignore[method-assign]

    return change


def _no_doubt() -> None:
    ledger.doubt = _undoubting


def _no_witness() -> None:
    mail.witnessed = lambda *_: {}


def _no_key() -> None:
    looked_for = owing._OWE.partition("WHERE NOT EXISTS")
    owing._OWE = f"{looked_for[0]} RETURNING id, person, key"
    # Nor is the last turn that was owed looked at, which leaves the key to sweeps at once.
    queries._TAKING = LAST_TURN.sub("s.created_at AS since", queries._TAKING)


def _no_token() -> None:
    fetch = database.fetch

    async def unfenced(text: str, *values: Any) -> Any:
        return await fetch(text.replace(TOKEN, ""), *values)

    setattr(ledger, "fetch", unfenced)  # noqa: B010 - the ledger's own name for it


MUTANTS: Mapping[str, Mutant] = {
    "send_then_mark": Mutant(
        _deliver_by(_send_then_mark), "kills", ("delivery.unexplained_doubts",), 60
    ),
    "mark_then_send": Mutant(_deliver_by(_mark_then_send), "kills", ("delivery.never_sent",), 60),
    "no_doubt": Mutant(_no_doubt, "kills", ("delivery.unexplained_doubts",), 60),
    "no_witness": Mutant(_no_witness, "kills", ("delivery.doubled",), 60),
    "no_key": Mutant(
        _no_key,
        "kills",
        ("delivery.doubled",),
        10,
        "ALTER TABLE delivery DROP CONSTRAINT delivery_is_once_per_person_and_key;"
        "ALTER TABLE digest_issue DROP CONSTRAINT digest_issue_is_once_per_person_and_period",
        endless=True,
    ),
    "no_token": Mutant(_no_token, "stops", ("delivery.doubled", "delivery.reopened"), 8),
}
