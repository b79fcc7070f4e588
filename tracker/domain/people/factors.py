"""The second factor: an app that makes codes by the clock (RFC 6238), and recovery codes for the
day it is lost. Whoever has it gives it after every first proof; some may have to have it.

A code counts once: its 30 seconds are used up with it (RFC 6238, 5.2).
"""

import hmac
import logging
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass

import pyotp

from tracker.domain import clock, sealing
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create
from tracker.domain.database import fetch, transaction
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.people import queries
from tracker.domain.people.account_mails import tell_account
from tracker.domain.people.rules import fingerprint, token_visible
from tracker.domain.people.sessions import end_others, exchanged, require_fresh
from tracker.domain.people.tables import Person, SecondFactor
from tracker.domain.roles import Permission

log = logging.getLogger(__name__)

ISSUER = "e-Sharing tracker"
STEP_SECONDS, STEPS_AROUND = 30, 1
"""Clocks may differ by half a minute."""

RECOVERY_CODES, RECOVERY_BYTES = 10, 15
"""120 bits each, so that a plain hash keeps them (ASVS 5, 6.5.2)."""

WRONG = say(
    "This code is wrong, too old or used already. Wait for the next one, or use another one."
)


@dataclass(frozen=True)
class Enrolment:
    """What an app needs to make codes: as an address in a QR code, and to type."""

    address: str
    secret: str


async def begin(actor: Actor) -> Enrolment:
    """Set up an app; it is asked for once a first code has shown that it works. Beginning again
    replaces what was never confirmed.

    Raises Invalid when there is a second factor, or Stale.
    """
    require_fresh(actor)
    async with transaction():
        person = await _locked(actor)
        factor = await _factor(person.id)
        if factor and factor.confirmed_at:
            raise Invalid({"": [say("There is a second factor already; remove it first.")]})
        if factor is not None:
            await _end(actor, factor, "replace")
        secret = pyotp.random_base32()
        made = SecondFactor(
            person=person.id,
            sealed=sealing.sealed(secret, _about(person.id)),
            recovery_hashes=[],
            created_at=clock.now(),
        )
        await create(actor, made, "begin_factor")
        return _enrolment(person, secret)


async def begun(actor: Actor) -> Enrolment | None:
    """What was begun and not confirmed, to show it again; None without one."""
    factor = await _factor(actor.person_id)
    person = await Person.objects().where(Person.id == actor.person_id).first()
    if not factor or factor.confirmed_at or not person:
        return None
    return _enrolment(person, sealing.unsealed(factor.sealed, _about(person.id)))


async def confirm(actor: Actor, code: str, session: str = "") -> tuple[list[str], str]:
    """Show by a first code that the app works; the recovery codes, which nobody sees again, and
    the secret that the `session` has from now on. Other sessions end.

    Raises Invalid, or Stale.
    """
    require_fresh(actor)
    async with transaction():
        await _locked(actor)
        factor = await _factor(actor.person_id)
        if not factor or factor.confirmed_at:
            raise Invalid({"": [say("Nothing waits to be confirmed; begin anew.")]})
        if not await _take_code(factor, code):
            raise Invalid({"code": [WRONG]})
        codes, hashes = _new_codes()
        async with change(actor, SecondFactor, factor.id, token_visible, "confirm_factor") as row:
            row.confirmed_at = row.recovery_at = clock.now()
            await _keep_hashes(row.id, hashes)
        await end_others(actor, session)
        await tell_account(actor.person_id, "factor_on")
        return codes, await exchanged(session)


async def new_codes(actor: Actor) -> list[str]:
    """Ten other recovery codes; those before count no more. Raises Invalid, or Stale."""
    require_fresh(actor)
    async with transaction():
        factor = await _confirmed(actor.person_id)
        codes, hashes = _new_codes()
        async with change(actor, SecondFactor, factor.id, token_visible, "renew_codes") as row:
            row.recovery_at = clock.now()
            await _keep_hashes(row.id, hashes)
        await tell_account(actor.person_id, "codes_renewed")
        return codes


async def remove(actor: Actor, session: str = "") -> str:
    """Have no second factor any more; the secret that the `session` has from now on.

    Raises Invalid where there is none, Forbidden where one is needed, or Stale.
    """
    require_fresh(actor)
    if queries.must_have_factor(actor):
        raise Forbidden(
            say("Your role needs a second factor; you can only replace the recovery codes.")
        )
    async with transaction():
        factor = await _confirmed(actor.person_id)
        await _end(actor, factor, "remove_factor")
        await tell_account(actor.person_id, "factor_off")
        await end_others(actor, session)
        return await exchanged(session)


