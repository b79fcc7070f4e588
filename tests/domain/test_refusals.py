"""Refused ways in: what the trail of whose door it was tells, and who reads it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from piccolo.columns.combination import WhereRaw

from tests.cast import Cast, email
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent
from tracker.domain.database import fetch
from tracker.domain.errors import Invalid
from tracker.domain.events import rules as events
from tracker.domain.events.personal import shown
from tracker.domain.leaving.actions import end_membership
from tracker.domain.leaving.export import everything
from tracker.domain.people import factors, links, passwords, queries, second_step, sessions
from tracker.domain.people.actions import grant
from tracker.domain.people.invitations import InvitationDraft, send_invitation
from tracker.domain.people.proofs import Method, Purpose
from tracker.domain.people.sessions import admit
from tracker.domain.people.sign_on import Known, NotLetIn, Unproved, sign_in_by
from tracker.domain.people.sign_on_claims import first_letter
from tracker.domain.people.sign_on_providers import SignOnDraft, set_up
from tracker.domain.roles import Role
from tracker.domain.visibility import bound

_TOLD = f"SELECT e.verb, e.actor, e.subject_id, {shown('e', 'after')}::jsonb ->> 'refused' AS why"


async def _refusals() -> list[tuple[Any, ...]]:
    rows = await fetch(
        f"{_TOLD} FROM audit_event e WHERE e.verb LIKE 'refuse\\_%' AND e.subject_type = 'person'"
        " ORDER BY e.id"
    )
    return [tuple(row) for row in rows]


async def test_refused_link_is_in_the_trail_with_the_reason(cast: Cast) -> None:
    sent = await links.send_link(email("nairobi_cio"), "mine")
    old = await links.send_link(email("nairobi_cio"), "mine")
    assert sent
    assert old
    with pytest.raises(links.AskedElsewhere):
        await links.redeem_link(sent[1], "another")
    await links.redeem_link(sent[1], "mine")
    with pytest.raises(Invalid):
        await links.redeem_link(sent[1], "mine", request_id="req-7")
    with clock.at(datetime.now(UTC) + timedelta(hours=1)), pytest.raises(Invalid):
        await links.redeem_link(old[1], "mine")
    with pytest.raises(Invalid):
        await passwords.reset(old[1], "mine", "marmot unzips 7 quiet kettles")
    with pytest.raises(Invalid):
        await links.redeem_link("nobody's", "mine")
    number = cast.nairobi_cio.person_id
    assert await _refusals() == [
        ("refuse_sign_in", None, number, "other_browser"),
        ("refuse_sign_in", None, number, "used_link"),
        ("refuse_sign_in", None, number, "old_link"),
        ("refuse_reset", None, number, "other_purpose"),
    ]
    [event] = await AuditEvent.select().where(AuditEvent.request_id == "req-7")
    assert sent[1] not in str(event)


async def test_refused_reset_is_in_the_trail_and_a_weak_password_is_not(cast: Cast) -> None:
    sent = await links.send_link(email("nairobi_cio"), "mine", Purpose.RESET)
    assert sent
    with pytest.raises(Invalid, match="characters"):
        await passwords.reset(sent[1], "mine", "short")
    assert await _refusals() == []
    with pytest.raises(Invalid):
        await passwords.reset(sent[1], "another", "marmot unzips 7 quiet kettles")
    assert await _refusals() == [
        ("refuse_reset", None, cast.nairobi_cio.person_id, "other_browser")
    ]


async def test_refused_code_is_in_the_trail(cast: Cast) -> None:
    number = cast.nairobi_cio.person_id or 0
    begun = await factors.begin(cast.nairobi_cio)
    await factors.confirm(cast.nairobi_cio, pyotp.TOTP(begun.secret).now())
    entry = await admit(number, Method.PASSWORD)
    with pytest.raises(Invalid):
        await second_step.complete(entry.secret, "000000")
    assert await _refusals() == [("refuse_sign_in", None, number, "wrong_code")]


@pytest.mark.parametrize(("confirmed", "told"), [(True, 1), (False, 0)])
async def test_refused_sign_on_is_in_the_trail_of_a_confirmed_address(
    cast: Cast, confirmed: bool, told: int
) -> None:
    draft = SignOnDraft(issuer="https://id.example.org", client_id="tracker")
    sign_on = await set_up(cast.administrator, cast.nairobi, draft)
    known = Known(
        issuer=draft.issuer, subject="1", email=email("officer"), email_verified=confirmed
    )
    with pytest.raises(Unproved if confirmed else NotLetIn):
        await sign_in_by(sign_on, known)
    if confirmed:
        letter = await first_letter(sign_on, known, "browser", "/", _nobody)
        assert letter
        assert not letter.secret
    expected = ("refuse_sign_in", None, cast.officer.person_id, "sign_on")
    assert await _refusals() == [expected] * told


async def _sees(actor: Actor) -> set[tuple[str, str]]:
    condition, values = bound(events.visible("audit_event"), actor)
    rows = await AuditEvent.select().where(WhereRaw(condition, *values))
    return {(row["subject_type"], row["verb"]) for row in rows}


async def _fresh(name: str) -> Actor:
    found = await queries.actor_by_email(email(name))
    assert found
    return found


DONE_TO_THEM = {
    *(("membership", "grant"), ("membership", "end"), ("session", "end")),
    *(("second_factor", "reset_factor"), ("person", "export_data"), ("person", "refuse_sign_in")),
}


async def test_people_see_what_others_did_to_their_account(cast: Cast) -> None:
    number = cast.nairobi_cio.person_id or 0
    begun = await factors.begin(cast.nairobi_cio)
    await factors.confirm(cast.nairobi_cio, pyotp.TOTP(begun.secret).now())
    await sessions.open_session(number)
    await factors.reset_factor(cast.administrator, number)
    held = await grant(cast.administrator, number, cast.nairobi, Role.APPROVER)
    await end_membership(cast.administrator, held.id, left_to_city=True)
    await everything(cast.administrator, number)
    with pytest.raises(Invalid):
        await passwords.sign_in(email("nairobi_cio"), "not my password")
    assert await _sees(cast.nairobi_cio) >= DONE_TO_THEM
    assert await _sees(cast.administrator) >= DONE_TO_THEM
    for name in ("nairobi_mayor", "lima_coordinator", "public"):
        assert not await _sees(cast[name]) & (DONE_TO_THEM - {("membership", "grant")})
    [end] = await AuditEvent.select().where(
        AuditEvent.subject_type == "session", AuditEvent.verb == "end"
    )
    assert end["actor"] == cast.administrator.person_id


async def test_city_administrator_sees_who_got_and_lost_roles_in_the_city(cast: Cast) -> None:
    number = cast.nairobi_cio.person_id or 0
    mayor = cast.nairobi_mayor.person_id or 0
    await grant(cast.administrator, mayor, cast.nairobi, Role.CITY_ADMINISTRATOR)
    draft = InvitationDraft(email="guest@example.org", role=Role.CIO, city_id=cast.nairobi)
    await send_invitation(cast.administrator, draft)
    held = await grant(cast.administrator, number, cast.nairobi, Role.APPROVER)
    await end_membership(cast.administrator, held.id, left_to_city=True)
    await sessions.open_session(number)
    seen = await _sees(await _fresh("nairobi_mayor"))
    assert {("membership", "grant"), ("membership", "end"), ("invitation", "invite")} <= seen
    assert ("session", "sign_in") not in seen, "what people sign in by is theirs"
    assert ("invitation", "invite") not in await _sees(cast.lima_coordinator)


async def _nobody(_letter: object) -> None:
    """Nobody is told."""
