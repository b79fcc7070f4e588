"""Keys with which programs act for people."""

import secrets
from datetime import timedelta

from tracker.domain import clock
from tracker.domain.actor import Actor, Role
from tracker.domain.audit import change, create, load
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.meaning import Meaning
from tracker.domain.messages import say
from tracker.domain.people.rules import fingerprint, may_manage, token_visible, visible
from tracker.domain.people.sessions import require_fresh
from tracker.domain.people.tables import ApiToken, Membership, Person
from tracker.domain.problems import Problems

TOKEN_DAYS_MOST = 366
PURPOSE_MOST = 100
TOKEN_PREFIX = "est_"  # noqa: S105 - lets secret scanners recognise a leaked token
TOKEN_SHOWN = 12
"""Characters of a token that stay readable; what follows them keeps 200 bits."""

SECRET_BYTES = 32


class TokenScope(Meaning):
    """What programs may do with an API token, at most: never more than its person."""

    READ = "read", "Read what its person sees; mutations are refused."
    WRITE = "write", "Read, and do what its person may do."


async def issue_token(
    actor: Actor,
    person_id: int | None = None,
    days: int = 90,
    read_only: bool = False,
    purpose: str = "",
    scope: TokenScope | None = None,
    city_id: int | None = None,
) -> tuple[ApiToken, str]:
    """A key with which a program acts for the person, oneself unless another is named, and its
    secret, which is never shown again.
    The purpose, up to 100 characters, is to know it by later. With a city, only the person's roles
    there count, and only those of today, whatever is granted later. Operators issue any person's,
    as the system. `read_only` is what `scope` was before there were scopes.

    Raises Invalid, NotFound, Forbidden for another's token, or Stale.
    """
    require_fresh(actor)
    person_id = person_id or actor.person_id
    if person_id is None:
        raise Forbidden(say("Sign in, or say for which person."))
    problems = Problems()
    problems.unless(
        1 <= days <= TOKEN_DAYS_MOST,
        "days",
        say("Must lie between 1 and {days}.", days=TOKEN_DAYS_MOST),
    )
    wanted = scope or (TokenScope.READ if read_only else TokenScope.WRITE)
    purpose = problems.line("purpose", purpose, PURPOSE_MOST)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    async with transaction():
        await load(actor, Person, person_id, visible)
        if not actor.owns(person_id) and not actor.system:
            raise Forbidden(say("Everybody issues their own tokens, and nobody those of others."))
        await _check_city(person_id, city_id, problems)
        _check_limit(actor, days, problems)
        problems.raise_any()
        token = ApiToken(
            person=person_id,
            purpose=purpose,
            prefix=secret[:TOKEN_SHOWN],
            token_hash=fingerprint(secret),
            read_only=wanted is TokenScope.READ,
            covers=await _covers(actor, person_id, city_id),
            second_factor=actor.second_factor or actor.system,
            city=city_id,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=days),
        )
        return await create(actor, token, "issue"), secret


async def revoke_token(actor: Actor, token_id: int) -> ApiToken:
    """Refuse the token from now on.

    Raises Invalid when it was revoked before, NotFound, or Forbidden for another's token.
    """
    async with change(actor, ApiToken, token_id, token_visible, "revoke") as token:
        if not may_manage(actor, token.person):
            raise Forbidden(
                say("Everybody revokes their own tokens; the administrator revokes any.")
            )
        if token.revoked_at:
            raise Invalid({"token_id": [say("This token is already revoked.")]})
        token.revoked_at = clock.now()
    return token


async def _check_city(person_id: int, city_id: int | None, problems: Problems) -> None:
    held = city_id is None or await Membership.exists().where(
        Membership.person == person_id,
        Membership.city == city_id,
        Membership.ended_at.is_null(),
    )
    problems.unless(held, "city_id", say("The person holds no role in this city; choose another."))


def _check_limit(actor: Actor, days: int, problems: Problems) -> None:
    """A key that a program issues lasts no longer than its own: otherwise one that leaked would
    never end."""
    problems.unless(
        actor.limit is None or days <= (actor.limit.until - clock.now()) / timedelta(days=1),
        "days",
        say("A token that is issued with another one lasts no longer than that."),
    )


async def _covers(actor: Actor, person_id: int, city_id: int | None) -> str:
    """The roles that the token is for: those of today, in the city where one is named, and of a
    token's those that it covers itself. Roles granted later want another token."""
    rows = await fetch(
        "SELECT role, city FROM membership WHERE person = $1 AND ended_at IS NULL"
        " AND ($2::integer IS NULL OR city = $2) ORDER BY id",
        person_id,
        city_id,
    )
    held = [(Role(row["role"]), row["city"]) for row in rows]
    if actor.limit is not None:
        held = [each for each in held if each in actor.memberships]
    return " ".join(f"{role.value}:{city or ''}" for role, city in held)
