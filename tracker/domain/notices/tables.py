"""Notice: a mail that is owed."""

from typing import Any

from piccolo.columns import ForeignKey, Integer, Serial, SmallInt, Timestamptz, Varchar
from piccolo.table import Table

from tracker.domain.audit import PERSON
from tracker.domain.constraints import RESTRICT
from tracker.domain.database import DB


class Notice(Table, tablename="notice", db=DB):
    """That a person is owed a mail about something that was done. It holds numbers alone, and goes
    when the mail is out: what was done is in the trail."""

    id: Serial
    person: ForeignKey[Any] = ForeignKey(
        PERSON, on_delete=RESTRICT, null=False, help_text="Whom to tell."
    )
    subject_type = Varchar(length=40, help_text="Kind of the object, such as membership.")
    subject_id = Integer(help_text="Its number.")
    verb = Varchar(length=40, help_text="What was done, in the domain's own verb.")
    doer: ForeignKey[Any] = ForeignKey(
        PERSON, on_delete=RESTRICT, null=False, help_text="Who did it."
    )
    created_at = Timestamptz(help_text="When it was done.")
    claimed_until = Timestamptz(
        null=True, default=None, help_text="How long a worker has it for itself; none: nobody has."
    )
    tries = SmallInt(default=0, help_text="How often a worker took it up.")
