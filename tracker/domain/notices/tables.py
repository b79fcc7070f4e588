"""Notice: what a mail tells."""

from typing import Any

from piccolo.columns import ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.table import Table

from tracker.domain.audit import PERSON
from tracker.domain.constraints import RESTRICT
from tracker.domain.database import DB
from tracker.domain.deliveries.tables import Delivery


class Notice(Table, tablename="notice", db=DB):
    """That a person is told by mail of something that was done. It holds numbers alone: what was
    done is in the trail."""

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
    delivery = ForeignKey(
        Delivery, on_delete=RESTRICT, null=False, unique=True, help_text="The mail of it."
    )
