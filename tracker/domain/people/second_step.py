"""The step between a first proof and a session, for whoever owes a second factor: give it, or set
it up where a role needs one."""

from dataclasses import dataclass
from datetime import datetime

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Invalid
from tracker.domain.messages import say
from tracker.domain.people import factors, queries
from tracker.domain.people.factors import WRONG, Enrolment
from tracker.domain.people.proofs import MAILED, Method
from tracker.domain.people.refusals import Refused, refused
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.sessions import open_session

TRIES_MOST = 5
"""Codes for one first proof; a million codes and three of them right at a time leave a guesser
one chance in 66,000."""


UNCHANGED = (
    "h.password_set_at IS NOT DISTINCT FROM"
    " (SELECT w.set_at FROM password w WHERE w.person = h.person)"
)
OPEN = f"h.used_at IS NULL AND h.expires_at > $2 AND h.tries < $3 AND {UNCHANGED}"
"""SQL for a first proof that still counts; the password that there was then is there still."""
LOOK = "SELECT person, method, created_at, city FROM half_sign_in h WHERE token_hash = $1"
TRY = "UPDATE half_sign_in h SET tries = tries + 1 WHERE token_hash = $1"
USE = "UPDATE half_sign_in h SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2"

UNMAILED = say("Open the link that we mail you first: then you set up your second factor.")


class Over(Invalid):
    """The first proof has to be given again."""

    def __init__(self) -> None:
        super().__init__({"": [say("This took too long, or too many tries; sign in again.")]})


@dataclass(frozen=True)
class Half:
    """Somebody between the proofs: who it would be, and whether they have a second factor."""

    person_id: int
    enrolled: bool
    began_at: datetime
    method: Method = Method.LINK
    city_id: int | None = None

    @property
    def may_enrol(self) -> bool:
        """Whether they may set up their first app now: a password alone, which somebody may have
        found out, lets nobody make an app of their own the second proof."""
        return not self.enrolled and self.method in MAILED

    @property
    def actor(self) -> Actor:
        """The person, for setting up what they need; they have proved just now who they are."""
        return Actor(person_id=self.person_id, proved_at=self.began_at, sign_on_city=self.city_id)


@dataclass(frozen=True)
class Done:
    """The session's secret, whose it is, and recovery codes where they have just been made."""

    secret: str
    person_id: int
    codes: tuple[str, ...] = ()


async def half_of(secret: str) -> Half:
    """Who stands between the proofs with this secret. Raises Over."""
    rows = await fetch(
        f"{LOOK} AND {OPEN}",
        fingerprint(secret),
        clock.now(),
        TRIES_MOST,
    )
    if not rows:
        raise Over
    row = rows[0]
    enrolled = await queries.has_factor(row["person"])
    return Half(
        row["person"], enrolled, row["created_at"], Method(row["method"]), city_id=row["city"]
    )


async def begin(half: Half) -> Enrolment:
    """What the app needs, the same while it waits to be confirmed. Raises Invalid."""
    _require_mail(half)
    return await factors.begun(half.actor) or await factors.begin(half.actor)


async def complete(secret: str, code: str, *, request_id: str | None = None) -> Done:
    """Trade first proof and code for a session, once.

    Raises Invalid for a wrong code, Over when there is nothing to complete any more.
    """
    half = await half_of(secret)
    number, method = await _counted_try(secret)
    try:
        return await _completed(half, number, method, code, request_id)
    except Over:
        raise
    except Invalid:
        if half.enrolled:
            await refused(half.person_id, method, Refused.CODE, request_id, "refuse_sign_in")
        raise


async def _completed(
    half: Half, number: int, method: Method, code: str, request_id: str | None
) -> Done:
    async with transaction():
        await _use(number)
        codes: list[str] = []
        if half.enrolled:
            if not await factors.take(half.person_id, code):
                raise Invalid({"code": [WRONG]})
        else:
            _require_mail(half)
            codes, _ = await factors.confirm(half.actor, code)
        session = await open_session(
            half.person_id,
            method,
            city=half.city_id,
            second_factor=True,
            recovery_code=half.enrolled and not factors.is_of_app(code),
            request_id=request_id,
        )
        return Done(session, half.person_id, tuple(codes))


async def _use(number: int) -> None:
    """Use the first proof up; a wrong code gives it back. Whoever ends the person's sessions waits
    for this, or was faster. Raises Over."""
    used = await fetch(
        f"{USE} AND {UNCHANGED} RETURNING id",
        number,
        clock.now(),
    )
    if not used:
        raise Over


def _require_mail(half: Half) -> None:
    if not half.may_enrol:
        raise Invalid({"": [UNMAILED]})


async def _counted_try(secret: str) -> tuple[int, Method]:
    """Pay for a try before it is made, so that none made at the same time is free. Raises Over."""
    rows = await fetch(
        f"{TRY} AND {OPEN} RETURNING id, method",
        fingerprint(secret),
        clock.now(),
        TRIES_MOST,
    )
    if not rows:
        raise Over
    return rows[0]["id"], Method(rows[0]["method"])
