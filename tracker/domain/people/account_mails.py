"""What people are told by mail about their accounts: owed in the transaction of what was done, so
that there is none without the other."""

from collections.abc import Awaitable, Callable

from tracker.domain.deliveries import posting
from tracker.domain.people import queries
from tracker.domain.people.tables import Person

Tell = Callable[[Person, str], Awaitable[object]]
"""Owes a person the mail with a secret that is theirs, in the transaction that made it."""


async def tell_nobody(_person: Person, _secret: str) -> None:
    """For whoever hands the secret over otherwise."""


async def tell_account(person_id: int | None, what: str, *, to: str = "") -> None:
    """Owe the person the mail that `what`, of emails/account/words.txt, has happened to their
    account; `to` another address than theirs."""
    assert person_id is not None
    await posting.post(await queries.person(person_id), "account", to=to, context={"what": what})
