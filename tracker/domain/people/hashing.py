"""Hashes of passwords: Argon2id (RFC 9106), beside the event loop and not many at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people.turns import Crowded, Turns

Found = TypeVar("Found")

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's least for Argon2id: 19 MiB, twice over, one lane. Raise it here and each password is
hashed anew when its person signs in."""

AT_ONCE, WAITING_MOST = 2, 40
"""Each hash fills a core and 19 MiB. When forty wait, whoever has most waiting is told
so at once."""

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
_turns = Turns(AT_ONCE, WAITING_MOST)


async def hashed(password: str, who: str) -> str:
    """What is kept of a password. `who` asks (an address, a person) and shares the turns with
    others in the same measure. Raises Invalid when too many wait."""
    return await _beside(who, HASHER.hash, password)


async def is_right(kept: str | None, password: str, who: str) -> bool:
    """Whether it is the password of this hash; never for None, which takes as long.

    Raises Invalid when too many wait.
    """
    right = await _beside(who, _verified, kept or _nobodys(), password)
    return right and kept is not None


def is_outdated(kept: str) -> bool:
    """Whether it was hashed with less than is asked for now."""
    return HASHER.check_needs_rehash(kept)


def _verified(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except VerificationError:
        return False


@cache
def _nobodys() -> str:
    return HASHER.hash("what is compared where there is no password")


async def _beside(who: str, work: Callable[..., Found], *values: str) -> Found:
    try:
        async with _turns.turn(who):
            return await asyncio.get_running_loop().run_in_executor(_threads, work, *values)
    except Crowded:
        busy = say("Many people are signing in at this moment; try again in a minute.")
        raise Invalid({"": [busy]}) from None
