"""What is left of a person's proofs once they are to be forgotten: that there were some."""

from tracker.domain import clock
from tracker.domain.database import fetch, transaction

STATEMENTS = (
    "UPDATE password SET hash = NULL, set_at = NULL"
    " WHERE person = $1 AND $2::timestamptz IS NOT NULL",
    "UPDATE second_factor SET sealed = '', recovery_hashes = '{}',"
    " ended_at = coalesce(ended_at, $2) WHERE person = $1",
    "UPDATE sign_in_link SET expires_at = least(expires_at, $2),"
    " email = CASE WHEN email IS NOT NULL THEN '' END WHERE person = $1",
    "UPDATE half_sign_in SET expires_at = least(expires_at, $2) WHERE person = $1",
    "UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL",
    "UPDATE api_token SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL",
)


async def forget_proofs(person_id: int) -> None:
    """Have the person sign in no more, by whatever they have: no password or second factor is
    kept, links, sessions and tokens end. The trail hears of it from the action that calls."""
    async with transaction():
        for statement in STATEMENTS:
            await fetch(statement, person_id, clock.now())