async def reset_factor(actor: Actor, person_id: int) -> Person:
    """Take away what somebody has lost, and end their sessions; they sign in by their first proof
    and may set up another app.

    Raises NotFound, Invalid where there is none, Stale, or Forbidden for all but the administrator.
    """
    if not actor.may(Permission.MANAGE_PEOPLE):
        raise Forbidden(say("Only the secretariat's administrator resets a second factor."))
    require_fresh(actor)
    async with transaction():
        person = await Person.objects().where(Person.id == person_id).first()
        if person is None:
            raise NotFound(say("There is no such person."))
        factor = await _confirmed(person_id)
        await _end(actor, factor, "reset_factor")
        await end_others(actor, person_id=person_id)
        await tell_account(person_id, "factor_reset")
        return person


def is_of_app(given: str) -> bool:
    """Whether this looks like a code of the app, rather than a recovery code."""
    return re.fullmatch(r"[\d\s]{6,12}", given.strip()) is not None


async def take(person_id: int, given: str) -> bool:
    """Whether this is the person's code at this moment, or one of their recovery codes; with that
    it is used up: of any number of parallel uses one succeeds."""
    factor = await _factor(person_id)
    if not factor or not factor.confirmed_at:
        return False
    if is_of_app(given):
        return await _take_code(factor, given)
    plain = re.sub(r"[\W_]", "", given).upper()
    rows = await fetch(
        "UPDATE second_factor SET recovery_hashes = array_remove(recovery_hashes, $2)"
        " WHERE id = $1 AND ended_at IS NULL AND $2 = ANY(recovery_hashes) RETURNING id",
        factor.id,
        fingerprint(plain),
    )
    return bool(rows)


async def _take_code(factor: SecondFactor, given: str) -> bool:
    about = _about(factor.person)
    try:
        app = pyotp.TOTP(sealing.unsealed(factor.sealed, about))
    except sealing.Unreadable:
        log.error("a second factor cannot be read: was SECRET_KEY changed without its former one?")  # noqa: TRY400 - says it all
        return False
    code = re.sub(r"\s", "", given)
    now = int(clock.now().timestamp()) // STEP_SECONDS
    around = range(now - STEPS_AROUND, now + STEPS_AROUND + 1)
    step = max((s for s in around if _equal(app.generate_otp(s), code)), default=0)
    rows = await fetch(
        "UPDATE second_factor SET last_step = $2, sealed = $3"
        " WHERE id = $1 AND last_step < $2 AND ended_at IS NULL RETURNING id",
        factor.id,
        step,
        sealing.renewed(factor.sealed, about),
    )
    return bool(rows)


def _equal(code: str, given: str) -> bool:
    return hmac.compare_digest(code.encode(), given.encode(errors="replace"))


def _new_codes() -> tuple[list[str], list[str]]:
    """Recovery codes as people read them, and their hashes."""
    plain = [b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    return ["-".join(re.findall("....", each)) for each in plain], [*map(fingerprint, plain)]


async def _keep_hashes(factor_id: int, hashes: list[str]) -> None:
    await fetch("UPDATE second_factor SET recovery_hashes = $2 WHERE id = $1", factor_id, hashes)


async def _locked(actor: Actor) -> Person:
    """The actor as a person, locked so that there is one second factor at a time."""
    person = await Person.objects().where(Person.id == actor.person_id).lock_rows("UPDATE").first()
    assert person
    return person


async def _factor(person_id: int | None) -> SecondFactor | None:
    return (
        await SecondFactor.objects()
        .where(SecondFactor.person == person_id, SecondFactor.ended_at.is_null())
        .first()
    )


async def _confirmed(person_id: int | None) -> SecondFactor:
    factor = await _factor(person_id)
    if not factor or not factor.confirmed_at:
        raise Invalid({"": [say("There is no second factor.")]})
    return factor


async def _end(actor: Actor, factor: SecondFactor, verb: str) -> None:
    """What it shared with the app goes; that it was there stays."""
    async with change(actor, SecondFactor, factor.id, token_visible, verb) as row:
        await fetch(
            "UPDATE second_factor SET sealed = '', recovery_hashes = '{}' WHERE id = $1", row.id
        )
        row.ended_at = clock.now()


def _enrolment(person: Person, secret: str) -> Enrolment:
    address = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER)
    return Enrolment(address, secret)


def _about(person_id: int) -> str:
    return f"second factor of person {person_id}"
