"""Documents that clients ask for by their hash: as the draft of GraphQL over HTTP has it
(`documentId`), and as Apollo's clients do (`extensions.persistedQuery`).

A document is known once somebody has sent it together with its hash and it was a good one. Each
process remembers some; Redis carries them from one process to the others, for a week after they
were left. Without Redis everything works, only less often at the first try.
"""

import logging
from hashlib import sha256
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.kept import Recent
from tracker.graphql.planner.run import KEPT_MOST
from tracker.settings import Settings
from tracker.web.asked import DOCUMENT_WANTED, Asked, Refused

log = logging.getLogger(__name__)

SECONDS = 7 * 24 * 60 * 60
KEY, INDEX = "graphql:document:", "graphql:documents"
PATIENCE = 0.5
"""Seconds for an answer of Redis."""

UNKNOWN_DOCUMENT = {
    "message": "No document with this id is known here; send it once as “query” beside its id.",
    "extensions": {"code": ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND},
}
UNKNOWN_QUERY = {
    "message": "PersistedQueryNotFound",
    "extensions": {"code": ErrorCode.PERSISTED_QUERY_NOT_FOUND},
}
"""Word for word what Apollo's clients look for, to send the document along."""


class Unknown(Exception):
    """Nobody has left this document; `error` says so in the words of who asked."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.error = error
        super().__init__(error["message"])


class Documents:
    """The documents known by their hash, at most `most` in this process and as many in Redis."""

    def __init__(self, settings: Settings) -> None:
        self.most = settings.graphql_documents
        self._known: Recent[str, str] = Recent(max(1, self.most))
        self._redis: Redis | None = None
        if settings.redis_url and self.most:
            self._redis = Redis.from_url(
                settings.redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
            )

    async def close(self) -> None:
        """Give the connections back."""
        if self._redis is not None:
            await self._redis.close()

    async def text(self, asked: Asked) -> tuple[str, str | None]:
        """The document that is asked for, and the hash under which to keep it when it turns out
        to be good.

        Raises Refused, or Unknown for a hash that nobody has left a document for.
        """
        wanted, unknown = _hash(asked)
        if wanted is None:
            if asked.query is None:
                raise Refused(400, DOCUMENT_WANTED)
            return asked.query, None
        if not self.most:
            raise Refused(400, "Documents are not kept here; send them as “query”.")
        if asked.query is None:
            found = self._known.get(wanted) or await self._carried(wanted)
            if found is None:
                raise Unknown(unknown)
            self._known.recall(wanted, lambda: found)
            return found, None
        if sha256(asked.query.encode()).hexdigest() != wanted:
            raise Refused(400, "The hash is not the SHA-256 of “query” in UTF-8; send both alike.")
        return asked.query, None if wanted in self._known else wanted

    async def keep(self, wanted: str, text: str) -> None:
        """Keep a good document."""
        if len(text) > KEPT_MOST:
            return
        self._known.recall(wanted, lambda: text)
        if self._redis is None:
            return
        try:
            await self._leave(self._redis, wanted, text)
        except (RedisError, OSError) as error:
            log.warning("a document stays in this process, because Redis fails: %s", error)

    async def _leave(self, redis: Redis, wanted: str, text: str) -> None:
        """The oldest beyond the bound make room, whoever left them."""
        async with redis.pipeline(transaction=False) as pipe:
            pipe.set(KEY + wanted, text, ex=SECONDS)
            pipe.lrem(INDEX, 0, wanted)
            pipe.lpush(INDEX, wanted)
            pipe.lrange(INDEX, self.most, -1)
            pipe.ltrim(INDEX, 0, self.most - 1)
            *_, old, _ = await pipe.execute()
        if old:
            await redis.delete(*(KEY + name.decode() for name in old))

    async def _carried(self, wanted: str) -> str | None:
        if self._redis is None:
            return None
        try:
            found: Any = await self._redis.get(KEY + wanted)
        except (RedisError, OSError):
            return None
        # Whoever may write to Redis may not thereby answer for another document.
        if found is None or sha256(found).hexdigest() != wanted:
            return None
        text: str = found.decode()
        return text


def _hash(asked: Asked) -> tuple[str | None, dict[str, Any]]:
    """The SHA-256 that the request names, and what to say when it is not known."""
    if asked.documentId is not None:
        kind, _, digest = asked.documentId.partition(":")
        if kind != "sha256" or not _is_digest(digest):
            raise Refused(400, "documentId: write sha256: and 64 hexadecimal digits in lower case.")
        return digest, UNKNOWN_DOCUMENT
    persisted = (asked.extensions or {}).get("persistedQuery")
    if persisted is None:
        return None, UNKNOWN_QUERY
    given: Any = persisted if isinstance(persisted, dict) else {}
    if given.get("version") != 1 or not _is_digest(given.get("sha256Hash")):
        raise Refused(400, "persistedQuery: send version 1 and the sha256Hash of the document.")
    return given["sha256Hash"], UNKNOWN_QUERY


def _is_digest(text: object) -> bool:
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")
