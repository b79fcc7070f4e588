"""When tokens were last used: enough to see which ones nobody needs any more."""

from collections import OrderedDict
from datetime import datetime, timedelta

from tracker.domain import clock
from tracker.domain.people.tables import ApiTokenUse

EVERY = timedelta(minutes=5)
KEPT_MOST = 10_000

_noted: OrderedDict[str, datetime] = OrderedDict()
"""Hash of a token -> when this process last wrote that it was used."""


async def note_use(token_hash: str) -> None:
    """Record that the token of this hash was used just now, at most once in five minutes and
    process: on all other requests this costs a look into a dictionary."""
    now = clock.now()
    before = _noted.get(token_hash)
    if before is not None and before <= now < before + EVERY:
        return
    _noted[token_hash] = now
    _noted.move_to_end(token_hash)
    if len(_noted) > KEPT_MOST:
        _noted.popitem(last=False)
    await ApiTokenUse.raw(
        "INSERT INTO api_token_use (token, last_used_at)"
        " SELECT id, {} FROM api_token WHERE token_hash = {}"
        " ON CONFLICT (token) DO UPDATE SET last_used_at = excluded.last_used_at"
        " WHERE api_token_use.last_used_at < excluded.last_used_at",
        now,
        token_hash,
    )
