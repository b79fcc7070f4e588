"""The first time that somebody comes by their city's sign-on: what it says of their address is
believed once they have answered a mail to that address, in the browser that came.

A provider is set up by one city, and its word opens no account that others count on. What is
waited for lies sealed in the link, so that nothing is kept of people whom nobody has invited.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from tracker.domain import clock
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Invalid
from tracker.domain.people.links import ELSEWHERE, LINK_MINUTES, LINK_SECONDS, USED_UP, lasting
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.sign_on import (
    Known,
    let_in,
    linked,
    tell_refused,
    why_not,
)
from tracker.domain.people.sign_on_tables import SignOn
from tracker.domain.people.tables import Person
from tracker.domain.sealing import Unreadable, sealed, unsealed

ABOUT = "first sign-on"


@dataclass(frozen=True)
class Claim:
    """Whom a provider says it has signed in, in which browser, and where they go on to."""

    sign_on: int
    known: Known
    browser_hash: str
    next_path: str
    until: float


@dataclass(frozen=True)
class Letter:
    """A mail to an address that a provider has named: the secret of a link, or why there is none.
    `person` is who it is for; without a number nobody here yet, of whom no name is told."""

    person: Person
    secret: str
    why: str


async def first_letter(
    sign_on: SignOn,
    known: Known,
    browser: str,
    next_path: str,
    tell: Callable[[Letter], Awaitable[object]],
    *,
    request_id: str | None = None,
) -> Letter | None:
    """The mail, owed by `tell`; None to somebody whom nobody here knows or has invited,
    after just as long. `browser` is what only the browser that came knows."""
    async with lasting(LINK_SECONDS), transaction():
        email = known.email.lower()
        person = await Person.objects().get(Person.email == email)
        why = await why_not(sign_on, known)
        if why and person is None:
            return None
        if why and person is not None:
            await tell_refused(person, request_id)
            letter = Letter(person, "", why)
            await tell(letter)
            return letter
        until = (clock.now() + timedelta(minutes=LINK_MINUTES)).timestamp()
        claim = Claim(sign_on.id, known, fingerprint(browser), next_path, until)
        secret = sealed(msgspec.json.encode(claim).decode(), ABOUT)
        nobody = Person(name="", email=email, language=await _language(email, sign_on.city))
        letter = Letter(person or nobody, secret, "")
        await tell(letter)
        return letter


def claim_of(secret: str, browser: str) -> Claim:
    """What the link confirms. Raises Invalid when it is old, or another browser's."""
    try:
        claim = msgspec.json.decode(unsealed(secret, ABOUT), type=Claim)
    except (Unreadable, ValueError) as error:
        raise Invalid({"link": [USED_UP]}) from error
    if clock.now().timestamp() >= claim.until:
        raise Invalid({"link": [USED_UP]})
    if claim.browser_hash != fingerprint(browser):
        raise Invalid({"link": [ELSEWHERE]})
    return claim


async def redeem_claim(
    secret: str, browser: str, *, request_id: str | None = None
) -> tuple[Person, SignOn, Claim]:
    """Let the provider sign the person in from now on, once. The caller opens the session.

    Raises Invalid, also when the sign-on was changed meanwhile, or NotLetIn.
    """
    claim = claim_of(secret, browser)
    async with transaction():
        sign_on = await (
            SignOn.objects().where(SignOn.id == claim.sign_on).lock_rows("NO KEY UPDATE").first()
        )
        same = sign_on and sign_on.active and sign_on.issuer == claim.known.issuer
        if not sign_on or not same or await linked(claim.known):
            raise Invalid({"link": [USED_UP]})
        return await let_in(sign_on, claim.known, None), sign_on, claim


async def _language(email: str, city_id: int) -> str:
    """In which the invitation was."""
    rows = await fetch(
        "SELECT language FROM invitation WHERE email = $1 AND city = $2 ORDER BY id DESC LIMIT 1",
        email,
        city_id,
    )
    return rows[0]["language"] if rows else "en"
