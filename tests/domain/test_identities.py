"""Who asks is remembered, and never believed past a change of their rights."""

from datetime import UTC, datetime, timedelta

import pytest
from asyncpg import Connection

from tests.cast import Cast
from tracker.domain import clock
from tracker.domain.actor import Role
from tracker.domain.people import actions, sessions, tokens
from tracker.domain.people.identities import (
    Credential,
    RightsChanged,
    confirmed,
    session,
    token,
)

CHANGES = {
    "revoked": "UPDATE api_token SET revoked_at = now() WHERE person = $1",
    "shortened": "UPDATE api_token SET expires_at = now() WHERE person = $1",
    "deleted": "DELETE FROM api_token WHERE person = $1",
    "signed out": "UPDATE session SET ended_at = now() WHERE person = $1",
    "ended": "UPDATE membership SET ended_at = now() WHERE person = $1",
    "taken away": "DELETE FROM membership WHERE person = $1",
    "renamed": "UPDATE person SET name = 'Somebody else' WHERE id = $1",
    "granted": "INSERT INTO membership (person, city, role, started_at)"
    " SELECT $1, max(id), 'cio', now() FROM city",
}
"""What another process may do to somebody's rights."""


async def remembered(cast: Cast, name: str) -> tuple[Credential, Credential]:
    """A token and a session of a member of the cast, both remembered here."""
    person_id = cast[name].person_id
    assert person_id
    _, secret = await tokens.issue_token(cast[name], person_id)
    found = token(secret), session(await sessions.open_session(person_id))
    for credential in found:
        assert await credential.identify()
        assert credential.remembered()
    return found


@pytest.mark.parametrize("change", list(CHANGES))
async def test_claim_is_refused_after_a_change_by_anybody(
    cast: Cast, connection: Connection, change: str
) -> None:
    identities = [each.remembered() for each in await remembered(cast, "seoul_mayor")]
    for identity in identities:
        assert identity
        assert (await confirmed(identity.actor)).rights is None
    await connection.execute(CHANGES[change], cast.seoul_mayor.person_id)
    for identity in identities:
        assert identity
        with pytest.raises(RightsChanged):
            await confirmed(identity.actor)


async def test_claim_survives_what_concerns_others(cast: Cast) -> None:
    credential, _ = await remembered(cast, "seoul_mayor")
    _, other = await remembered(cast, "nairobi_mayor")
    assert cast.nairobi_mayor.person_id
    await actions.grant(
        cast.administrator, cast.nairobi_mayor.person_id, cast.nairobi, Role.COORDINATOR
    )
    identity, changed = credential.remembered(), other.remembered()
    assert identity
    assert changed
    await confirmed(identity.actor)
    with pytest.raises(RightsChanged):
        await confirmed(changed.actor)


async def test_secret_that_expired_is_not_remembered(cast: Cast) -> None:
    for credential in await remembered(cast, "officer"):
        with clock.at(datetime.now(UTC) + timedelta(days=400)):
            assert credential.remembered() is None
            assert await credential.identify() is None


async def test_session_is_no_token(cast: Cast) -> None:
    assert cast.officer.person_id
    secret = await sessions.open_session(cast.officer.person_id)
    assert await session(secret).identify()
    assert token(secret).remembered() is None
    assert await token(secret).identify() is None
