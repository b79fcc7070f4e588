"""Channels that digests are posted to: set up and ended by their person, and by failing too long.

A post is signed after Standard Webhooks: HMAC-SHA256 over its number, instant and bytes, with a key
that only the person and the tracker know. Each person has one channel at a time.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from tracker.domain import clock, sealing
from tracker.domain.actor import SYSTEM, Actor
from tracker.domain.audit import change, create, load
from tracker.domain.database import fetch, transaction
from tracker.domain.deliveries.claims import Claim
from tracker.domain.deliveries.masking import kept
from tracker.domain.deliveries.owing import Mailing, again, anew, owe
from tracker.domain.deliveries.posting import post
from tracker.domain.deliveries.rules import rights_ended
from tracker.domain.deliveries.tables import OPEN, DeliveryKind
from tracker.domain.digests.rules import subscription_visible
from tracker.domain.digests.tables import DigestHook, HookFormat
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.installation import chosen
from tracker.domain.messages import say
from tracker.domain.networks import is_named, is_private_host, is_server, no_server
from tracker.domain.people import queries
from tracker.domain.people import rules as people
from tracker.domain.people.rules import may_manage
from tracker.domain.people.sessions import require_fresh
from tracker.domain.people.tables import Person
from tracker.domain.problems import Problems
from tracker.domain.visibility import everyone

KEY_BYTES = 32
KEY_PREFIX = "whsec_"
"""By Standard Webhooks; lets secret scanners recognise a key that leaked."""

FAILURES_MOST = 10
"""Failures in a row after which a channel is ended: about a day, by the ledger's pauses."""

LOCKED = say("The channel was sealed with another key; set it up again.")


@dataclass(frozen=True, kw_only=True)
class HookDraft:
    """Where digests are to be posted, and how they are written for it."""

    format: HookFormat
    address: str


@dataclass(frozen=True)
class Target:
    """A channel to post to, readable."""

    hook_id: int
    format: HookFormat
    address: str
    key: str


@dataclass(frozen=True)
class Post:
    """A digest that is to be posted: as it was frozen, in whose language (BCP 47); a closing one,
    with the code of its project."""

    target: Target
    subject: str
    text: str
    language: str
    project: str | None


@dataclass(frozen=True)
class Outdated:
    """A digest of which nothing may be posted: its reader saw more when it was read, or it is being
    written anew. `goes_on` means that its mail is still on its way, and may be written anew."""

    goes_on: bool


@dataclass(frozen=True)
class Locked:
    """A digest that is to be posted to a channel whose address and key nobody can read."""

    hook_id: int


async def set_up_hook(actor: Actor, person_id: int, draft: HookDraft) -> tuple[DigestHook, str]:
    """Have one's digests posted there as well, in place of a former channel. Returns the key that
    they are signed with, which is never shown again.

    Raises Invalid, NotFound, Stale, or Forbidden for another's digests.
    """
    require_fresh(actor)
    problems = Problems()
    address = _postable(draft.address, problems)
    problems.raise_any()
    key = KEY_PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    async with transaction():
        await load(actor, Person, person_id, people.visible)
        if not actor.owns(person_id):
            raise Forbidden(say("Everybody decides where their own digests go."))
        for row in await fetch(_STANDING, person_id):
            await end_hook(actor, row["id"])
        about = _about(person_id)
        hook = DigestHook(
            person=person_id,
            format=draft.format,
            host=urlsplit(address).hostname or "",
            address=sealing.sealed(address, about),
            key=sealing.sealed(key, about),
            created_at=clock.now(),
        )
        return await create(actor, hook, "set_up"), key


def _postable(text: str, problems: Problems) -> str:
    """The address, unless it is one where nothing is ever posted (`outward`)."""
    wrong = len(problems.fields)
    address = problems.web_address("address", text)
    if len(problems.fields) == wrong and not is_named(address, chosen().private_channels):
        parts = urlsplit(address)
        host = parts.hostname or ""
        problems.unless(is_server(host), "address", no_server(host))
        problems.unless(
            parts.scheme == "https",
            "address",
            say("Digests are posted by https alone; write https://… here."),
        )
        problems.unless(
            not is_private_host(host),
            "address",
            say(
                "This is inside a private network, where nothing is posted. Name a public server,"
                " or ask whoever runs the tracker to allow this one."
            ),
        )
    return address


async def end_hook(actor: Actor, digest_hook_id: int) -> DigestHook:
    """Have nothing more posted there.

    Raises Invalid when it was ended before, NotFound, or Forbidden for another's.
    """
    async with change(actor, DigestHook, digest_hook_id, subscription_visible, "end") as hook:
        if not may_manage(actor, hook.person):
            raise Forbidden(say("Everybody decides where their own digests go."))
        if hook.ended_at:
            raise Invalid({"digest_hook_id": [say("Nothing is posted there any more.")]})
        hook.ended_at = clock.now()
    return hook


