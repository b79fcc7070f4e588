"""When keys were last used: tokens, to see which ones nobody needs any more, and sessions, which
end when nobody uses them."""

from collections import OrderedDict
from datetime import datetime, timedelta

from tracker.domain import clock
from tracker.domain.database import fetch
from tracker.domain.people.identities import Credential

EVERY = timedelta(minutes=5)
KEPT_MOST = 10_000

_noted: OrderedDict[str, datetime] = OrderedDict()
"""Hash of a secret -> when this process last wrote that it was used."""

_NOTE = """
INSERT INTO {name}_use ({column}, last_used_at) SELECT id, $1 FROM {name} WHERE token_hash = $2
ON CONFLICT ({column}) DO UPDATE SET last_used_at = excluded.last_used_at
WHERE {name}_use.last_used_at < excluded.last_used_at
"""
_NOTES = {
    "token": _NOTE.format(name="api_token", column="token"),
    "session": _NOTE.format(name="session", column="session"),
}


async def note_use(credential: Credential) -> None:
    """Record that the key was used just now, at most once in five minutes and process: on all
    other requests this costs a look into a dictionary."""
    now = clock.now()
    before = _noted.get(credential.hash)
    if before is not None and before <= now < before + EVERY:
        return
    _noted[credential.hash] = now
    _noted.move_to_end(credential.hash)
    if len(_noted) > KEPT_MOST:
        _noted.popitem(last=False)
    await fetch(_NOTES[credential.key[0]], now, credential.hash)
