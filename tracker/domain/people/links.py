"""Links in mails: with one a person signs in, sets a password or confirms an address, once.

A link is bound to the browser that asked for it (ASVS 5, 6.6.2): what somebody else asked for and
talks a person into opening, or into handing on, opens nothing.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from tracker.domain import clock
from tracker.domain.actor import PUBLIC
from tracker.domain.audit import create
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people.account_mails import Tell, tell_nobody
from tracker.domain.people.proofs import Method, Purpose
from tracker.domain.people.refusals import REFUSE_SECONDS, link_refused
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.sessions import SECRET_BYTES, Entry, admit
from tracker.domain.people.tables import Person, SignInLink
from tracker.domain.problems import UNSTORABLE

LINK_MINUTES = 10
LINKS_OPEN_MOST = 3
"""Links of a person at a time; more would only fill their mailbox for somebody else's fun."""

LINK_SECONDS = 0.25
"""Sending a link takes this long whether the account exists or not."""

USED_UP = say("This link was used before, or is too old; ask for another.")
ELSEWHERE = say("This link was asked for in another browser; open it there, or ask for one here.")

_USE = """UPDATE sign_in_link SET used_at = $1
    WHERE token_hash = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $1
    AND (browser_hash IS NULL OR browser_hash = $4) RETURNING id"""
_TRADE = """UPDATE sign_in_link SET used_at = $1
    WHERE token_hash = $2 AND purpose <> $3 AND used_at IS NULL AND expires_at > $1
    RETURNING person, purpose, created_at, expires_at"""
_LOOK = """SELECT person, browser_hash FROM sign_in_link
    WHERE token_hash = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $1"""


class AskedElsewhere(Invalid):
    """The link is good, and another browser's."""


async def send_link(
    email: str,
    browser: str | None = None,
    purpose: Purpose = Purpose.SIGN_IN,
    minutes: int = LINK_MINUTES,
    tell: Tell = tell_nobody,
) -> tuple[Person, str] | None:
    """The secret of a link with which the person signs in, or sets a password, within so many
    minutes, mailed by `tell`; None for an unknown address, and while three links are open, after
    just as long, so that nobody can probe for accounts. `browser` is what only the browser that
    asks knows.
    """
    async with lasting(LINK_SECONDS), transaction():
        person = await _to_be_linked(email.strip().lower())
        if person is None or await queries.open_links(person.id) >= LINKS_OPEN_MOST:
            return None
        secret = await new_link(person, purpose, browser, minutes)
        await tell(person, secret)
        return person, secret


async def send_here(
    secret: str, browser: str, tell: Callable[[Purpose], Tell] = lambda _: tell_nobody
) -> tuple[Person, str, Purpose]:
    """Trade a good link that another browser asked for against one for this browser, mailed as well
    by what `tell` gives for its purpose. Whoever shows it reads that mailbox; so nobody's links, of
    whom three may be open, keep the owner out.

    Raises Invalid when the link is used up or old.
    """
    async with transaction():
        rows = await fetch(_TRADE, clock.now(), fingerprint(secret), Purpose.ADDRESS.value)
        if not rows:
            raise Invalid({"link": [USED_UP]})
        person = await Person.objects().get(Person.id == rows[0]["person"])
        assert person
        purpose = Purpose(rows[0]["purpose"])
        minutes = round((rows[0]["expires_at"] - rows[0]["created_at"]).total_seconds() / 60)
        fresh = await new_link(person, purpose, browser, minutes)
        await tell(purpose)(person, fresh)
        return person, fresh, purpose


async def redeem_link(secret: str, browser: str = "", *, request_id: str | None = None) -> Entry:
    """Trade a link's secret, once, for a session's. Raises Invalid when it is used up, old, or was
    asked for in another browser."""
    async with telling_refusals(secret, Purpose.SIGN_IN, request_id), transaction():
        link = await use_link(secret, Purpose.SIGN_IN, browser)
        return await admit(link.person, Method.LINK, request_id=request_id)


@asynccontextmanager
async def telling_refusals(
    secret: str, purpose: Purpose, request_id: str | None
) -> AsyncIterator[None]:
    """Have the trail tell of a link that is refused inside, after the same time whether it ever
    was anybody's."""
    try:
        yield
    except Invalid as refusal:
        if "link" in refusal.fields:
            async with lasting(REFUSE_SECONDS):
                await link_refused(secret, purpose, request_id)
        raise


async def use_link(secret: str, purpose: Purpose, browser: str) -> SignInLink:
    """Use the link up, in the caller's transaction: of any number of parallel uses one succeeds.

    Raises Invalid, or AskedElsewhere, which leaves the link as it is.
    """
    values = clock.now(), fingerprint(secret), purpose.value, fingerprint(browser)
    rows = await fetch(_USE, *values)
    if not rows:
        await owner(secret, purpose, browser)
        raise Invalid({"link": [USED_UP]})
    link = await SignInLink.objects().get(SignInLink.id == rows[0]["id"])
    assert link
    return link


async def owner(secret: str, purpose: Purpose, browser: str) -> int:
    """Whose link it is, without using it. Raises Invalid, or AskedElsewhere."""
    values = clock.now(), fingerprint(secret), purpose.value
    rows = await fetch(_LOOK, *values)
    if not rows:
        raise Invalid({"link": [USED_UP]})
    if rows[0]["browser_hash"] not in (None, fingerprint(browser)):
        raise AskedElsewhere({"link": [ELSEWHERE]})
    number: int = rows[0]["person"]
    return number


async def void(person_id: int, *purposes: Purpose) -> None:
    """Have the person's links of these kinds, or all, open nothing any more."""
    await fetch(
        "UPDATE sign_in_link SET expires_at = $2 WHERE person = $1 AND used_at IS NULL"
        " AND expires_at > $2 AND purpose = ANY($3)",
        person_id,
        clock.now(),
        [each.value for each in purposes or Purpose],
    )


async def new_link(
    person: Person, purpose: Purpose, browser: str | None, minutes: int, email: str | None = None
) -> str:
    """The secret of a new link of the person."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    link = SignInLink(
        person=person.id,
        purpose=purpose,
        token_hash=fingerprint(secret),
        browser_hash=fingerprint(browser) if browser else None,
        email=email,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=minutes),
    )
    await create(PUBLIC, link, "send_link")
    return secret


async def _to_be_linked(email: str) -> Person | None:
    """The person with this address, locked so that their links are counted one by one."""
    if UNSTORABLE.search(email):
        return None
    return await Person.objects().where(Person.email == email).lock_rows("NO KEY UPDATE").first()


@asynccontextmanager
async def lasting(seconds: float) -> AsyncIterator[None]:
    """What happens inside takes at least this long, as seen from outside."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(end - loop.time())