async def target_of(person_id: int) -> Target | None:
    """The person's channel; None without one. Raises sealing.Unreadable."""
    rows = await fetch(_TARGET, person_id)
    return _target(rows[0]) if rows else None


async def owe_posts(digests: Sequence[int]) -> None:
    """Owe the posts of digests whose mails have these deliveries, to readers who have a channel: in
    the transaction in which what they say is kept. What was owed before says that as well, also
    where it was called off."""
    rows = await fetch(_TO_POST, list(digests))
    mailings = [
        Mailing(
            kind=DeliveryKind.HOOK,
            person_id=row["person"],
            address=row["host"],
            key=f"{row['issue']}:{row['hook']}",
        )
        for row in rows
    ]
    made = await owe(mailings) if mailings else {}
    if former := [each for each in mailings if (each.person_id, each.key) not in made]:
        await anew(former)
        await again(former)


async def to_post(claim: Claim) -> Post | Outdated | Locked | None:
    """What the delivery posts: None where the channel has ended, or its person has no role any
    more; Outdated where one ended since the digest was read, or a delegation to them, or where the
    post was frozen before the digest was written anew."""
    rows = await fetch(_POST, claim.id, clock.now())
    return _post(rows[0]) if rows else None


async def worked(hook_id: int) -> None:
    """The server took one."""
    await fetch(_WORKED, hook_id)


async def failed(hook_id: int, why: str, *, for_good: bool = False) -> bool:
    """It did not. Whether it is ended now, because that was once too often, or `for_good`: its
    person is told by mail."""
    async with transaction():
        [row] = await fetch(_FAILED, hook_id, kept(why, 300))
        if row["ended_at"] or not (for_good or row["failures"] >= FAILURES_MOST):
            return bool(row["ended_at"])
        async with change(SYSTEM, DigestHook, hook_id, everyone, "give_up") as hook:
            hook.ended_at, hook.gave_up = clock.now(), True
        told = {"host": hook.host, "why": kept(why, 300)}
        await post(await queries.person(hook.person), "hook_ended", context=told)
    return True


def signature(key: str, number: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers that say whose a post is, and when it was sent (Standard Webhooks 1.0)."""
    stamp = str(int(at.timestamp()))
    signed = f"{number}.{stamp}.".encode() + body
    made = hmac.new(base64.b64decode(key.removeprefix(KEY_PREFIX)), signed, sha256).digest()
    return {
        "webhook-id": number,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(made).decode()}",
    }


def _post(row: Any) -> Post | Outdated | Locked:
    if row["outdated"]:
        return Outdated(row["goes_on"])
    try:
        target = _target(row)
    except sealing.Unreadable:
        return Locked(row["hook"])
    return Post(target, row["subject"], row["text"], row["language"], row["code"])


def _target(row: Any) -> Target:
    about = _about(row["person"])
    return Target(
        row["hook"],
        HookFormat(row["format"]),
        sealing.unsealed(row["address"], about),
        sealing.unsealed(row["key"], about),
    )


def _about(person_id: int) -> str:
    return f"digest_hook {person_id}"


_STANDING = "SELECT id FROM digest_hook WHERE person = $1 AND ended_at IS NULL FOR UPDATE"

_TARGET = """
SELECT h.id AS hook, h.person, h.format, h.address, h.key FROM digest_hook h
WHERE h.person = $1 AND h.ended_at IS NULL
"""

_TO_POST = """
SELECT i.person, i.id AS issue, h.id AS hook, h.host
FROM digest_issue i JOIN digest_hook h ON h.person = i.person AND h.ended_at IS NULL
WHERE i.delivery = ANY($1::int[]) AND i.text IS NOT NULL
"""

_POST = f"""
SELECT h.id AS hook, h.person, h.format, h.address, h.key, i.subject, i.text, i.language, p.code,
    i.text IS NULL OR (d.message IS NOT NULL AND d.composed_at < i.composed_at)
        OR {rights_ended("h.person", "i.composed_at", "$2::timestamptz")} AS outdated,
    EXISTS (SELECT FROM delivery m WHERE (m.id = i.delivery OR m.resends = i.delivery)
            AND m.state IN {OPEN}) AS goes_on
FROM delivery d
JOIN digest_issue i ON i.id = split_part(d.key, ':', 1)::int
JOIN digest_hook h ON h.id = split_part(d.key, ':', 2)::int
LEFT JOIN project p ON p.id = i.project
WHERE d.id = $1 AND h.ended_at IS NULL
  AND EXISTS (SELECT FROM membership m WHERE m.person = h.person AND m.ended_at IS NULL)
"""  # noqa: S608 - our own text

_WORKED = """UPDATE digest_hook SET sent_at = now(), failures = 0, last_error = NULL
WHERE id = $1"""

_FAILED = """UPDATE digest_hook SET failures = least(failures + 1, 30000), last_error = $2
WHERE id = $1 RETURNING failures, ended_at"""
