"""What stands beside the audit trail: seals, by which a change of it is found, and personal
values, which can be erased from it."""

from piccolo.columns import JSONB, Bytea, Integer, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from tracker.domain.database import DB


class AuditSeal(Table, tablename="audit_seal", db=DB):
    """A link of the chain over the trail; see `events/chain.py`. PostgreSQL alone writes it."""

    number = Integer(primary_key=True, help_text="Its place in the chain: 1, 2, 3 and so on.")
    event = Integer(unique=True, help_text="The audit event that it seals.")
    digest = Varchar(
        length=64, help_text="SHA-256 over the digest before it and the event, hexadecimal."
    )


class AuditPersonal(Table, tablename="audit_personal", db=DB):
    """The personal values of an audit event, which itself holds only their hashes. PostgreSQL
    alone writes it; `events/personal.py` has them erased."""

    event = Integer(primary_key=True, help_text="The audit event.")
    salt = Bytea(
        null=True, default=None, help_text="What makes hashes of values impossible to guess."
    )
    before = JSONB(null=True, default=None, help_text="The changed fields as they were.")
    after = JSONB(null=True, default=None, help_text="The changed fields as they are.")
    erasure = Integer(
        null=True, default=None, help_text="The event by which the values were erased, if so."
    )

    audit_personal_is_kept_or_erased_whole = Check(
        "num_nulls(salt, before, after) = CASE WHEN erasure IS NULL THEN 0 ELSE 3 END"
    )
