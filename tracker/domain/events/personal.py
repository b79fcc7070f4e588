"""Personal values in the audit trail. They can be erased, and the trail stays provably whole.

An event about one of the subjects below holds, for each field, the hash of its value with a salt;
a trigger sets the values themselves aside (`audit_personal`). The chain seals the hashes. With
value and salt gone, nothing can be learnt from a hash, and the chain holds as before.
"""

from tracker.domain.database import fetch

SUBJECTS = (
    *("person", "session", "api_token", "sign_in_link", "half_sign_in", "password"),
    *("second_factor", "invitation", "sign_on_identity"),
)
"""Tables whose events hold personal values. Another one needs a migration that says so to the
trigger `personal_values_are_set_aside`."""

_NAMES = ", ".join(f"'{name}'" for name in SUBJECTS)


def shown(t: str, side: str) -> str:
    """SQL: `before` or `after` of an event as it is read: with values, as long as they are kept."""
    value = f"coalesce(vp.{side}, '{{}}')"
    kept = f"SELECT {value} FROM audit_personal vp WHERE vp.event = {t}.id"  # noqa: S608 - ours
    return (
        f"(CASE WHEN {t}.subject_type IN ({_NAMES}) THEN coalesce(({kept}), {t}.{side})"
        f" ELSE {t}.{side} END)"
    )


async def erase(erasure: int) -> int:
    """Erase the values of all events that say something about a person who is being forgotten; how
    many there were. `erasure` is the number of the event that says so in the trail, recorded
    before in the same transaction: the function, which is the owner's, goes by that alone."""
    [row] = await fetch("SELECT audit_erase($1) AS erased", erasure)
    erased: int = row["erased"]
    return erased
