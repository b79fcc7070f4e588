"""Doing something once, however often it is asked for (after the IETF draft
"The Idempotency-Key HTTP Header Field").

The key's row is written in the transaction of the change. So there are never a change without its
key or a key without its answer; and whoever repeats a request that is still under way waits for
its answer.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.database import fetch, savepoint, transaction
from tracker.domain.errors import Conflict, Invalid
from tracker.domain.idempotency.tables import KEY_MOST
from tracker.domain.messages import say

KEPT = timedelta(hours=24)
"""A repeat after that is a new request, as far as rules allow it."""

Answer = Mapping[str, Any]


class Undone(Exception):
    """What was begun is undone; its answer counts all the same, and comes again to a repeat."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__("undone")


async def once(
    actor: Actor, key: str, fingerprint: str, act: Callable[[], Awaitable[Answer]]
) -> Answer:
    """The answer of `act`, which is something that JSON can say, or the first one where the actor
    has used the key before; then nothing is done. `fingerprint` stands for what was asked.

    Raises Invalid for a key that is none, or was used to ask for something else.
    """
    assert actor.person_id is not None, "the public changes nothing that could be repeated"
    _require_key(key)
    async with transaction():
        known = await _claimed(actor, key, fingerprint)
        if known is not None:
            return known
        try:
            async with savepoint():
                answer = await act()
        except Undone as undone:
            answer = undone.answer
        await fetch(_KEEP, actor.person_id, key, json.dumps(answer))
    return answer


async def forget(now: datetime) -> int:
    """Let go of the keys whose time has passed; how many those were."""
    gone = await fetch(_FORGET, now - KEPT)
    return len(gone)


def _require_key(key: str) -> None:
    if not (0 < len(key) <= KEY_MOST and key.isascii() and key.isprintable()):
        message = say(
            "Write 1 to {most} printable ASCII characters, such as a UUID.", most=KEY_MOST
        )
        raise Invalid({"idempotency_key": [message]})


async def _claimed(actor: Actor, key: str, fingerprint: str) -> Answer | None:
    """None when the key is ours now, otherwise its answer. A claim of somebody who is not through
    yet is waited for."""
    if await fetch(_CLAIM, actor.person_id, key, fingerprint, clock.now()):
        return None
    found = await fetch(_KNOWN, actor.person_id, key)
    if not found:
        raise Conflict(say("The key has just run out; repeat the request."), version=0)
    [known] = found
    if known["fingerprint"] != fingerprint:
        message = say(
            "This key was used to ask for something else. Use a new key for each change; to"
            " repeat a request, send it as it was."
        )
        raise Invalid({"idempotency_key": [message]})
    answer: Answer = json.loads(known["answer"])
    return answer


_CLAIM = """
INSERT INTO idempotency_key (person, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (person, key) DO NOTHING RETURNING id
"""

_KNOWN = "SELECT fingerprint, answer FROM idempotency_key WHERE person = $1 AND key = $2"

_KEEP = "UPDATE idempotency_key SET answer = $3 WHERE person = $1 AND key = $2"

_FORGET = "DELETE FROM idempotency_key WHERE created_at < $1 RETURNING id"
