"""Keys with which programs act for people."""

import secrets
from datetime import timedelta

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.people.rules import fingerprint, may_manage, token_visible, visible
from tracker.domain.people.sessions import require_fresh
from tracker.domain.people.tables import ApiToken, Membership, Person, TokenScope
from tracker.domain.problems import Problems

TOKEN_DAYS_MOST = 366
PURPOSE_MOST = 100
TOKEN_PREFIX = "est_"  # noqa: S105 - lets secret scanners recognise a leaked token
TOKEN_SHOWN = 12
"""Characters of a token that stay readable; what follows them keeps 200 bits."""

SECRET_BYTES = 32


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
    there count. `read_only` is what `scope` was before there were scopes.

    Raises Invalid, NotFound, Forbidden for another's token, or Stale.
    """
    require_fresh(actor)
    person_id = person_id or actor.person_id
    if person_id is None:
        raise Forbidden("Sign in, or say for which person.")
    problems = Problems()
    problems.unless(
        1 <= days <= TOKEN_DAYS_MOST, "days", f"Must lie between 1 and {TOKEN_DAYS_MOST}."
    )
    wanted = scope or (TokenScope.READ if read_only else TokenScope.WRITE)
    purpose = problems.line("purpose", purpose, PURPOSE_MOST)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    async with transaction():
        await load(actor, Person, person_id, visible)
        if not may_manage(actor, person_id):
            raise Forbidden("Everybody issues their own tokens; the administrator issues any.")
        await _check_city(person_id, city_id, problems)
        _check_limit(actor, days, city_id, problems)
        problems.raise_any()
        token = ApiToken(
            person=person_id,
            purpose=purpose,
            prefix=secret[:TOKEN_SHOWN],
            token_hash=fingerprint(secret),
            read_only=wanted is TokenScope.READ,
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
            raise Forbidden("Everybody revokes their own tokens; the administrator revokes any.")
        if token.revoked_at:
            raise Invalid({"token_id": ["This token is already revoked."]})
        token.revoked_at = clock.now()
    return token


async def _check_city(person_id: int, city_id: int | None, problems: Problems) -> None:
    held = city_id is None or await Membership.exists().where(
        Membership.person == person_id,
        Membership.city == city_id,
        Membership.ended_at.is_null(),
    )
    problems.unless(held, "city_id", "The person holds no role in this city; choose another.")


def _check_limit(actor: Actor, days: int, city_id: int | None, problems: Problems) -> None:
    """A key that a program issues is no wider than its own, and lasts no longer: otherwise one
    that leaked would never end."""
    if actor.limit is None:
        return
    problems.unless(
        actor.limit.city_id in (None, city_id),
        "city_id",
        "A token for one city issues tokens for that city only.",
    )
    problems.unless(
        clock.now() + timedelta(days=days) <= actor.limit.until,
        "days",
        "A token that is issued with another one lasts no longer than that.",
    )
