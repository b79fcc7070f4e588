"""AnswerLink: a link in a mail that opens the short form of one milestone, once."""

from piccolo.columns import ForeignKey, OnDelete, Serial, Timestamptz, Varchar
from piccolo.table import Table

from tracker.domain.constraints import RESTRICT
from tracker.domain.database import DB
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.milestones.tables import Milestone
from tracker.domain.people.tables import Person


class AnswerLink(Table, tablename="answer_link", db=DB):
    """That a person may answer for one milestone without signing in, once. Only the SHA-256 of the
    link's secret is kept."""

    id: Serial
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, index=True, help_text="Who was asked."
    )
    milestone = ForeignKey(
        Milestone,
        on_delete=OnDelete.cascade,  # a plan that is not agreed yet may lose milestones
        null=False,
        index=True,
        help_text="What for.",
    )
    delivery = ForeignKey(
        Delivery, on_delete=RESTRICT, null=False, index=True, help_text="The mail that carries it."
    )
    token_hash = Varchar(length=64, unique=True, secret=True, help_text="SHA-256, hexadecimal.")
    created_at = Timestamptz(help_text="When the mail was written.")
    expires_at = Timestamptz(help_text="From when it opens nothing.")
    used_at = Timestamptz(null=True, default=None, help_text="When it was answered with, if so.")
