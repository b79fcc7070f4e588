"""What all workers know of relays and of readers' mail providers: which relay is left alone for a
while, and how many mails a domain has had in this minute. By the database's clock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.database import fetch
from tracker.domain.deliveries.masking import kept

PAUSE_SECONDS, PAUSE_MOST_SECONDS = 15, 900
"""How long a relay that could not be reached is left alone at first, twice as long each time."""

PROBE_SECONDS = 30
"""For which whoever tries such a relay again does so alone."""


async def usable(names: Sequence[str]) -> dict[str, bool]:
    """Of these relays, those that may be tried, and whether it is a trial after a failure, which
    nobody else makes at the same time."""
    rows = await fetch(_USABLE, list(names), float(PROBE_SECONDS))
    return {row["name"]: row["probing"] for row in rows}


async def failed(name: str, why: str) -> None:
    """The relay could not be reached: nobody tries for a while."""
    await fetch(_FAILED, name, kept(why), float(PAUSE_SECONDS), float(PAUSE_MOST_SECONDS))


async def recovered(name: str) -> None:
    """The relay can be reached again."""
    await fetch("DELETE FROM relay_breaker WHERE name = $1", name)


@dataclass(frozen=True)
class Granted:
    """How many mails may go to a domain now, and from when on more may."""

    mails: int
    again_at: datetime


async def grant(wanted: Mapping[str, int], most: Mapping[str, int]) -> dict[str, Granted]:
    """Take places in this minute for `wanted` mails to each domain, `most` a minute for each; all
    workers take from the same."""
    domains = [each for each in wanted if each in most]
    if not domains:
        return {}
    rows = await fetch(
        _GRANT, domains, [wanted[each] for each in domains], [most[each] for each in domains]
    )
    return {row["domain"]: Granted(row["granted"], row["again_at"]) for row in rows}


async def forget() -> None:
    """Let go of the minutes that are over."""
    await fetch("DELETE FROM domain_minute WHERE minute < now() - interval '1 hour'")


async def left_alone(names: Collection[str]) -> dict[str, datetime]:
    """Of these relays, those that nobody tries, and until when."""
    rows = await fetch(
        "SELECT name, open_until FROM relay_breaker WHERE name = ANY($1) AND open_until > now()",
        list(names),
    )
    return {row["name"]: row["open_until"] for row in rows}


_USABLE = """
WITH probed AS (
    UPDATE relay_breaker SET open_until = now() + make_interval(secs => $2)
    WHERE name = ANY($1) AND open_until <= now()
    RETURNING name
)
SELECT n.name, p.name IS NOT NULL AS probing
FROM unnest($1::text[]) AS n (name)
LEFT JOIN relay_breaker b ON b.name = n.name LEFT JOIN probed p ON p.name = n.name
WHERE b.name IS NULL OR p.name IS NOT NULL
"""

# Whoever has a connection under way when it breaks says so too; together they count once.
_FAILED = """
INSERT INTO relay_breaker AS b (name, failures, last_error, failed_at, open_until)
VALUES ($1, 1, $2, now(), now() + make_interval(secs => $3))
ON CONFLICT (name) DO UPDATE SET failures = least(b.failures + 1, 100), last_error = $2,
    failed_at = now(),
    open_until = now() + make_interval(secs => least($4, $3 * power(2, least(b.failures, 30))))
WHERE b.failed_at < now() - interval '5 seconds'
"""

_GRANT = """
WITH wanted AS (
    SELECT domain, mails, most FROM unnest($1::text[], $2::int[], $3::int[])
        AS w (domain, mails, most)
    ORDER BY domain
), taken AS (
    INSERT INTO domain_minute AS m (domain, minute, mails)
    SELECT domain, date_trunc('minute', now()), least(mails, most) FROM wanted
    ON CONFLICT (domain, minute) DO UPDATE SET mails = least(
        greatest(m.mails, (SELECT most FROM wanted w WHERE w.domain = m.domain)),
        m.mails + (SELECT w.mails FROM wanted w WHERE w.domain = m.domain))
    RETURNING domain, NEW.mails - coalesce(OLD.mails, 0) AS granted
)
SELECT domain, granted, date_trunc('minute', now()) + interval '1 minute' AS again_at FROM taken
"""
