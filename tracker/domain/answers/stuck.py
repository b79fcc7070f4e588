"""Mails in a mailbox that go wrong again and again: they keep no others waiting, are tried again
later, and are left to people after some days. By the database's clock."""

from collections.abc import Sequence
from hashlib import sha256

from tracker.domain.answers.tables import NAME_MOST
from tracker.domain.database import fetch
from tracker.domain.deliveries.rules import BACKOFF_MOST_SECONDS, GIVE_UP_DAYS

PAUSE_SECONDS = 60
"""After the first failure; twice as long after each further one."""

FORGOTTEN_DAYS = 30
"""After which it is not told any more that one was left to people."""


async def in_turn(box: str, keys: Sequence[str]) -> list[str]:
    """Those of the mails in the mailbox whose turn it is, in their order, by their keys."""
    rows = await fetch(
        "SELECT key FROM stuck_mail"
        " WHERE box = $1 AND next_try_at > now() AND set_aside_at IS NULL",
        written(box),
    )
    late = {row["key"] for row in rows}
    return [each for each in keys if written(each) not in late]


async def failed(box: str, key: str, error: Exception) -> bool:
    """It went wrong. Whether it is to be left to people now, because that goes on for days."""
    name = type(error).__name__[:100]
    pauses = float(PAUSE_SECONDS), float(BACKOFF_MOST_SECONDS)
    [row] = await fetch(_FAILED, written(box), written(key), name, *pauses, GIVE_UP_DAYS)
    return bool(row["set_aside"])


async def taken(box: str, key: str) -> None:
    """It went right, at last or at once."""
    await fetch("DELETE FROM stuck_mail WHERE box = $1 AND key = $2", written(box), written(key))


def written(name: str) -> str:
    """A name as it is kept, bytes that are no UTF-8 written out; what is too long is cut, and told
    from others by its hash."""
    name = name.encode(errors="backslashreplace").decode()
    if len(name) <= NAME_MOST:
        return name
    mark = f"…{sha256(name.encode()).hexdigest()[:16]}"
    return name[: NAME_MOST - len(mark)] + mark


async def forget() -> None:
    """Let go of what nobody has asked about for long."""
    await fetch(_FORGET, FORGOTTEN_DAYS)


_FAILED = """
INSERT INTO stuck_mail AS s (box, key, tries, error, since, next_try_at)
VALUES ($1, $2, 1, $3, now(), now() + make_interval(secs => $4))
ON CONFLICT (box, key) DO UPDATE SET
    tries = least(s.tries + 1, 30000), error = $3,
    next_try_at = now() + make_interval(secs => least($5, $4 * power(2, least(s.tries, 30)))),
    set_aside_at = CASE WHEN s.since < now() - make_interval(days => $6::integer) THEN now() END
RETURNING set_aside_at IS NOT NULL AS set_aside
"""

_FORGET = """
DELETE FROM stuck_mail
WHERE greatest(next_try_at, set_aside_at) < now() - make_interval(days => $1::integer)
"""
