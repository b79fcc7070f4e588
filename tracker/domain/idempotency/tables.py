"""IdempotencyKey."""

from piccolo.columns import JSONB, Integer, Serial, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

from tracker.domain.database import DB

KEY_MOST = 255


class IdempotencyKey(Table, tablename="idempotency_key", db=DB):
    """What a person's key was used for, and the answer that it got."""

    id: Serial
    # No foreign key: its lock on the person would stand in the way of whoever changes them.
    person = Integer(help_text="Who used it; keys of different people have nothing in common.")
    key = Varchar(length=KEY_MOST, help_text="Chosen by the client, once for each change.")
    fingerprint = Varchar(length=64, help_text="SHA-256 of what was asked for, hexadecimal.")
    answer = JSONB(
        null=True,
        default=None,
        help_text="The first answer, without secrets; null only while it is being found.",
    )
    created_at = Timestamptz(index=True, help_text="When it was first used.")

    idempotency_key_is_used_once = Unique([person, key])
