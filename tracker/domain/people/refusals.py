"""Refused ways in, in the trail of the person whose door it was.

The trail tells by which way and why, never what was shown: no code, password or link. Whom nobody
knows here has no trail; of those the log alone tells, by a hash.
"""

from dataclasses import replace

from tracker.domain import clock
from tracker.domain.actor import PUBLIC
from tracker.domain.audit import record_attempt
from tracker.domain.database import fetch
from tracker.domain.meaning import Meaning
from tracker.domain.people.proofs import Method, Purpose
from tracker.domain.people.rules import fingerprint
from tracker.domain.people.tables import Person

REFUSE_SECONDS = 0.05
"""A link that is refused is refused after this long, whoever it was for, and if for nobody."""


class Refused(Meaning):
    """Why nobody was let in."""

    PASSWORD = "wrong_password", "The password was another one."
    CODE = "wrong_code", "The code of the second factor was wrong, old or used before."
    USED = "used_link", "The link had been used before."
    OLD = "old_link", "The link was too old, or had been replaced."
    BROWSER = "other_browser", "Another browser had asked for the link."
    KIND = "other_purpose", "The link was for something else."
    SIGN_ON = "sign_on", "The city's sign-on may not bring this person in."


async def refused(
    person_id: int, method: Method, why: Refused, request_id: str | None, verb: str
) -> None:
    """Record it, outside of what it undoes. How often is bounded before anybody gets here."""
    nobody = replace(PUBLIC, request_id=request_id)
    told = {"method": method.value, "refused": why.value}
    await record_attempt(nobody, Person(id=person_id), verb, told)


async def link_refused(secret: str, purpose: Purpose, request_id: str | None) -> None:
    """Record that a link of somebody's was refused, if it ever was one."""
    rows = await fetch(_LINK, fingerprint(secret), clock.now())
    if not rows:
        return
    found = rows[0]
    other = found["purpose"] != purpose.value
    why = (
        Refused.KIND if other else
        Refused.USED if found["used"] else Refused.OLD if found["old"] else Refused.BROWSER
    )  # fmt: skip
    verb = "refuse_reset" if purpose is Purpose.RESET else "refuse_sign_in"
    await refused(found["person"], Method.LINK, why, request_id, verb)


_LINK = """SELECT person, purpose, used_at IS NOT NULL AS used, expires_at <= $2 AS old
FROM sign_in_link WHERE token_hash = $1"""
